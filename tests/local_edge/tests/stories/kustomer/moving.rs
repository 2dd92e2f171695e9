//! From one desk to the other and back, with what the visitor answered and said.

use parlor_local_edge::{
    agent::{Agent, id_of, is, lines},
    seed::{self, KUSTOMER_WEB_CHAT},
    visitor::Answer,
};
use parlor_tests::desks::{kustomer::Config, server};
use serde_json::{Value, json};

use super::Stage;
use crate::stage::{ADMIN_TOKEN, SITE};

const EMAIL: &str = "ana@example.test";

async fn move_to(stage: &Stage, conversation: &str, flow: &str) {
    let url = format!("{}/v1/admin/conversations/{conversation}/move", stage.edge.url());
    let request = stage.http.post(url).bearer_auth(ADMIN_TOKEN).json(&json!({ "flow": flow }));
    let answer = Answer::to(request).await.unwrap();
    assert_eq!((answer.status, &answer.body["done"]), (200, &json!(true)), "{}", answer.text);
}

#[tokio::test]
async fn a_chat_goes_to_the_other_desk_and_comes_back_with_all_that_was_answered_and_said() {
    let sales = server::serve(server::Options::default()).await.unwrap();
    let sales_url = format!("http://{}", sales.addr());
    let seller = Agent::new(&sales_url).unwrap();
    let stage = Stage::set_at(Config::default(), |documents| {
        let mut flow = seed::demo_seed(&sales_url, SITE).unwrap();
        let (_, mut flow) = flow.remove(flow.iter().position(|it| it.0 == "flow:sales").unwrap());
        flow["hub"] = json!("workshop");
        let email = json!({ "from": "form.email", "label": "E-Mail" });
        flow["relay"]["prechat"] = json!({ "details": [email] });
        documents.push(("flow:sales".to_owned(), flow));
        let key = format!("resource:{KUSTOMER_WEB_CHAT}");
        let resource = documents.iter_mut().find(|it| it.0 == key).unwrap();
        let field = json!({ "key": "email", "kind": "email", "label": "E-Mail" });
        resource.1["prechat"] = json!({ "fields": [field] });
    })
    .await;
    let mut visitor = stage.visitor();
    visitor.start_with(json!({ "form": { "email": EMAIL } })).await.unwrap();
    let mut tab = visitor.tab().await.unwrap();
    let seq = tab.say("Is it green?").await.unwrap();
    tab.delivered(seq).await.unwrap();
    // The key may not write notes: what a note would say stands first.
    let knows = |chat: &Value, words: &[&str]| {
        let said = lines(chat, "visitor").join("\n");
        words.iter().all(|it| said.contains(it))
    };
    let first = stage.agent.until("her answer", |it| knows(it, &[EMAIL, "green"])).await.unwrap();
    let first = id_of(&first);

    move_to(&stage, &visitor.conversation, "sales").await;
    stage.agent.until("the end there", |it| id_of(it) == first && is(it, "ended")).await.unwrap();
    let chat = seller.until("a waiting visitor", |it| is(it, "waiting")).await.unwrap();
    assert!(chat["visitor"].to_string().contains(EMAIL), "{chat:#}");
    let chat = id_of(&chat);
    seller.accept(&chat).await.unwrap();
    tab.event("the seller", |what| what.get("joined").is_some()).await.unwrap();
    seller
        .until("what was said before", |it| it.to_string().contains("Is it green?"))
        .await
        .unwrap();
    let seq = tab.say("On Saturday, please").await.unwrap();
    tab.delivered(seq).await.unwrap();

    move_to(&stage, &visitor.conversation, "workshop").await;
    seller.until("the end there", |it| id_of(it) == chat && is(it, "ended")).await.unwrap();
    let all = [EMAIL, "Is it green?", "On Saturday, please"];
    let back = |it: &Value| id_of(it) != first && knows(it, &all);
    let chat = stage.agent.until("all of it", back).await.unwrap();
    assert!(is(&chat, "waiting"), "{chat:#}");
    stage.agent.say(&id_of(&chat), "Saturday it is.").await.unwrap();
    tab.heard("Saturday it is.").await.unwrap();
    let log = stage.log().await;
    assert!(!log.contains(EMAIL), "{log}");
    stage.close().await;
    sales.shutdown().await;
}
