use serde_json::json;

use super::*;
use crate::relay::kustomer::Standing;

const NOW: Timestamp = Timestamp::from_ms(1_768_382_520_000);

/// Reference section 8.6.
fn message() -> Value {
    json!({
        "id": "679a1f0b3c5d7e0012ab0001",
        "name": "kustomer.message.create",
        "org": "5f8481c6a22ab5b9d5f2dd8a",
        "partition": "5f8481c6a22ab5b9d5f2dd8a",
        "data": {
            "type": "message",
            "id": "679a1f0b3c5d7e0012ab0777",
            "attributes": {
                "channel": "chat", "app": "chat", "size": 21, "direction": "out",
                "directionType": "response-out", "preview": "It ships today, sorry", "meta": {},
                "status": "sent", "auto": false, "redacted": false,
                "sentAt": "2026-01-14T09:21:02.115Z", "createdAt": "2026-01-14T09:21:02.140Z",
                "rev": 1
            },
            "relationships": {
                "org": {"data": {"type": "org", "id": "5f8481c6a22ab5b9d5f2dd8a"}},
                "createdBy": {"data": {"type": "user", "id": "620c4386f1346613f49604a1"}},
                "customer": {"data": {"type": "customers", "id": "66f0c1aa5be0a40011c0ffee"}},
                "conversation": {"data": {"type": "conversation", "id": "66f0c1b05be0a40011c0f00d"}},
                "attachments": {"data": [{"type": "attachment", "id": "679a1f0a3c5d7e0012ab0666"}]}
            }
        },
        "changes": null,
        "createdAt": "2026-01-14T09:21:02.151Z",
        "persist": true, "client": "chat", "dataId": "679a1f0b3c5d7e0012ab0777",
        "meta": {"customChanged": false}
    })
}

/// Reference section 8.7.
fn update() -> Value {
    json!({
        "id": "679a20443c5d7e0012ab0002",
        "name": "kustomer.conversation.update",
        "org": "5f8481c6a22ab5b9d5f2dd8a",
        "data": {
            "type": "conversation", "id": "66f0c1b05be0a40011c0f00d",
            "attributes": {
                "externalId": format!("parlor:{}", "c".repeat(64)),
                "status": "done", "ended": false, "assignedUsers": ["620c4386f1346613f49604a1"],
                "rev": 9, "updatedAt": "2026-01-14T09:30:00.020Z"
            }
        },
        "changes": {
            "attributes": {"status": {"op": "replace", "before": "open", "after": "done"}},
            "relationships": {}
        },
        "createdAt": "2026-01-14T09:30:00.031Z"
    })
}

fn take(event: &Value) -> Result<Push, Dropped> {
    read(NOW, "r", Some("5f8481c6a22ab5b9d5f2dd8a"), &serde_json::to_vec(event).unwrap())
}

/// The event with one member changed.
fn with(mut event: Value, pointer: &str, value: Value) -> Value {
    *event.pointer_mut(pointer).expect("the member is there") = value;
    event
}

/// The event without one member.
fn without(mut event: Value, pointer: &str) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    event.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name).expect("it was there");
    event
}

#[test]
fn an_agents_reply_is_narrowed_to_what_somebody_needs() {
    let push = take(&message()).unwrap();
    assert_eq!(push.key, "679a1f0b3c5d7e0012ab0001");
    assert_eq!(push.conversation, "66f0c1b05be0a40011c0f00d");
    assert_eq!(push.at, date::read("2026-01-14T09:21:02.140Z").unwrap());
    let Happened::Said(said) = push.what else { panic!("said") };
    assert_eq!(said.id, "679a1f0b3c5d7e0012ab0777");
    assert_eq!(said.author.as_deref(), Some("620c4386f1346613f49604a1"));
    assert_eq!(
        (said.text.as_str(), said.files, said.shortened),
        ("It ships today, sorry", 1, false)
    );
}

#[test]
fn the_end_names_our_conversation() {
    let push = take(&update()).unwrap();
    assert_eq!(push.ours, Some("c".repeat(64)));
    assert_eq!(
        push.what,
        Happened::Standing(Standing {
            rev: Some(9),
            done: Some(true),
            assigned: Some(vec!["620c4386f1346613f49604a1".to_owned()]),
        })
    );
}

/// The seven conditions of reference section 8.10; the third and fourth are the index's and the machine's.
#[test]
fn each_condition_drops_what_it_is_for() {
    let dropped = |pointer: &str, value: Value| take(&with(message(), pointer, value)).err();
    assert_eq!(dropped("/name", json!("kustomer.customer.create")), Some(Dropped::OtherName));
    assert_eq!(dropped("/data/attributes/direction", json!("in")), Some(Dropped::Inbound));
    assert_eq!(dropped("/data/attributes/app", json!("parlor")), Some(Dropped::Ours));
    let ours = with(message(), "/data/attributes/meta", json!({}));
    let mut ours = ours;
    ours["data"]["attributes"]["externalId"] = json!("parlor-msg:c:7");
    assert_eq!(take(&ours).err(), Some(Dropped::Ours));
    assert_eq!(dropped("/data/attributes/redacted", json!(true)), Some(Dropped::Redacted));
    assert_eq!(dropped("/data/attributes/status", json!("error")), Some(Dropped::Failed));
    assert_eq!(dropped("/data/attributes/channel", json!("email")), Some(Dropped::OtherChannel));
    let empty = with(message(), "/data/attributes/preview", json!(""));
    assert!(take(&empty).is_ok(), "a file is enough");
    let empty = with(empty, "/data/relationships/attachments/data", json!([]));
    assert_eq!(take(&empty).err(), Some(Dropped::Empty));
    assert_eq!(dropped("/org", json!("another")), Some(Dropped::OtherOrganization));
    assert_eq!(
        dropped("/createdAt", json!("2026-01-13T09:00:00.000Z")),
        Some(Dropped::Stale),
        "a replay of yesterday"
    );
}

