//! What is kept of a person, all of it or none of it any more: with real objects, a real desk and real links.

use parlor_local_edge::visitor::{Answer, Visitor};
use serde_json::{Value, json};

use crate::{
    Stage, identity,
    retention::{gone, stored},
    stage::admin,
};

/// Words that stand nowhere else.
const FIRST: &str = "Where is my unicycle";
const SECOND: &str = "And where is its saddle";

/// A visitor with a conversation that has ended and one that is open.
async fn talkative(stage: &Stage) -> (Visitor, parlor_local_edge::visitor::Tab, [String; 2]) {
    let (mut visitor, mut tab, chat) = stage.converse(FIRST).await;
    let first = visitor.conversation.clone();
    stage.agent.end(&chat).await.unwrap();
    tab.event("the end", |what| what.get("ended").is_some()).await.unwrap();
    visitor.start_after(&first).await.unwrap();
    let second = visitor.conversation.clone();
    let mut tab = visitor.tab().await.unwrap();
    tab.say(SECOND).await.unwrap();
    // Nobody takes it: she stands in the queue.
    tab.event("a queue", |what| what.get("queued").is_some()).await.unwrap();
    (visitor, tab, [first, second])
}

/// Asks until everything is done.
async fn erase(stage: &Stage, path: &str) -> Value {
    for _ in 0..100 {
        let answer = admin(stage, "DELETE", path, &Value::Null).await;
        assert!(matches!(answer.status, 200 | 202), "{}", answer.text);
        if answer.body["done"] == true {
            assert_eq!(answer.status, 200);
            return answer.body;
        }
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    }
    panic!("it is never done");
}

#[tokio::test]
async fn a_visitor_is_exported_whole_and_erased_in_one_call() {
    let stage = Stage::set().await;
    let (other, mut other_tab, _) = stage.converse("I am somebody else").await;
    let (mut visitor, mut tab, [first, second]) = talkative(&stage).await;
    let path = format!("/v1/admin/conversations/{second}/visitor");

    let export = admin(&stage, "GET", &path, &Value::Null).await;
    assert_eq!(export.status, 200, "{}", export.text);
    let conversations = export.body["conversations"].as_array().unwrap();
    assert_eq!(conversations.len(), 2, "{}", export.text);
    assert!(export.text.contains(FIRST) && export.text.contains(SECOND));
    assert!(!export.text.contains("somebody else"), "not another visitor's");
    for conversation in conversations {
        assert!(conversation["facts"].is_array() && conversation["began_at"].is_u64());
        assert!(conversation["kept_until"].as_u64() > conversation["began_at"].as_u64());
    }

    let answer = admin(&stage, "DELETE", &path, &Value::Null).await;
    assert!(matches!(answer.status, 200 | 202), "{}", answer.text);
    // The agent sees the end of the open chat; the link is told.
    let (code, reason) = tab.closed().await.unwrap();
    assert_eq!((code, reason.as_str()), (4410, "conversation_erased"));
    erase(&stage, &path).await;
    for words in [FIRST, SECOND] {
        gone(&stage, words).await;
    }
    let waiting = |chat: &Value| chat["state"] == "waiting";
    assert!(!stage.agent.chats().await.unwrap().iter().any(waiting), "nobody waits for an agent");

    // What the browser has kept opens nothing, and leads to nothing new.
    let body = json!({ "resource": parlor_local_edge::seed::DEMO_RESOURCE, "visitor_token": visitor.visitor_token });
    let refused = visitor.ask(&body).await.unwrap();
    assert_eq!((refused.status, refused.code()), (401, "visitor_erased"), "{}", refused.text);
    let mut link = visitor.tab().await;
    if let Ok(tab) = &mut link {
        assert_eq!(tab.closed().await.unwrap().0, 4410);
    }
    visitor.visitor_token = None;
    visitor.start().await.unwrap();
    assert!(![&first, &second].contains(&&visitor.conversation));

    // Who did it is known, to whom is not.
    let audit = admin(&stage, "GET", "/v1/admin/audit", &Value::Null).await;
    let erased = audit.body["items"].as_array().unwrap().iter().find(|it| it["what"] == "erased");
    assert_eq!(erased.unwrap()["who"], "ADMIN_TOKEN");
    assert!(!audit.text.contains("unicycle"));

    // Nobody else was touched.
    let seq = other_tab.say("And I am still here").await.unwrap();
    other_tab.delivered(seq).await.unwrap();
    assert!(stored(stage.edge.state()).contains("I am somebody else"));
    drop(other);
    stage.close().await;
}

