//! Which sites may use a resource, and how a site's developer learns that one may not.

use parlor_local_edge::{seed::DEMO_RESOURCE, visitor::Answer};
use serde_json::json;

use crate::{
    Stage,
    stage::{NAME, SITE},
};

const FOREIGN: &str = "https://evil.example";

async fn get(stage: &Stage, path: &str, origin: Option<&str>) -> Answer {
    let mut request = reqwest::Client::new().get(stage.url(path));
    if let Some(origin) = origin {
        request = request.header("origin", origin);
    }
    Answer::to(request).await.unwrap()
}

#[tokio::test]
async fn a_resource_is_told_to_its_sites_and_every_refusal_can_be_read() {
    let stage = Stage::set().await;
    let path = format!("/v1/resources/{DEMO_RESOURCE}");
    let answer = get(&stage, &path, Some(SITE)).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("access-control-allow-origin"), SITE);
    assert_eq!(answer.header("vary"), "Origin");
    assert_eq!(
        answer.body,
        json!({
            "id": DEMO_RESOURCE, "name": NAME, "theme": { "scheme": "follow" },
            "texts": {}, "open": true, "kept_days": 30,
        }),
        "what a visitor may know, and no more"
    );

    let refused = get(&stage, &path, Some(FOREIGN)).await;
    assert_eq!((refused.status, refused.code()), (403, "origin_not_allowed"));
    let unknown = "/v1/resources/a0e9c1de-0000-4000-8000-00000000dead";
    let unknown = get(&stage, unknown, Some(FOREIGN)).await;
    assert_eq!((unknown.status, unknown.code()), (404, "resource_unknown"));
    let malformed = get(&stage, "/v1/resources/demo", Some(FOREIGN)).await;
    assert_eq!((malformed.status, malformed.code()), (400, "resource_malformed"));
    for answer in [refused, unknown, malformed] {
        // Else the developer's console would only say "CORS error".
        assert_eq!(answer.header("access-control-allow-origin"), FOREIGN);
        assert_eq!(answer.header("vary"), "Origin");
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert_eq!(answer.header("cache-control"), "no-store");
    }

    // An origin that is none is not repeated, whatever it says.
    let opaque = get(&stage, &path, Some("null")).await;
    assert_eq!((opaque.status, opaque.code()), (403, "origin_not_allowed"));
    assert_eq!(opaque.header("access-control-allow-origin"), "");
    let codes = stage.close().await;
    assert!(codes.contains(&"origin_not_allowed".to_owned()), "{codes:?}");
}

#[tokio::test]
async fn conversations_are_started_from_the_frame_only() {
    let stage = Stage::set().await;
    let url = stage.url("/v1/conversations");
    for origin in [FOREIGN, SITE, "null"] {
        let request = reqwest::Client::new().post(&url).header("origin", origin);
        let answer = Answer::to(request.json(&json!({ "resource": DEMO_RESOURCE }))).await.unwrap();
        assert_eq!((answer.status, answer.code()), (403, "origin_not_allowed"), "{origin}");
        assert_eq!(answer.header("access-control-allow-origin"), "", "nor may it read the answer");
    }
    assert!(stage.edge.objects("CUSTOMER").await.unwrap().is_empty());
    stage.close().await;
}

#[tokio::test]
async fn the_frame_goes_out_with_its_policy_only() {
    let stage = Stage::set().await;
    let frame = get(&stage, &format!("/frame?resource={DEMO_RESOURCE}"), None).await;
    assert_eq!(frame.status, 200);
    assert_eq!(frame.header("content-type"), "text/html; charset=utf-8");
    let policy = format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' https:; \
         connect-src 'self' {}; base-uri 'none'; form-action 'none'; frame-ancestors {SITE}",
        stage.edge.socket_url()
    );
    assert_eq!(frame.header("content-security-policy"), policy);
    for (name, value) in [
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(frame.header(name), value, "{name}");
    }
    assert!(
        frame.text.contains(r#"Fur &amp; \&quot;Feather"#),
        "the view is in the document, escaped"
    );
    assert!(!frame.text.contains("{{"), "no blank is left");

    for (path, status) in [
        ("/frame", 400),
        ("/frame?resource=%22%3E%3Cscript%3E", 400),
        ("/frame?resource=a0e9c1de-0000-4000-8000-00000000dead", 404),
    ] {
        let page = get(&stage, path, None).await;
        assert_eq!(page.status, status, "{path}");
        assert_eq!(page.header("content-security-policy"), "default-src 'none'; style-src 'self'");
        assert!(!page.text.contains("<script"), "{}", page.text);
    }
    stage.close().await;
}
