//! How long a conversation is kept, on the real runtime with its real alarms and databases. A variable makes days short.

use std::{path::Path, process::Command, time::Duration};

use parlor_local_edge::{agent::is, seed::DEMO_RESOURCE, visitor::Answer};
use serde_json::{Value, json};

use crate::{Stage, stage::admin};

/// Words that stand nowhere else.
const WORDS: &str = "Keep my unicycle a secret";

/// A hub that keeps conversations for a day, which lasts `seconds`.
pub async fn short_lived(seconds: &str) -> Stage {
    Stage::set_with(&[("DEVELOPMENT_DAY_S", seconds)], |documents| {
        for (_, hub) in documents.iter_mut().filter(|(key, _)| key.starts_with("hub:")) {
            hub["retention_days"] = json!(1);
        }
    })
    .await
}

/// Waits until `words` stand in no table of any object.
pub async fn gone(stage: &Stage, words: &str) {
    let wait = async {
        while stored(stage.edge.state()).contains(words) {
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(60), wait).await;
    assert!(waited.is_ok(), "{words:?} is still stored");
}

/// All that the objects' tables hold, read by SQLite itself: what was deleted may still stand in the bytes of a file.
pub fn stored(folder: &Path) -> String {
    let output = Command::new("python3").args(["-c", DUMP]).arg(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

const DUMP: &str = "
import pathlib, sqlite3, sys
for path in pathlib.Path(sys.argv[1]).rglob('*.sqlite'):
    # Copied by SQLite, with what stands in the journal only.
    live = sqlite3.connect(path, timeout=5)
    copy = sqlite3.connect(':memory:')
    live.backup(copy)
    for line in copy.iterdump():
        print(line)
";

#[tokio::test]
async fn a_conversation_deletes_itself_when_its_days_are_over_and_a_visitor_who_returns_begins_anew()
 {
    let stage = short_lived("3").await;
    let (mut visitor, mut tab, _) = stage.converse(WORDS).await;
    let first = visitor.conversation.clone();
    assert!(stored(stage.edge.state()).contains(WORDS), "the story looks in the right place");
    tab.send(&json!({ "end": {} })).await.unwrap();
    tab.event("the end", |what| what.get("ended").is_some()).await.unwrap();

    // The link is open still: it is told.
    let (code, reason) = tab.closed().await.unwrap();
    assert_eq!((code, reason.as_str()), (4410, "conversation_erased"));
    gone(&stage, WORDS).await;
    // Not even its id stands anywhere: neither in its own object nor in the list of the visitor's.
    gone(&stage, &first).await;
    let path = format!("/v1/admin/conversations/{first}/transcript");
    let answer = admin(&stage, "GET", &path, &Value::Null).await;
    assert_eq!((answer.status, answer.code()), (404, "conversation_unknown"));

    // The token is as good as it was; what it leads to is new, and works.
    visitor.start().await.unwrap();
    assert_ne!(visitor.conversation, first);
    let mut tab = visitor.tab().await.unwrap();
    assert!(tab.events().is_empty());
    tab.say("It is me again").await.unwrap();
    stage.agent.until("the console rings", |chat| is(chat, "waiting")).await.unwrap();
    stage.close().await;
}

#[tokio::test]
async fn a_runtime_that_is_killed_meanwhile_deletes_it_when_it_is_back() {
    let stage = short_lived("6").await;
    let (visitor, mut tab, _) = stage.converse(WORDS).await;
    tab.send(&json!({ "end": {} })).await.unwrap();
    tab.event("the end", |what| what.get("ended").is_some()).await.unwrap();
    stage.edge.restart_killed().await.unwrap();
    // Nobody asks it anything: its own alarm wakes it.
    gone(&stage, WORDS).await;
    gone(&stage, &visitor.conversation).await;
    stage.close().await;
}

#[tokio::test]
async fn a_conversation_that_goes_on_is_not_deleted() {
    let stage = short_lived("3").await;
    let (_, mut tab, chat) = stage.converse(WORDS).await;
    for number in 0..6 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let seq = tab.say(&format!("Word {number}")).await.unwrap();
        tab.delivered(seq).await.unwrap();
    }
    stage.agent.say(&chat, "I keep it").await.unwrap();
    tab.heard("I keep it").await.unwrap();
    let answer = Answer::to(
        reqwest::Client::new().get(stage.url(&format!("/v1/resources/{DEMO_RESOURCE}"))),
    )
    .await;
    assert_eq!(answer.unwrap().status, 200);
    stage.close().await;
}
