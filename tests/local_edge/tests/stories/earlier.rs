//! `GET /v1/visitors/conversations`: what a visitor has said before, and nobody else.

use parlor_edge::access;
use parlor_local_edge::seed::DEMO_RESOURCE;
use parlor_shared::id::ResourceId;
use reqwest::header::AUTHORIZATION;
use serde_json::{Value, json};

use crate::{
    Stage,
    identity::{self, Shop},
    stage::{admin, edge_time, keys},
};

async fn ask(stage: &Stage, path: &str, token: Option<&str>, origin: Option<&str>) -> (u16, Value) {
    ask_vouched(stage, path, token, origin, None).await
}

async fn ask_vouched(
    stage: &Stage,
    path: &str,
    token: Option<&str>,
    origin: Option<&str>,
    signed: Option<&str>,
) -> (u16, Value) {
    let url = format!("{}/v1/visitors/conversations{path}", stage.edge.url());
    let mut request = reqwest::Client::new().get(url);
    if let Some(token) = token {
        request = request.header(AUTHORIZATION, format!("Bearer {token}"));
    }
    if let Some(origin) = origin {
        request = request.header("origin", origin);
    }
    if let Some(signed) = signed {
        request = request.header("parlor-identity", signed);
    }
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test]
async fn a_visitor_sees_what_is_over_and_nobody_elses() {
    let stage = Stage::set().await;
    let (mut one, mut tab) = stage.arrive().await;
    let first = one.conversation.clone();
    tab.say("Do you ship frames?").await.unwrap();
    let token = one.visitor_token.clone().unwrap();
    let (status, none) = ask(&stage, "", Some(&token), None).await;
    assert_eq!((status, &none), (200, &json!({ "conversations": [] })), "it goes on");

    tab.send(&json!({ "end": {} })).await.unwrap();
    tab.event("the end", |what| what.get("ended").is_some()).await.unwrap();
    tab.send(&json!({ "rate": { "score": 4, "note": "Quick." } })).await.unwrap();
    tab.event("the rating", |what| what.get("rated").is_some()).await.unwrap();
    one.start_after(&first).await.unwrap();
    let (_, listed) = ask(&stage, "", Some(&token), None).await;
    let line = &listed["conversations"][0];
    assert_eq!((&line["id"], &line["text"]), (&json!(first), &json!("Do you ship frames?")));
    assert_eq!(listed["conversations"].as_array().unwrap().len(), 1);
    let (status, told) = ask(&stage, &format!("/{first}"), Some(&token), None).await;
    assert_eq!((status, &told["events"][0]["what"]["visitor"]["text"]), (200, &line["text"]));

    let rated = told["events"].as_array().unwrap().last().unwrap();
    assert_eq!(rated["what"], json!({ "rated": { "score": 4, "note": "Quick." } }));

    // Another visitor, with a token as good.
    let (other, _) = stage.arrive().await;
    let strange = other.visitor_token.clone().unwrap();
    let (status, problem) = ask(&stage, &format!("/{first}"), Some(&strange), None).await;
    assert_eq!((status, &problem["code"]), (404, &json!("conversation_unknown")));
    let (_, listed) = ask(&stage, "", Some(&strange), None).await;
    assert_eq!(listed, json!({ "conversations": [] }));
    stage.close().await;
}

#[tokio::test]
async fn without_a_good_token_nothing_is_told() {
    let stage = Stage::set().await;
    let (one, _) = stage.arrive().await;
    let visitor = one.visitor_token.clone().unwrap();
    let cut = visitor.get(..visitor.len() - 2).unwrap();
    // The last one opens links, and is no visitor's.
    for token in [None, Some(""), Some("a.b"), Some(cut), Some(one.token.as_str())] {
        let (status, problem) = ask(&stage, "", token, None).await;
        let code = problem["code"].as_str().unwrap();
        assert!(status == 401 && code.starts_with("token_"), "{token:?}: {status} {code}");
    }
    let site = Some("https://evil.example");
    let (status, problem) = ask(&stage, "", Some(&visitor), site).await;
    assert_eq!((status, &problem["code"]), (403, &json!("origin_not_allowed")));
    let (status, _) = ask(&stage, "/nonsense", Some(&visitor), None).await;
    assert_eq!(status, 404);
    stage.close().await;
}

/// A customer, by the browser's token and what the site's server has signed.
async fn list(stage: &Stage, browser: Option<&str>, signed: Option<&str>) -> (u16, Value) {
    ask_vouched(stage, "", browser, None, signed).await
}

