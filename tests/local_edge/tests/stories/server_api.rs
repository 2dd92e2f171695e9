//! What a site's server does with its customers over HTTP, and every way in which it is refused.

use parlor_local_edge::{
    seed::DEMO_RESOURCE,
    visitor::{Answer, Visitor},
};
use serde_json::{Value, json};

use crate::{
    Stage,
    identity::{Shop, stage as signed_stage, start},
    stage::admin,
};

async fn reach(stage: &Stage, key: Option<&str>, body: &Value) -> Answer {
    let request = stage.admin("POST", "/v1/admin/conversations").json(body);
    let request = match key {
        Some(key) => request.header("Idempotency-Key", key),
        None => request,
    };
    Answer::to(request).await.unwrap()
}

fn told(customer: &str, text: &str) -> Value {
    json!({ "resource": DEMO_RESOURCE, "customer": { "identifier": customer, "name": "Ines Keller" }, "text": text })
}

async fn found(stage: &Stage, customer: &str) -> Vec<String> {
    let path = format!("/v1/admin/hubs/shop/customers/{customer}/conversations");
    let answer = admin(stage, "GET", &path, &Value::Null).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let items = answer.body["items"].as_array().unwrap().clone();
    items.iter().map(|it| it["conversation"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_customer_is_written_to_and_answers_when_she_comes() {
    let stage = signed_stage("required").await;
    let shop = Shop::of(&stage).await;
    let parcel = told("ines", "Your parcel waits at the post office.");
    let first = reach(&stage, Some("parcel-1"), &parcel).await;
    assert_eq!((first.status, &first.body["created"]), (201, &json!(true)), "{}", first.text);
    let again = reach(&stage, Some("parcel-1"), &parcel).await;
    assert_eq!(
        (again.status, &again.body["done"]),
        (200, &json!(false)),
        "said once: {}",
        again.text
    );
    assert_eq!(again.body["seq"], first.body["seq"]);
    let conversation = first.body["conversation"].as_str().unwrap().to_owned();
    assert_eq!(found(&stage, "ines").await, std::slice::from_ref(&conversation));
    assert!(stage.agent.chats().await.unwrap().is_empty(), "no agent's place is taken");

    // Two at once, for somebody who has none yet, come to one conversation.
    let (one, two) = (told("otto", "One"), told("otto", "Two"));
    let (one, two) = tokio::join!(reach(&stage, None, &one), reach(&stage, None, &two));
    assert_eq!(one.body["conversation"], two.body["conversation"], "{} {}", one.text, two.text);
    assert_eq!(found(&stage, "otto").await.len(), 1);

    let mut ines = stage.visitor();
    start(&mut ines, &shop.token("ines")).await;
    assert_eq!(ines.conversation, conversation);
    let mut tab = ines.tab().await.unwrap();
    tab.event("what was said", |what| what.to_string().contains("post office")).await.unwrap();
    tab.say("Which one?").await.unwrap();
    let chat = stage.agent.until("she waits", |it| it["state"] == "waiting").await.unwrap();
    stage.agent.accept(&parlor_local_edge::agent::id_of(&chat)).await.unwrap();
    stage
        .agent
        .until("the agent reads to what it is an answer", |it| {
            let text = it.to_string();
            text.contains("post office") && text.contains("Which one?")
        })
        .await
        .unwrap();

    // In mid-chat it is said in the same one; after the end in a new one, and a repetition is still one.
    let more = reach(&stage, Some("parcel-2"), &told("ines", "It is open until six.")).await;
    assert_eq!((more.status, &more.body["conversation"]), (200, &json!(conversation)));
    admin(&stage, "POST", &format!("/v1/admin/conversations/{conversation}/close"), &Value::Null)
        .await;
    let repeated = reach(&stage, Some("parcel-2"), &told("ines", "It is open until six.")).await;
    assert_eq!(
        (&repeated.body["conversation"], &repeated.body["done"]),
        (&json!(conversation), &json!(false))
    );
    let next = reach(&stage, Some("parcel-3"), &told("ines", "Another parcel.")).await;
    assert_eq!(next.status, 201, "{}", next.text);
    let newest = next.body["conversation"].as_str().unwrap().to_owned();
    assert_eq!(found(&stage, "ines").await, [newest, conversation]);
    stage.close().await;
}

#[tokio::test]
async fn a_conversation_gets_its_customer_afterwards_or_another_one() {
    let stage = signed_stage("optional").await;
    let shop = Shop::of(&stage).await;
    let (visitor, mut tab) = stage.arrive().await;
    tab.say("I have not signed in").await.unwrap();
    let path = format!("/v1/admin/conversations/{}/customer", visitor.conversation);
    let named = admin(
        &stage,
        "PUT",
        &path,
        &json!({ "identifier": "ines/with@all?", "email": "ines@example.com" }),
    )
    .await;
    assert_eq!((named.status, &named.body["done"]), (200, &json!(true)), "{}", named.text);
    assert_eq!(
        found(&stage, "ines%2Fwith%40all%3F").await,
        std::slice::from_ref(&visitor.conversation)
    );
    let moved = admin(&stage, "PUT", &path, &json!({ "identifier": "ines" })).await;
    assert_eq!(moved.status, 200, "{}", moved.text);
    assert_eq!(found(&stage, "ines").await, std::slice::from_ref(&visitor.conversation));
    assert!(found(&stage, "ines%2Fwith%40all%3F").await.is_empty(), "not the other's any more");
    // And she finds it.
    let mut phone = stage.visitor();
    start(&mut phone, &shop.token("ines")).await;
    assert_eq!(phone.conversation, visitor.conversation);
    let told = admin(&stage, "GET", &path.replace("customer", "transcript"), &Value::Null).await;
    assert_eq!(told.body["customer"], json!({ "identifier": "ines", "name": null, "email": null }));

    // One that has ended is found too, and does not become the one that goes on.
    let (old, mut tab) = stage.arrive().await;
    tab.send(&json!({ "end": {} })).await.unwrap();
    tab.event("the end", |what| what.get("ended").is_some()).await.unwrap();
    let path = format!("/v1/admin/conversations/{}/customer", old.conversation);
    admin(&stage, "PUT", &path, &json!({ "identifier": "ines" })).await;
    assert_eq!(found(&stage, "ines").await, [visitor.conversation.clone(), old.conversation]);
    let mut again: Visitor = stage.visitor();
    start(&mut again, &shop.token("ines")).await;
    assert_eq!(again.conversation, visitor.conversation);
    stage.close().await;
}

#[tokio::test]
async fn every_bad_request_is_a_problem_with_a_code() {
    let stage = signed_stage("required").await;
    let made = reach(&stage, None, &told("ines", "Hello")).await;
    let conversation = made.body["conversation"].as_str().unwrap().to_owned();
    let customer = format!("/v1/admin/conversations/{conversation}/customer");
    let all = "/v1/admin/conversations";
    let find = "/v1/admin/hubs/shop/customers/ines/conversations";

    // Who asks.
    for (method, path) in [("POST", all), ("PUT", customer.as_str()), ("GET", find)] {
        let bare = reqwest::Client::new().request(method.parse().unwrap(), stage.url(path));
        let bare = Answer::to(bare.json(&json!({}))).await.unwrap();
        assert_eq!((bare.status, bare.code()), (401, "token_missing"), "{path}");
        assert_eq!(bare.header("content-type"), "application/problem+json");
        let wrong = Answer::to(stage.bearer("wrong", method, path).json(&json!({}))).await.unwrap();
        assert_eq!((wrong.status, wrong.code()), (401, "token_unknown"), "{path}");
    }
    let minted =
        admin(&stage, "POST", "/v1/admin/tokens", &json!({ "name": "eyes", "role": "read_only" }))
            .await;
    let eyes = minted.body["token"].as_str().unwrap().to_owned();
    for (method, path) in [("POST", all), ("PUT", customer.as_str()), ("GET", find)] {
        let asked = Answer::to(stage.bearer(&eyes, method, path).json(&json!({}))).await.unwrap();
        assert_eq!((asked.status, asked.code()), (403, "role_insufficient"), "{path}");
    }

    // What is asked.
    let refused = async |method: &str, path: &str, body: Value| {
        let answer = admin(&stage, method, path, &body).await;
        assert_eq!(answer.header("content-type"), "application/problem+json", "{}", answer.text);
        let field = answer.body["field"].as_str().unwrap_or_default().to_owned();
        (answer.status, answer.code().to_owned(), field)
    };
    let is = |status: u16, code: &str, field: &str| (status, code.to_owned(), field.to_owned());
    let with = |member: &str, value: Value| {
        let mut body = told("ines", "Hello");
        body[member] = value;
        body
    };
    for (body, wanted) in [
        (json!([]), is(400, "body_malformed", "")),
        (json!({}), is(400, "body_malformed", "")),
        (with("more", json!(1)), is(400, "body_malformed", "more")),
        (with("text", json!(7)), is(400, "body_malformed", "text")),
        (with("resource", json!("x")), is(400, "resource_malformed", "resource")),
        (
            with("resource", json!("a0e9c1de-0000-4000-8000-0000000000ff")),
            is(404, "resource_unknown", "resource"),
        ),
        (
            with("customer", json!({ "identifier": "" })),
            is(400, "customer_malformed", "customer.identifier"),
        ),
        (
            with("customer", json!({ "identifier": " a" })),
            is(400, "customer_malformed", "customer.identifier"),
        ),
        (
            with("customer", json!({ "identifier": "a\nb" })),
            is(400, "customer_malformed", "customer.identifier"),
        ),
        (
            with("customer", json!({ "identifier": "x".repeat(201) })),
            is(400, "customer_malformed", "customer.identifier"),
        ),
        (
            with("customer", json!({ "identifier": "a", "email": "b" })),
            is(400, "customer_malformed", "customer.email"),
        ),
        (
            with("customer", json!({ "identifier": "a", "name": "\u{202e}b" })),
            is(400, "customer_malformed", "customer.name"),
        ),
        (with("text", json!("")), is(422, "text_empty", "")),
        (with("text", json!("x".repeat(4_001))), is(422, "text_too_long", "")),
        (with("text", json!("x".repeat(70_000))), is(413, "body_too_long", "")),
    ] {
        let told = refused("POST", all, body.clone()).await;
        let short: String = body.to_string().chars().take(200).collect();
        assert_eq!((told.0, &told.1), (wanted.0, &wanted.1), "{short}");
        if !wanted.2.is_empty() {
            assert_eq!(told.2, wanted.2, "{short}");
        }
    }
    // What cannot be said begins nothing.
    assert_eq!(refused("POST", all, told("nobody", " ")).await.1, "text_empty");
    assert!(found(&stage, "nobody").await.len() <= 1);
    let plain = stage.admin("POST", all).header("content-type", "text/plain").body("hello");
    let plain = Answer::to(plain).await.unwrap();
    assert_eq!((plain.status, plain.code()), (415, "content_type_unsupported"));
    let long = reach(&stage, Some(&"k".repeat(201)), &told("ines", "Hello")).await;
    assert_eq!((long.status, long.code()), (400, "body_malformed"));

    assert_eq!(
        refused("PUT", &customer, json!({ "identifier": "" })).await,
        is(400, "customer_malformed", "customer.identifier")
    );
    assert_eq!(
        refused("PUT", &customer, json!({ "identifier": "a", "role": "x" })).await,
        is(400, "body_malformed", "role")
    );
    for id in ["x", &"0".repeat(64), &"f".repeat(64)] {
        let path = format!("/v1/admin/conversations/{id}/customer");
        assert_eq!(
            refused("PUT", &path, json!({ "identifier": "a" })).await.1,
            "conversation_unknown",
            "{id}"
        );
    }

    // Another hub knows nothing of this one's customers.
    let elsewhere =
        admin(&stage, "GET", "/v1/admin/hubs/other/customers/ines/conversations", &Value::Null)
            .await;
    assert_eq!((elsewhere.status, elsewhere.code()), (404, "document_unknown"));
    for customer in ["%20", "a%0Ab", "%ff", "%e2%80%ae"] {
        let path = format!("/v1/admin/hubs/shop/customers/{customer}/conversations");
        assert_eq!(
            refused("GET", &path, Value::Null).await,
            is(400, "customer_malformed", "customer"),
            "{customer}"
        );
    }
    let logged = stage.close().await;
    assert!(!logged.iter().any(|code| code == "platform_failed"), "{logged:?}");
}

/// The flow lets visitors leave messages, and nobody is there.
async fn deserted() -> Stage {
    let stage = Stage::set_with(&[], |documents| {
        let flows = documents.iter_mut().filter(|(key, _)| key.starts_with("flow:"));
        for (_, flow) in flows {
            flow["when_nobody"] = json!("leave_message");
        }
    })
    .await;
    stage.agent.available(false).await.unwrap();
    stage
}

async fn leave(stage: &Stage, words: &str) -> (Visitor, parlor_local_edge::visitor::Tab) {
    let (visitor, mut tab) = stage.arrive().await;
    tab.say(words).await.unwrap();
    tab.event("nobody is there", |what| what["unavailable"]["leave_message"] == true)
        .await
        .unwrap();
    (visitor, tab)
}

/// Waits until the list is as wanted: a conversation tells it behind the visitor's back.
async fn left(stage: &Stage, query: &str, wanted: &[&str]) -> Value {
    let path = format!("/v1/admin/hubs/shop/left-messages{query}");
    let waiting = async {
        loop {
            let answer = admin(stage, "GET", &path, &Value::Null).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
            let items = answer.body["items"].as_array().unwrap();
            if items
                .iter()
                .map(|it| it["conversation"].as_str().unwrap())
                .eq(wanted.iter().copied())
            {
                return answer.body;
            }
        }
    };
    let in_time = tokio::time::timeout(parlor_local_edge::visitor::PATIENCE, waiting).await;
    in_time.unwrap_or_else(|_| panic!("the list never came to {wanted:?}"))
}

#[tokio::test]
async fn messages_that_were_left_are_listed_until_they_need_nobody_any_more() {
    let stage = deserted().await;
    left(&stage, "", &[]).await;
    let (first, mut first_tab) = leave(&stage, "Call me back").await;
    left(&stage, "", &[&first.conversation]).await;
    let (second, _tab) = leave(&stage, "And me").await;
    left(&stage, "", &[&second.conversation, &first.conversation]).await;
    let (third, _tab) = leave(&stage, "Me too").await;
    let all = [&third.conversation, &second.conversation, &first.conversation];
    let listed = left(&stage, "", &all.map(String::as_str)).await;
    assert_eq!(listed["next"], Value::Null);
    assert!(!listed.to_string().contains("Call me back"), "what was said is the transcript's");

    let path = format!("/v1/admin/conversations/{}/customer", first.conversation);
    admin(&stage, "PUT", &path, &json!({ "identifier": "ines" })).await;
    first_tab.say("Before noon").await.unwrap();
    let told = admin(
        &stage,
        "GET",
        &format!("/v1/admin/conversations/{}/transcript", first.conversation),
        &Value::Null,
    )
    .await;
    let events = told.body["events"].as_array().unwrap();
    let since = events.iter().find(|it| it["what"].get("visitor").is_some()).unwrap()["at"].clone();
    let listed = left(&stage, "", &all.map(String::as_str)).await;
    let wanted = json!({
        "conversation": first.conversation, "flow": told.body["flow"], "customer": "ines",
        "since": since, "messages": 2,
    });
    assert_eq!(listed["items"][2], wanted);

    // Page by page.
    let page = left(&stage, "?limit=2", &[&third.conversation, &second.conversation]).await;
    let rest = format!("?limit=2&before={}", page["next"]);
    assert_eq!(left(&stage, &rest, &[&first.conversation]).await["next"], Value::Null);
    for (query, field) in [("?limit=51", "limit"), ("?before=0", "before"), ("?page=2", "page")] {
        let path = format!("/v1/admin/hubs/shop/left-messages{query}");
        let answer = admin(&stage, "GET", &path, &Value::Null).await;
        assert_eq!((answer.status, &answer.body["field"]), (400, &json!(field)), "{}", answer.text);
    }
    let path = "/v1/admin/hubs/other/left-messages";
    assert_eq!(admin(&stage, "GET", path, &Value::Null).await.status, 404);

    // One ends, one is erased.
    first_tab.send(&json!({ "end": {} })).await.unwrap();
    left(&stage, "", &[&third.conversation, &second.conversation]).await;
    let path = format!("/v1/admin/conversations/{}", third.conversation);
    admin(&stage, "DELETE", &path, &Value::Null).await;
    left(&stage, "", &[&second.conversation]).await;
    stage.close().await;
}