#[tokio::test]
async fn a_customer_goes_with_what_was_said_before_anybody_knew_who_it_was_and_others_stay() {
    let stage = identity::stage("optional").await;
    let shop = identity::Shop::of(&stage).await;
    // Said by nobody in particular, until the site says who that is.
    let (mut ines, mut tab) = stage.arrive().await;
    tab.say(FIRST).await.unwrap();
    let before = ines.visitor_token.clone();
    identity::start(&mut ines, &shop.token("ines@example.com")).await;
    let mut boris = stage.visitor();
    identity::start(&mut boris, &shop.token("boris/2")).await;
    let mut other = boris.tab().await.unwrap();
    other.say("I am somebody else").await.unwrap();

    let path = "/v1/admin/hubs/shop/customers/ines%40example.com";
    let export = admin(&stage, "GET", path, &Value::Null).await;
    assert_eq!(export.status, 200, "{}", export.text);
    assert!(export.text.contains(FIRST), "{}", export.text);
    assert!(!export.text.contains("somebody else"), "{}", export.text);
    assert_eq!(export.body["customer"], "ines@example.com");
    let customer = &export.body["conversations"][0]["customer"];
    assert_eq!(customer["email"], "ines@example.com", "{}", export.text);

    erase(&stage, path).await;
    // Neither what she said nor who she is: but boris has her address, from the same shop.
    gone(&stage, FIRST).await;
    gone(&stage, "id:ines").await;
    let export = admin(&stage, "GET", path, &Value::Null).await;
    assert_eq!(export.body["conversations"], json!([]));
    let body =
        json!({ "resource": parlor_local_edge::seed::DEMO_RESOURCE, "visitor_token": before });
    let refused = ines.ask(&body).await.unwrap();
    assert_eq!((refused.status, refused.code()), (401, "visitor_erased"), "{}", refused.text);
    let audit = admin(&stage, "GET", "/v1/admin/audit", &Value::Null).await;
    assert!(audit.text.contains("customer of hub:shop"));
    assert!(!audit.text.contains("ines"), "{}", audit.text);

    // Signed in again, she begins anew; boris has noticed nothing.
    ines.visitor_token = None;
    identity::start(&mut ines, &shop.token("ines@example.com")).await;
    let tab = ines.tab().await.unwrap();
    assert!(tab.events().is_empty());
    let export =
        admin(&stage, "GET", "/v1/admin/hubs/shop/customers/boris%2F2", &Value::Null).await;
    assert!(export.text.contains("I am somebody else"), "{}", export.text);
    other.say("And I stay").await.unwrap();
    stage.close().await;
}

#[tokio::test]
async fn one_conversation_goes_and_the_visitors_others_stay() {
    let stage = Stage::set().await;
    let (mut visitor, mut tab, [first, second]) = talkative(&stage).await;
    erase(&stage, &format!("/v1/admin/conversations/{first}")).await;
    gone(&stage, FIRST).await;
    let answer =
        admin(&stage, "GET", &format!("/v1/admin/conversations/{first}/transcript"), &Value::Null)
            .await;
    assert_eq!((answer.status, answer.code()), (410, "conversation_erased"));
    tab.say("I am here still").await.unwrap();
    visitor.start().await.unwrap();
    assert_eq!(visitor.conversation, second, "the token is as good as it was");
    stage.close().await;
}

#[tokio::test]
async fn what_fails_half_way_is_named_and_the_same_request_goes_on() {
    let stage = Stage::set().await;
    let (_, _tab, [first, second]) = talkative(&stage).await;
    let path = format!("/v1/admin/conversations/{second}/visitor");
    let failing = stage.url(&format!("/v1/development/conversations/{first}/panic-next"));
    reqwest::Client::new().post(failing).send().await.unwrap();

    let answer = admin(&stage, "DELETE", &path, &Value::Null).await;
    assert_eq!(answer.status, 202, "{}", answer.text);
    assert_eq!(answer.body["done"], false);
    assert!(answer.body["failed"].as_array().unwrap().contains(&json!(first)), "{}", answer.text);
    // By the one that was named the others are found: it waits for them.
    assert!(answer.body["failed"].as_array().unwrap().contains(&json!(second)), "{}", answer.text);
    // A machine that fails in between changes nothing.
    stage.edge.restart_killed().await.unwrap();
    erase(&stage, &path).await;
    for words in [FIRST, SECOND] {
        gone(&stage, words).await;
    }
    stage.close().await;
}

#[tokio::test]
async fn who_may_ask_and_what_is_refused() {
    let stage = Stage::set().await;
    let (visitor, _tab) = stage.arrive().await;
    let id = visitor.conversation.clone();
    let token = |role: &'static str| {
        let stage = &stage;
        async move {
            let body = json!({ "name": role, "role": role });
            // The first named admin ends the first token's time, so it is made last.
            let made = admin(stage, "POST", "/v1/admin/tokens", &body).await;
            made.body["token"].as_str().unwrap().to_owned()
        }
    };
    let (reader, support) = (token("read_only").await, token("support").await);
    let customer = "/v1/admin/hubs/shop/customers/ada%40example.test";
    let visitors = format!("/v1/admin/conversations/{id}/visitor");
    let one = format!("/v1/admin/conversations/{id}");
    for (who, method, path, status, code) in [
        (&reader, "GET", customer, 403, "role_insufficient"),
        (&reader, "GET", &visitors, 403, "role_insufficient"),
        (&support, "DELETE", customer, 403, "role_insufficient"),
        (&support, "DELETE", &visitors, 403, "role_insufficient"),
        (&support, "DELETE", &one, 403, "role_insufficient"),
        (&support, "GET", customer, 200, ""),
        (&support, "GET", "/v1/admin/hubs/Shop!/customers/ada", 400, "id_malformed"),
        (&support, "GET", "/v1/admin/hubs/shop/customers/%FF", 400, "customer_malformed"),
        (&support, "GET", "/v1/admin/hubs/shop/customers/", 400, "customer_malformed"),
        (&support, "GET", "/v1/admin/conversations/abc/visitor", 404, "conversation_unknown"),
        (&support, "PUT", &visitors, 405, "method_not_allowed"),
    ] {
        let answer = Answer::to(stage.bearer(who, method, path)).await.unwrap();
        assert_eq!(
            (answer.status, answer.code()),
            (status, code),
            "{method} {path} {}",
            answer.text
        );
    }
    // Nobody of that name: nothing to do, and said so as often as one likes.
    for _ in 0..2 {
        let answer = admin(&stage, "DELETE", customer, &Value::Null).await;
        assert_eq!((answer.status, &answer.body["done"]), (200, &json!(true)), "{}", answer.text);
    }
    let lists = stored(stage.edge.state());
    let made = lists.matches("CREATE TABLE conversations").count();
    assert_eq!(made, 1, "the visitor's; none for somebody who is not there");
    stage.close().await;
}
