//! Links that close and come back, and links side by side.

use parlor_local_edge::visitor::message_id;
use serde_json::json;

use crate::Stage;

#[tokio::test]
async fn a_returning_link_gets_what_it_missed_and_nothing_else() {
    let stage = Stage::set().await;
    let (visitor, mut tab, chat) = stage.converse("Does the tandem fit a lift?").await;
    tab.disconnect().await.unwrap();
    let seen = tab.events().len();
    stage.agent.say(&chat, "Only without its wheels.").await.unwrap();
    let mut other = visitor.tab().await.unwrap();
    other.heard("Only without its wheels.").await.unwrap();

    let welcome = tab.connect().await.unwrap();
    assert_eq!(welcome["last"], other.events().len());
    tab.heard("Only without its wheels.").await.unwrap();
    // A tab counts its events: one that it had already would have come in the place of the next.
    assert_eq!(tab.events(), other.events());
    assert!(tab.events().len() > seen);

    // The same after a cut, of which nobody was told.
    tab.cut();
    let seq = other.say("We shall carry it, then.").await.unwrap();
    tab.connect().await.unwrap();
    tab.delivered(seq).await.unwrap();
    other.delivered(seq).await.unwrap();
    assert_eq!(tab.events(), other.events());
    stage.close().await;
}

#[tokio::test]
async fn a_link_that_has_nothing_gets_the_whole_log() {
    let stage = Stage::set().await;
    let (visitor, tab, _) = stage.converse("Is there a saddle for rain?").await;
    let mut fresh = visitor.tab().await.unwrap();
    let last = u64::try_from(tab.events().len()).unwrap();
    fresh.event("its last event", |_| true).await.unwrap();
    fresh.event("as many", |what| *what == tab.events().last().unwrap()["what"]).await.unwrap();
    assert_eq!(fresh.events(), tab.events());

    // A cursor beyond the log belongs to another log: everything comes, and `last` tells.
    let mut stray = visitor.link().await.unwrap();
    let hello = json!({ "hello": { "version": 1, "after": last + 50 } });
    stray.send(hello.to_string().into()).await.unwrap();
    assert_eq!(stray.next().await.unwrap()["welcome"]["last"], last);
    assert_eq!(stray.next().await.unwrap()["event"]["seq"], 1);
    stage.close().await;
}

#[tokio::test]
async fn a_message_sent_again_is_acknowledged_again_and_delivered_once() {
    let stage = Stage::set().await;
    let (_, mut tab, chat) = stage.converse("Do you repair old hubs?").await;
    let id = message_id();
    let seq = tab.say_as(&id, "A Sturmey-Archer of 1937.").await.unwrap();
    assert_eq!(tab.say_as(&id, "A Sturmey-Archer of 1937.").await.unwrap(), seq);
    tab.cut();
    tab.connect().await.unwrap();
    // The first text counts.
    assert_eq!(tab.say_as(&id, "Something else by now").await.unwrap(), seq);
    tab.delivered(seq).await.unwrap();
    let last = tab.say("It has three speeds.").await.unwrap();
    assert_eq!(last, seq + 2, "one message, its delivery, the next message");
    tab.delivered(last).await.unwrap();
    let said = ["Do you repair old hubs?", "A Sturmey-Archer of 1937.", "It has three speeds."];
    stage.agent.heard(&chat, &said).await.unwrap();
    stage.close().await;
}

#[tokio::test]
async fn two_links_both_get_everything() {
    let stage = Stage::set().await;
    let (visitor, mut one, chat) = stage.converse("Two of us are looking on").await;
    let mut two = visitor.tab().await.unwrap();
    let from_one = one.say("This is the first of us").await.unwrap();
    let from_two = two.say("And this the second").await.unwrap();
    stage.agent.typing(&chat, true).await.unwrap();
    for tab in [&mut one, &mut two] {
        tab.frame("typing", |it| it["typing"]["on"] == true).await.unwrap();
    }
    stage.agent.say(&chat, "Good day to you both.").await.unwrap();
    for tab in [&mut one, &mut two] {
        tab.heard("Good day to you both.").await.unwrap();
        tab.delivered(from_one).await.unwrap();
        tab.delivered(from_two).await.unwrap();
    }
    assert_eq!(one.events(), two.events());
    stage.close().await;
}
