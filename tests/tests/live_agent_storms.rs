//! Everything that may go wrong at once, by seed: more than ten thousand schedules in every run.
//!
//! `cargo xtask simulate-faults --seeds N --from S` runs others, under the same numbers. A seed that fails becomes a
//! story of its own in `faults.rs`.

use parlor_tests::desks::live_agent::rules::{Rule, without};
use parlor_tests::storm::live_agent::{STORMS, run};

/// Schedules of each weather.
const EACH: u64 = 950;

fn weather(name: &str) {
    STORMS.all_of(name, EACH);
}

#[test]
fn links_that_come_and_go_lose_nothing() {
    weather("links");
}

#[test]
fn a_network_that_loses_requests_and_answers_loses_no_message() {
    weather("losses");
}

#[test]
fn an_edge_that_dies_loses_no_message() {
    weather("deaths");
}

#[test]
fn gateways_pages_and_silence_lose_no_message() {
    weather("answers");
}

#[test]
fn agents_who_hand_a_chat_on_and_drop_out_lose_no_message() {
    weather("transfers");
}

#[test]
fn a_chat_with_an_idle_limit_loses_no_message() {
    weather("idle");
}

#[test]
fn many_messages_at_once_are_neither_lost_nor_reordered() {
    weather("bursts");
}

#[test]
fn all_but_hand_overs_at_once() {
    weather("all but hand-overs");
}

#[test]
fn a_chat_that_moves_to_another_server_loses_no_message() {
    weather("hand-overs");
}

#[test]
fn a_chat_that_moves_in_bad_weather_loses_no_message() {
    weather("hand-overs and losses");
}

#[test]
fn all_of_it_at_once() {
    weather("all of it");
}

#[test]
fn every_weather_has_its_test_and_they_are_ten_thousand() {
    STORMS.are_all_tested(include_str!("live_agent_storms.rs"), EACH);
}

#[test]
fn a_schedule_follows_from_its_seed() {
    // What is compared is the whole outcome; a trace that differed would show in some verdict of the many.
    for seed in 0..40 {
        assert_eq!(run(seed), run(seed), "seed {seed}");
    }
}

/// A storm that notices nothing proves nothing: at a desk without these rules some schedule must go wrong.
#[test]
fn storms_notice_a_desk_that_doubles_or_loses() {
    for rule in [Rule::DuplicateDropped, Rule::AckConfirms, Rule::AckGoesBack] {
        let noticed = (0..400).any(|seed| without(rule, || run(seed)).is_err());
        assert!(noticed, "{rule:?}");
    }
}
