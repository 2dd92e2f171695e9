//! Every word of the vendor's, in the middle of a chat: what docs/VENDORS.md says of it must be so, and nothing that a
//! message may hold stops the chat.

use std::collections::BTreeSet;

use parlor_shared::wire::What;
use parlor_tests::{
    desks::live_agent::{Config, Control, KINDS, NOUNS},
    story::{Desk, tell},
    trace::plain,
    world::World,
};
use serde_json::{Value, json};

/// A chat with an agent in it, at 3 s.
fn in_mid_chat() -> World {
    tell(Desk::LiveAgent, "0 visitor opens; 1 visitor says hello; 2 agent accepts; 3 end", false)
}

fn chat(world: &World) -> String {
    world.chat().expect("a chat stands at the desk").id
}

fn deliver(world: &mut World, kind: &str, message: Value) {
    let chat = chat(world);
    let order = Control::Deliver { chat, kind: kind.to_owned(), message };
    world.control(order).expect("the desk delivers anything");
    world.run_until(world.now() + std::time::Duration::from_secs(1));
}

fn agent_says(world: &mut World, text: &str) -> bool {
    let chat = chat(world);
    world.control(Control::Say { chat, text: text.to_owned() }).expect("the agent may speak");
    world.run_until(world.now() + std::time::Duration::from_secs(40));
    let said = |what: &What| matches!(what, What::Agent { body, .. } if plain(body) == text);
    world.seen("link").iter().any(|event| said(&event.what))
}

/// What a type may hold, as the reference prints it.
fn sample(kind: &str) -> Value {
    match kind {
        "ChatTransferred" | "ChatEstablished" => {
            json!({ "name": "Kim", "userId": "005000000000009", "sneakPeekEnabled": false, "chasitorIdleTimeout": { "isEnabled": false } })
        }
        "QueueUpdate" => json!({ "position": 2, "estimatedWaitTime": 60 }),
        "ChatMessage" => json!({ "name": "Kim", "text": "Hello", "agentId": "005000000000009" }),
        "RichMessage" => json!({ "type": "ChatWindowButton", "items": [{ "text": "Yes" }] }),
        "CustomEvent" => json!({ "type": "coupon", "data": "10 %" }),
        "NewVisitorBreadcrumb" => json!({ "location": "https://shop.example/" }),
        "FileTransfer" => {
            json!({ "type": "Requested", "uploadServletUrl": "https://files.desk.example/x", "fileToken": "t", "cdmServletUrl": "https://files.desk.example/y" })
        }
        "SensitiveDataRules" => json!({ "sensitiveDataRules": [] }),
        "AsyncResult" => json!({ "isSuccess": true, "error": "" }),
        "Availability" => json!({ "results": [] }),
        "Settings" => json!({ "pingRate": 50_000.0, "contentServerUrl": "", "buttons": [] }),
        "VisitorId" => json!({ "sessionId": "x" }),
        "ResyncSession" => json!({ "isValid": false }),
        "SwitchServer" => json!({ "newUrl": "https://elsewhere.invalid/chat" }),
        "ReconnectSession" => json!({ "resetSequence": true, "affinityToken": "0" }),
        "ChasitorSessionData" => {
            json!({ "queuePosition": 0, "sneakPeekEnabled": false, "chatMessages": [] })
        }
        _ => json!({ "name": "Kim", "agentId": "005000000000009" }),
    }
}

/// Types that end a chat, or send the client away: their rows name their own stories.
const PARTINGS: [&str; 3] = ["ChatEnded", "ChatRequestFail", "SwitchServer"];

#[test]
fn every_type_leaves_the_chat_as_its_row_says() {
    for kind in KINDS.iter().filter(|kind| !PARTINGS.contains(kind)) {
        let mut world = in_mid_chat();
        deliver(&mut world, kind, sample(kind));
        assert!(agent_says(&mut world, "still here"), "{kind}:\n{}", world.trace.text());
        assert!(world.chat().is_some_and(|chat| chat.state == "active"), "{kind}");
    }
}

#[test]
fn no_payload_stops_the_chat() {
    let odd = [
        json!(null),
        json!("text"),
        json!([]),
        json!({ "name": null, "text": 7, "items": "x", "position": -1, "reason": [] }),
        json!({ "position": u64::MAX, "queuePosition": 1e300, "estimatedWaitTime": "soon", "userId": {} }),
        json!({ "items": [null, 3, { "text": {} }], "sensitiveDataRules": [{ "pattern": "(" }] }),
        json!({ "chasitorIdleTimeout": { "isEnabled": true, "warningTime": -1, "timeout": 1e300 } }),
        json!({ "name": "x".repeat(100_000), "text": "\u{202e}\0" }),
    ];
    for kind in KINDS.iter().filter(|kind| !PARTINGS.contains(kind)) {
        for message in &odd {
            let mut world = in_mid_chat();
            deliver(&mut world, kind, message.clone());
            assert!(agent_says(&mut world, "still here"), "{kind} {message:.80}");
        }
    }
}

/// Nouns that were asked for in a long chat of every kind.
fn asked() -> BTreeSet<String> {
    let worlds = [
        tell(
            Desk::LiveAgent,
            "0 visitor opens; 1 visitor says hello; 3 agent accepts; 4 visitor types on; 5 visitor types off
             6 visitor says 4111 1111 1111 1111; 7 agent transfers Kim; 8 desk fault hand_over; 20 agent says hello
             30 visitor says bye; 60 edge dies; 90 visitor returns; 91 visitor ends; 120 end",
            false,
        ),
        tell(Desk::LiveAgent, "0 desk closes; 0 visitor opens; 1 visitor says hello; 30 end", false),
        tell(
            Desk::LiveAgent,
            "0 desk fault sensitive_rules; 0 desk fault sneak_peek; 0 desk fault idle_timeout; 0 visitor opens
             1 visitor says 4111 1111 1111 1111; 3 agent accepts; 4 agent says are you there?; 200 end",
            false,
        ),
    ];
    let entries = worlds.iter().flat_map(|world| world.desk.trace());
    entries.filter(|entry| entry.method.is_some()).map(|entry| entry.noun).collect()
}

/// The page and the edge must not part: a resource that is asked for has another row than one that is not.
#[test]
fn what_the_page_calls_not_asked_is_not_asked() {
    let page = include_str!("../../docs/VENDORS.md");
    let asked = asked();
    assert!(asked.len() >= 6, "{asked:?}");
    // The desk's trace tells a DELETE, or a group, not from another of the same noun.
    let told_apart =
        |(verb, group, _): &&(&str, &str, &str)| *verb != "DELETE" && *group != "Agent";
    for (verb, group, noun) in NOUNS.iter().filter(told_apart) {
        let row = page.lines().find(|line| line.starts_with(&format!("| `{verb} {group}/{noun}`")));
        let row = row.unwrap_or_else(|| panic!("{noun} has no row"));
        let shunned = row.split(" | ").nth(1).is_some_and(|cell| cell.starts_with("not asked"));
        assert!(!(shunned && asked.contains(*noun)), "{noun} is asked for: {row}");
    }
}

/// The simulator checks what we send: none of these stories may break one of its rules.
#[test]
fn the_desk_of_these_stories_is_the_one_with_all_its_rules() {
    let breaches: Vec<_> =
        in_mid_chat().desk.trace().into_iter().filter_map(|entry| entry.note).collect();
    assert_eq!(breaches, [] as [&str; 0]);
    assert!(Config::default().any_ids);
}
