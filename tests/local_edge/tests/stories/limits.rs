//! What keeps a script from starting conversations by the thousand, and from filling one.

use parlor_local_edge::{
    seed::DEMO_RESOURCE,
    visitor::{Answer, message_id},
};
use serde_json::json;

use crate::Stage;

#[tokio::test]
async fn who_starts_too_many_conversations_is_told_when_to_come_back_and_others_are_not() {
    let stage = Stage::set_limited(&[], &[("STARTS", 5)], |_| {}).await;
    let start = |address: &str| {
        let body = json!({ "resource": DEMO_RESOURCE });
        let request = reqwest::Client::new().post(stage.url("/v1/conversations"));
        Answer::to(request.header("CF-Connecting-IP", address).json(&body))
    };
    let mut refused = None;
    for _ in 0..8 {
        let answer = start("2001:db8:1:2::1").await.unwrap();
        if answer.status == 429 {
            refused = Some(answer);
        } else {
            assert_eq!(answer.status, 200);
            assert!(refused.is_none(), "let in again at once");
        }
    }
    let refused = refused.expect("one of eight is refused");
    assert_eq!(refused.code(), "too_many_requests");
    assert_eq!(refused.header("Retry-After"), "60");
    assert_eq!(refused.header("Content-Type"), "application/problem+json");
    assert_eq!(stage.edge.objects("CONVERSATION").await.unwrap().len(), 5, "no object woke for it");
    // The next address of the same network is no other; another network is.
    assert_eq!(start("2001:db8:1:2:3::4").await.unwrap().status, 429);
    assert_eq!(start("2001:db8:1:3::1").await.unwrap().status, 200);
    stage.close().await;
}

#[tokio::test]
async fn a_link_that_pours_is_closed_and_loses_nothing_that_was_accepted() {
    let stage = Stage::set().await;
    let (visitor, mut tab) = stage.arrive().await;
    for _ in 0..400 {
        if tab.send(&json!({ "typing": { "on": true } })).await.is_err() {
            break;
        }
    }
    let (code, reason) = tab.closed().await.unwrap();
    assert_eq!((code, reason.as_str()), (4429, "too_many_frames"));
    // Back, and no faster than people are: as if nothing had been.
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let mut tab = visitor.tab().await.unwrap();
    tab.say_as(&message_id(), "Slowly now").await.unwrap();
    stage.close().await;
}
