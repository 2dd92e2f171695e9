//! Everything that may go wrong at once at Kustomer, by seed: ten thousand schedules in every run.
//!
//! `cargo xtask simulate-faults kustomer --seeds N --from S` runs others. A seed that fails becomes a story of its own in
//! `kustomer_faults.rs`.

use parlor_tests::storm::kustomer::{STORMS, run};

/// Schedules of each weather.
const EACH: u64 = 1_112;

fn weather(name: &str) {
    STORMS.all_of(name, EACH);
}

#[test]
fn links_that_come_and_go_lose_nothing_and_no_mischief_is_believed() {
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
fn errors_after_the_write_gateways_and_silence_lose_and_double_no_message() {
    weather("answers");
}

#[test]
fn events_out_of_order_are_put_in_order() {
    weather("disorder");
}

#[test]
fn events_that_come_twice_late_or_bare_are_shown_once() {
    weather("events");
}

#[test]
fn what_a_silent_webhook_missed_is_caught_up_with() {
    weather("outages");
}

#[test]
fn a_limit_that_others_use_up_delays_and_loses_nothing() {
    weather("limits");
}

#[test]
fn all_of_it_at_once() {
    weather("all");
}

#[test]
fn every_weather_has_its_test_and_they_are_ten_thousand() {
    STORMS.are_all_tested(include_str!("kustomer_storms.rs"), EACH);
}

#[test]
fn a_schedule_follows_from_its_seed() {
    for seed in 0..36 {
        assert_eq!(run(seed), run(seed), "seed {seed}");
    }
}