fn ids(listed: &Value) -> Vec<&str> {
    let all = listed["conversations"].as_array().unwrap();
    all.iter().map(|it| it["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_customer_sees_what_was_said_on_every_device_and_nobody_elses() {
    let stage = identity::stage("optional").await;
    let shop = Shop::of(&stage).await;
    let (ines, otto) = (shop.token("ines"), shop.token("otto"));
    let mut phone = stage.visitor();
    let mut own = Vec::new();
    for words in ["My jacket has lost a button", "And a sleeve"] {
        let after = json!({ "identity": ines, "after": own.last() });
        phone.start_with(after).await.unwrap();
        let mut tab = phone.tab().await.unwrap();
        tab.say(words).await.unwrap();
        tab.send(&json!({ "end": {} })).await.unwrap();
        tab.event("the end", |what| what.get("ended").is_some()).await.unwrap();
        own.push(phone.conversation.clone());
    }
    let mut other = stage.visitor();
    identity::start(&mut other, &otto).await;
    let mut tab = other.tab().await.unwrap();
    tab.say("This is between us").await.unwrap();
    tab.send(&json!({ "end": {} })).await.unwrap();
    tab.event("the end", |what| what.get("ended").is_some()).await.unwrap();
    let (ottos, otto_browser) = (other.conversation.clone(), other.visitor_token.clone().unwrap());

    // Another device, where nothing of it was said.
    let mut laptop = stage.visitor();
    identity::start(&mut laptop, &ines).await;
    let browser = laptop.visitor_token.clone().unwrap();
    let (status, listed) = list(&stage, Some(&browser), Some(&ines)).await;
    assert_eq!((status, ids(&listed)), (200, vec![own[1].as_str(), own[0].as_str()]), "{listed}");
    let path = format!("/{}", own[0]);
    let (status, told) = ask_vouched(&stage, &path, Some(&browser), None, Some(&ines)).await;
    let said = &told["events"][0]["what"]["visitor"]["text"];
    assert_eq!((status, said), (200, &json!("My jacket has lost a button")), "{told}");
    // Otto's is none of hers.
    let path = format!("/{ottos}");
    let (status, problem) = ask_vouched(&stage, &path, Some(&browser), None, Some(&ines)).await;
    assert_eq!((status, &problem["code"]), (404, &json!("conversation_unknown")));
    let (_, listed) = list(&stage, Some(&otto_browser), Some(&otto)).await;
    assert_eq!(ids(&listed), [ottos.as_str()]);

    // A browser that signs in for the first time is told what a start would show it.
    let (fresh, _) = stage.arrive().await;
    let unsigned = fresh.visitor_token.clone().unwrap();
    let (_, listed) = list(&stage, Some(&unsigned), Some(&ines)).await;
    assert_eq!(ids(&listed).len(), 2);
    assert_eq!(ids(&list(&stage, Some(&unsigned), None).await.1).len(), 0, "nobody's");

    // Whoever has her browser and is not she: nobody, somebody else, somebody who was, somebody who says so.
    let mut forged = ines.clone();
    forged.replace_range(forged.len() - 4.., "AAAA");
    let stale = shop.stale("ines");
    let elsewhere = shop.elsewhere("ines");
    for (signed, code) in [
        (None, "token_of_customer"),
        (Some(otto.as_str()), "token_of_customer"),
        (Some(forged.as_str()), "identity_signature"),
        (Some(stale.as_str()), "identity_expired"),
        (Some(elsewhere.as_str()), "identity_audience"),
        (Some("x"), "identity_malformed"),
    ] {
        for path in [String::new(), format!("/{}", own[0])] {
            let (status, problem) = ask_vouched(&stage, &path, Some(&browser), None, signed).await;
            assert_eq!((status, problem["code"].as_str().unwrap()), (401, code), "{signed:?}");
        }
    }
    // Signed, and no browser's token: the resource that a start would name is not known.
    assert_eq!(list(&stage, None, Some(&ines)).await.1["code"], "token_missing");

    // The site says that one was Otto's: from then on it is his, and hers no more.
    let path = format!("/v1/admin/conversations/{}/customer", own[0]);
    admin(&stage, "PUT", &path, &json!({ "identifier": "otto" })).await;
    let (_, listed) = list(&stage, Some(&browser), Some(&ines)).await;
    assert_eq!(ids(&listed), [own[1].as_str()]);
    let path = format!("/{}", own[0]);
    let (status, _) = ask_vouched(&stage, &path, Some(&browser), None, Some(&ines)).await;
    assert_eq!(status, 404);
    assert_eq!(ids(&list(&stage, Some(&otto_browser), Some(&otto)).await.1).len(), 2);
    stage.close().await;
}

#[tokio::test]
async fn where_the_hub_wants_a_signature_a_browsers_token_alone_tells_nothing() {
    let stage = identity::stage("required").await;
    let shop = Shop::of(&stage).await;
    // From before the hub wanted one.
    let before = keys().mint(access::Visitor::new(
        edge_time(&stage).await,
        ResourceId::parse(DEMO_RESOURCE).unwrap(),
        access::VisitorId::from_random(7),
    ));
    let (status, problem) = list(&stage, Some(before.expose()), None).await;
    assert_eq!((status, &problem["code"]), (401, &json!("identity_required")));
    let (status, _) = list(&stage, Some(before.expose()), Some(&shop.token("ines"))).await;
    assert_eq!(status, 200);
    stage.close().await;
}
