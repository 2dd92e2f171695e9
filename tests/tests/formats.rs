//! Bytes that are promises: frames to widgets of yesterday, stored conversations to edges of tomorrow.

use std::fs;

use parlor_edge::{
    conversation::{Core, Erasure, Stored},
    relay::kustomer::index::Index,
};
use parlor_shared::{
    Timestamp,
    wire::{ClientFrame, ServerFrame},
};
use parlor_tests::{
    story::{Desk, tell, tell_in},
    world::{Options, World},
};
use serde::{Serialize, de::DeserializeOwned};

fn fixture(path: &str) -> String {
    let path = format!("{}/fixtures/{path}", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn there_and_back<T: Serialize + DeserializeOwned>(path: &str) -> Vec<T> {
    fixture(path)
        .lines()
        .map(|line| {
            let frame: T =
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"));
            assert_eq!(serde_json::to_string(&frame).expect("frames are JSON"), line);
            frame
        })
        .collect()
}

/// Breaks for every widget that is older or newer than the edge.
#[test]
fn client_frames_format_unchanged() {
    let kinds = there_and_back::<ClientFrame>("link/client.jsonl");
    assert_eq!(kinds.len(), 8, "a new type of frame wants a line");
}

/// Breaks for every widget that is older or newer than the edge, and for the rows of every stored log.
#[test]
fn server_frames_format_unchanged() {
    there_and_back::<ServerFrame>("link/server.jsonl");
}

/// Breaks for every conversation that runs while a new edge is deployed. Old files stay here for ever: an edge
/// must read them all.
#[test]
fn conversation_snapshot_format_unchanged() {
    let world = tell(
        Desk::LiveAgent,
        "0 visitor opens; 1 visitor says hello; 2 agent accepts; 3 agent says hi; 4 visitor says and; 4 end",
        false,
    );
    let stored = world.stored();
    let now = format!("{}\n{}\n", stored.state.clone().unwrap_or_default(), stored.rows.join("\n"));
    assert_eq!(now, fixture("snapshot/v3-live.jsonl"));
}

/// The same for conversations at Kustomer: one with an agent's message told, one waiting for a name, one on its way.
#[test]
fn kustomer_snapshot_format_unchanged() {
    let world = tell_in(
        World::at_kustomer(1, Options::default()),
        "0 visitor opens; 1 visitor says hello; 2 agent assigns; 3 agent replies hi; 4 agent replies and
         4.3 visitor says so; 4.3 end",
    );
    let stored = world.stored();
    let now = format!("{}\n{}\n", stored.state.clone().unwrap_or_default(), stored.rows.join("\n"));
    assert_eq!(now, fixture("snapshot/v2-kustomer.jsonl"));
}

/// Breaks for every conversation that was erased and has not told everybody yet: it would be taken for one that cannot
/// be read, and what names it would stay.
#[test]
fn erasure_format_unchanged() {
    let state = r#"{"version":1,"erased":"cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc","until":1760000900000,"tells":[{"customer":{"name":"shop/7f2a"}},{"desk_index":{"resource":"r","desk_conversation":"d"}}]}"#;
    let stored = Stored { state: Some(state.to_owned()), rows: Vec::new() };
    let erasure = Erasure::read(&stored).unwrap();
    assert_eq!(erasure.state(), state);
    let conversation = fixture("snapshot/v3-live.jsonl");
    let state = conversation.lines().next().map(str::to_owned);
    assert!(Erasure::read(&Stored { state, rows: Vec::new() }).is_none(), "no conversation is one");
}

/// Breaks for every event that waits while a new edge is deployed.
#[test]
fn index_state_format_unchanged() {
    let state = fixture("index/v1.json");
    let index = Index::restore(Some(&state));
    assert!(index.next(Timestamp::from_ms(1_770_000_000_000)).is_some(), "the event waits still");
    assert_eq!(format!("{}\n", index.state()), state);
}

#[test]
fn every_old_snapshot_can_be_restored() {
    let folder = format!("{}/fixtures/snapshot", env!("CARGO_MANIFEST_DIR"));
    let mut count = 0;
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let text = fs::read_to_string(entry.expect("its entries too").path()).expect("a text");
        let mut lines = text.lines().map(str::to_owned);
        let stored = Stored { state: lines.next(), rows: lines.collect() };
        let core = Core::restore(Timestamp::from_ms(1_770_000_000_000), &stored, [])
            .expect("an old conversation can be restored");
        assert_eq!(core.events().len(), stored.rows.len());
        count += 1;
    }
    assert!(count > 0);
}

#[test]
fn a_damaged_snapshot_is_an_error_and_no_panic() {
    let text = fixture("snapshot/v1-live.jsonl");
    let mut lines = text.lines().map(str::to_owned);
    let whole = Stored { state: lines.next(), rows: lines.collect() };
    let code = |stored: &Stored| {
        Core::restore(Timestamp::default(), stored, []).map(|_| ()).map_err(|error| error.code())
    };
    assert_eq!(code(&whole), Ok(()));
    assert_eq!(code(&Stored::default()), Err("conversation_unknown"));
    let state = whole.state.clone().unwrap_or_default();
    for cut in 0..state.len() {
        let stored =
            Stored { state: state.get(..cut).map(str::to_owned), rows: whole.rows.clone() };
        assert_eq!(code(&stored), Err("stored_state_unreadable"), "cut at {cut}");
    }
    let mut gap = whole.clone();
    gap.rows.remove(2);
    assert_eq!(code(&gap), Err("stored_row_unreadable"));
    let mut broken = whole;
    if let Some(row) = broken.rows.get_mut(1) {
        row.truncate(10);
    }
    assert_eq!(code(&broken), Err("stored_row_unreadable"));
}