#[test]
fn only_changes_that_somebody_sees_pass() {
    let changes = |changes: Value| take(&with(update(), "/changes", changes)).err();
    assert_eq!(
        changes(json!({"attributes": {"messageCount": {}, "rev": {}}})),
        Some(Dropped::Unremarkable)
    );
    for seen in ["status", "ended", "assignedUsers", "assignedTeams"] {
        assert_eq!(changes(json!({"attributes": {seen: {}}})), None, "{seen}");
    }
    assert_eq!(changes(json!({"relationships": {"queue": {}}})), None);
    assert_eq!(changes(Value::Null), None, "whoever knows what was before compares");
    assert_eq!(take(&without(update(), "/changes")).err(), None);
    let others = with(update(), "/data/attributes/externalId", json!("shop-4711"));
    assert_eq!(take(&others).err(), Some(Dropped::OtherConversation));
    let unnamed = without(update(), "/data/attributes/externalId");
    assert_eq!(take(&unnamed).map(|push| push.ours), Ok(None));
}

#[test]
fn a_message_is_withdrawn_by_an_update() {
    let update = with(message(), "/name", json!("kustomer.message.update"));
    assert_eq!(take(&update).err(), Some(Dropped::Unremarkable));
    let update = with(update, "/data/attributes/redacted", json!(true));
    let id = "679a1f0b3c5d7e0012ab0777".to_owned();
    assert_eq!(take(&update).map(|push| push.what), Ok(Happened::Redacted { id }));
}

/// Every member but `name` and `data.id` may be absent; and a message without its conversation is for nobody.
#[test]
fn what_is_missing_is_missed_only_where_it_is_needed() {
    for (event, needed) in [
        (
            message(),
            &[
                "/name",
                "/data",
                "/data/id",
                "/data/relationships",
                "/data/relationships/conversation",
                "/data/relationships/conversation/data",
                "/data/relationships/conversation/data/id",
                "/data/attributes",
                "/data/attributes/direction",
            ][..],
        ),
        // Changes that do not say what changed show nobody anything.
        (
            update(),
            &["/name", "/data", "/data/id", "/changes/attributes", "/changes/attributes/status"],
        ),
    ] {
        for pointer in pointers(&event, "") {
            let result = take(&without(event.clone(), &pointer));
            let expected = needed.contains(&pointer.as_str());
            assert_eq!(result.is_err(), expected, "{pointer}: {result:?}");
        }
    }
    let anonymous = without(message(), "/id");
    let key = "kustomer.message.create/679a1f0b3c5d7e0012ab0777/1";
    assert_eq!(take(&anonymous).map(|push| push.key), Ok(key.to_owned()));
}

/// JSON of the wrong shape at every member: a reason or a sensible event, never a panic.
#[test]
fn the_wrong_shape_anywhere_is_no_panic() {
    let wrong = [
        json!(null),
        json!(true),
        json!(-1),
        json!(1e300),
        json!(""),
        json!("x"),
        json!([]),
        json!([[{}]]),
        json!({}),
        json!({"id": 7}),
        json!({"data": [1]}),
        json!("../../etc"),
        json!("é\u{0}"),
        json!("x".repeat(100_000)),
    ];
    for event in [message(), update()] {
        for pointer in pointers(&event, "") {
            for value in &wrong {
                let Ok(push) = take(&with(event.clone(), &pointer, value.clone())) else {
                    continue;
                };
                let id = |id: &str| id.len() <= 64 && !id.contains('/') && !id.is_empty();
                assert!(id(&push.conversation), "{pointer}: {value}");
                assert!(push.key.len() <= 200, "{pointer}: {value}");
                assert!(serde_json::to_string(&push).unwrap().len() < 100_000, "{pointer}");
            }
        }
    }
    for bytes in [&b""[..], b"{", b"[]", b"null", b"\xff", b"{\"name\":1}"] {
        assert_eq!(read(NOW, "r", None, bytes), Err(Dropped::Malformed));
    }
    let deep = "[".repeat(100_000);
    assert_eq!(read(NOW, "r", None, deep.as_bytes()), Err(Dropped::Malformed));
}

fn pointers(value: &Value, path: &str) -> Vec<String> {
    let Some(members) = value.as_object() else { return Vec::new() };
    let mut found = Vec::new();
    for (name, value) in members {
        let path = format!("{path}/{name}");
        found.extend(pointers(value, &path));
        found.push(path);
    }
    found
}
