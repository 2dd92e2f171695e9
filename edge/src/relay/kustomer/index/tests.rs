use super::*;
use crate::relay::kustomer::{Said, Standing};

const NOW: Timestamp = Timestamp::from_ms(1_760_000_000_000);

fn at(s: u64) -> Timestamp {
    NOW + Duration::from_secs(s)
}

fn push(key: &str) -> Push {
    Push {
        resource: "r".to_owned(),
        key: key.to_owned(),
        at: NOW,
        organization: Some("o1".to_owned()),
        conversation: "k1".to_owned(),
        ours: None,
        turn: 0,
        what: Happened::Said(Said {
            id: format!("message of {key}"),
            author: None,
            text: "hi".to_owned(),
            auto: false,
            files: 0,
            shortened: false,
        }),
    }
}

fn standing(key: &str, ours: Option<&str>) -> Push {
    let what = Happened::Standing(Standing { done: Some(true), ..Standing::default() });
    Push { ours: ours.map(str::to_owned), what, ..push(key) }
}

fn claim(conversation: &str) -> Claim {
    Claim {
        resource: "r".to_owned(),
        desk_conversation: "k1".to_owned(),
        organization: Some("o1".to_owned()),
        conversation: conversation.to_owned(),
    }
}

/// Hands everything on that can be; its keys.
fn handed_on(index: &mut Index, now: Timestamp) -> Vec<String> {
    let mut keys = Vec::new();
    while let Some((conversation, number, push)) = index.next(now) {
        assert_eq!(conversation, "c1");
        keys.push(push.key);
        index.forwarded(now, 0, number, Fate::Taken);
    }
    keys
}

#[test]
fn an_event_that_comes_before_the_claim_waits_for_it() {
    let mut index = Index::default();
    assert_eq!(index.take(NOW, push("e1")), Taken::Kept);
    assert_eq!(index.take(NOW, push("e2")), Taken::Kept);
    assert_eq!(index.next(NOW), None);
    // It may leave memory in between.
    let mut index = Index::restore(Some(&index.state()));
    index.claim(at(1), &claim("c1"));
    assert_eq!(handed_on(&mut index, at(1)), ["e1", "e2"]);
    assert_eq!(index.take(at(2), push("e3")), Taken::Kept);
    assert_eq!(handed_on(&mut index, at(2)), ["e3"]);
}

#[test]
fn a_repeated_event_is_known_before_and_after_it_went_on() {
    let mut index = Index::default();
    index.take(NOW, push("e1"));
    assert_eq!(index.take(NOW, push("e1")), Taken::Known);
    index.claim(NOW, &claim("c1"));
    assert_eq!(handed_on(&mut index, NOW), ["e1"]);
    assert_eq!(index.take(at(3_600), push("e1")), Taken::Known);
    assert!(index.next(at(3_600)).is_none());
}

#[test]
fn what_nobody_claims_is_forgotten_and_leaves_nothing() {
    let mut index = Index::default();
    index.take(NOW, push("e1"));
    let deadline = index.deadline().unwrap();
    index.tick(deadline);
    assert!(index.is_empty());
    assert_eq!(index.deadline(), None);
}

#[test]
fn how_a_strangers_conversation_stands_is_not_kept() {
    let mut index = Index::default();
    assert_eq!(index.take(NOW, standing("e1", None)), Taken::Unwanted);
    assert!(index.is_empty());
}

#[test]
fn an_event_that_names_our_conversation_is_a_claim() {
    let mut index = Index::default();
    index.take(NOW, push("e1"));
    index.take(NOW, standing("e2", Some("c1")));
    assert_eq!(handed_on(&mut index, NOW), ["e1", "e2"]);
}

#[test]
fn another_organisations_events_are_not_ours() {
    let mut index = Index::default();
    let foreign = Push { organization: Some("o2".to_owned()), ..push("e1") };
    index.take(NOW, foreign.clone());
    index.take(NOW, push("e2"));
    index.claim(NOW, &claim("c1"));
    assert_eq!(handed_on(&mut index, NOW), ["e2"]);
    assert_eq!(index.take(NOW, Push { key: "e3".to_owned(), ..foreign }), Taken::Unwanted);
}

#[test]
fn a_conversation_that_cannot_be_reached_is_tried_again_in_order() {
    let mut index = Index::default();
    index.claim(NOW, &claim("c1"));
    index.take(NOW, push("e1"));
    index.take(NOW, push("e2"));
    let (_, number, _) = index.next(NOW).unwrap();
    index.forwarded(NOW, 0, number, Fate::Failed);
    assert_eq!(index.next(NOW), None);
    let again = index.deadline().unwrap();
    assert!(again > NOW && again <= at(1));
    // The answer of another run changes nothing.
    index.forwarded(NOW, 0, 99, Fate::Taken);
    assert_eq!(handed_on(&mut index, again), ["e1", "e2"]);
}

#[test]
fn a_conversation_that_is_gone_gets_nothing_more() {
    let mut index = Index::default();
    index.claim(NOW, &claim("c1"));
    index.take(NOW, push("e1"));
    let (_, number, _) = index.next(NOW).unwrap();
    index.forwarded(NOW, 0, number, Fate::Gone);
    index.tick(NOW);
    assert!(index.is_empty());
}

#[test]
fn too_many_waiting_events_are_the_desks_to_repeat() {
    let mut index = Index::default();
    for at in 0..MAX_KEPT {
        assert_eq!(index.take(NOW, push(&at.to_string())), Taken::Kept);
    }
    assert_eq!(index.take(NOW, push("more")), Taken::Full);
    index.claim(NOW, &claim("c1"));
    assert_eq!(handed_on(&mut index, NOW).len(), MAX_KEPT);
    assert_eq!(index.take(NOW, push("more")), Taken::Kept, "it was not taken for known");
}

#[test]
fn all_that_waits_fits_a_row() {
    let mut index = Index::default();
    for at in 0..MAX_KEPT {
        let mut push = push(&at.to_string());
        if let Happened::Said(said) = &mut push.what {
            said.text = "\u{1f4ce}".repeat(20_000);
        }
        index.take(NOW, push);
    }
    assert!(index.state().len() < 2_000_000, "{}", index.state().len());
}

#[test]
fn a_working_webhook_is_reported_now_and_then() {
    let mut index = Index::default();
    assert!(index.tells_alive(NOW));
    assert!(!index.tells_alive(at(3_599)));
    assert!(index.tells_alive(at(3_600)));
}

#[test]
fn a_damaged_state_is_an_empty_one() {
    for damaged in ["", "{", "[]", r#"{"inbox":[{}]}"#] {
        assert!(Index::restore(Some(damaged)).is_empty(), "{damaged}");
    }
}
