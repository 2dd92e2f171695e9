//! What opens a link, and what does not.

use std::time::Duration;

use parlor_edge::access::{Conversation as Claims, Keys, Visitor as VisitorClaims, VisitorId};
use parlor_local_edge::{
    seed::DEMO_RESOURCE,
    visitor::{Answer, Link},
};
use parlor_shared::{
    Timestamp,
    id::{ConversationId, ResourceId},
};

use crate::{Stage, stage::keys};

fn claims(now: Timestamp, conversation: &str) -> Claims {
    let resource = ResourceId::parse(DEMO_RESOURCE).unwrap();
    let conversation = ConversationId::parse(conversation).unwrap();
    Claims::new(now, resource, conversation, VisitorId::from_random(1))
}

#[tokio::test]
async fn no_conversation_is_woken_without_a_good_token() {
    // A well-formed id of a conversation that this edge has never begun: another edge's.
    let other = Stage::set().await;
    let (foreigner, _) = other.arrive().await;
    let never_begun = foreigner.conversation;
    other.close().await;

    let stage = Stage::set().await;
    let health: serde_json::Value =
        reqwest::get(stage.url("/healthz")).await.unwrap().json().await.unwrap();
    let now = Timestamp::from_ms(health["now_ms"].as_u64().unwrap());
    let old = Timestamp::from_ms(now.as_ms() - 15 * 60 * 1000);
    let resource = ResourceId::parse(DEMO_RESOURCE).unwrap();
    let mint = |keys: &Keys, now, conversation: &str| {
        format!("parlor.v1, token.{}", keys.mint(claims(now, conversation)).expose())
    };
    let good = mint(&keys(), now, &never_begun);
    let of_another = mint(&keys(), now, &"ab".repeat(32));
    let visitor_token = VisitorClaims::new(now, resource, VisitorId::from_random(1));
    let visitor_token = format!("parlor.v1, token.{}", keys().mint(visitor_token).expose());
    let strange = Keys::new(Some("a secret that nobody here has ever heard of"), None).unwrap();
    let strange = mint(&strange, now, &never_begun);
    // The claims of one token under the signature of another.
    let (head, _) = good.rsplit_once('.').unwrap();
    let (_, signature) = of_another.rsplit_once('.').unwrap();
    let tampered = format!("{head}.{signature}");

    for (offered, code, reason) in [
        ("chat", 4400, "protocol_missing"),
        ("parlor.v2, token.x", 4400, "protocol_version"),
        ("parlor.v1", 4400, "token_missing"),
        ("parlor.v1, token.", 4400, "token_missing"),
        ("parlor.v1, token.a, token.b", 4400, "token_repeated"),
        (&format!("parlor.v1, token.{}", "x".repeat(2048)), 4400, "protocol_too_long"),
        ("parlor.v1, token.sesame", 4401, "token_malformed"),
        (&tampered, 4401, "token_signature"),
        (&strange, 4401, "token_signature"),
        (&mint(&keys(), old, &never_begun), 4401, "token_expired"),
        (&visitor_token, 4401, "token_scope"),
        (&of_another, 4401, "token_of_other_conversation"),
    ] {
        let link = Link::open(stage.edge.url(), &never_begun, Some(offered), None).await;
        // A client that did not offer `parlor.v1` turns down the answer by itself; the log has the code.
        match link {
            Ok(link) => assert_eq!(link.closed().await.unwrap(), (code, reason.to_owned())),
            Err(error) => assert!(!offered.contains("parlor.v1"), "{offered}: {error:#}"),
        }
        stage.edge.logged(reason, Duration::from_secs(10)).await.unwrap();
        assert!(stage.edge.objects("CONVERSATION").await.unwrap().is_empty(), "woken: {reason}");
    }

    // That this proves something: a good token for the same id wakes an object, which then knows of nothing.
    let link = Link::open(stage.edge.url(), &never_begun, Some(&good), None).await.unwrap();
    assert_eq!(link.closed().await.unwrap(), (4404, "conversation_unknown".to_owned()));
    assert_eq!(stage.edge.objects("CONVERSATION").await.unwrap(), [never_begun]);
    stage.close().await;
}

#[tokio::test]
async fn an_id_that_no_platform_made_is_unknown_even_with_a_good_token() {
    let stage = Stage::set().await;
    let health: serde_json::Value =
        reqwest::get(stage.url("/healthz")).await.unwrap().json().await.unwrap();
    let now = Timestamp::from_ms(health["now_ms"].as_u64().unwrap());
    let forged = "ab".repeat(32);
    let offered = format!("parlor.v1, token.{}", keys().mint(claims(now, &forged)).expose());
    let link = Link::open(stage.edge.url(), &forged, Some(&offered), None).await.unwrap();
    assert_eq!(link.closed().await.unwrap(), (4404, "conversation_unknown".to_owned()));
    assert!(stage.edge.objects("CONVERSATION").await.unwrap().is_empty());
    stage.close().await;
}

#[tokio::test]
async fn a_token_in_the_address_opens_nothing() {
    let stage = Stage::set().await;
    let (visitor, _tab) = stage.arrive().await;
    let address = format!("{}/socket?token={}#", visitor.conversation, visitor.token);
    // `Link::open` appends its own end, which here is behind the `#`.
    let link = Link::open(stage.edge.url(), &address, Some("parlor.v1"), None).await.unwrap();
    assert_eq!(link.closed().await.unwrap(), (4400, "token_missing".to_owned()));
    stage.close().await;
}

#[tokio::test]
async fn only_pages_of_the_edge_open_links() {
    let stage = Stage::set().await;
    let (visitor, _tab) = stage.arrive().await;
    let offered = format!("parlor.v1, token.{}", visitor.token);
    for foreign in [crate::stage::SITE, "https://evil.example", "null"] {
        let opening =
            Link::open(stage.edge.url(), &visitor.conversation, Some(&offered), Some(foreign));
        let closed = opening.await.unwrap().closed().await.unwrap();
        assert_eq!(closed, (4401, "origin_not_allowed".to_owned()), "{foreign}");
    }
    // What is no browser says no origin.
    let opening = Link::open(stage.edge.url(), &visitor.conversation, Some(&offered), None);
    opening.await.unwrap().close().await.unwrap();
    stage.close().await;
}

#[tokio::test]
async fn the_links_address_is_for_websockets_only() {
    let stage = Stage::set().await;
    let (visitor, _tab) = stage.arrive().await;
    let url = stage.url(&format!("/v1/conversations/{}/socket", visitor.conversation));
    let answer = Answer::to(reqwest::Client::new().get(&url)).await.unwrap();
    assert_eq!((answer.status, answer.code()), (426, "upgrade_required"));
    let answer = Answer::to(reqwest::Client::new().post(&url)).await.unwrap();
    assert_eq!((answer.status, answer.code()), (405, "method_not_allowed"));
    stage.close().await;
}
