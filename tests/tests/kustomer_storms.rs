//! Everything that may go wrong at once at Kustomer, by seed: ten thousand schedules in every run.
//!
//! A seed that fails becomes a story of its own in `kustomer.rs`.

use parlor_tests::storm::kustomer::{WEATHERS, Weather, run};

/// Schedules of each weather.
const EACH: u64 = 1_112;

fn weather(name: &str) {
    let place = WEATHERS.iter().position(|weather| weather.name == name).expect("a known weather");
    let mut events = 0;
    for round in 0..EACH {
        let seed = round * WEATHERS.len() as u64 + place as u64;
        assert_eq!(Weather::of(seed).name, name);
        match run(seed) {
            Ok(count) => events += count,
            Err(wrong) => panic!("{wrong}"),
        }
    }
    assert!(events as u64 > EACH * 3, "hardly anything happened");
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
    for weather in WEATHERS {
        let named = format!("weather(\"{}\")", weather.name);
        assert!(
            include_str!("kustomer_storms.rs").contains(&named),
            "{} has no test",
            weather.name
        );
    }
    assert!(EACH * WEATHERS.len() as u64 >= 10_000);
}

#[test]
fn a_schedule_follows_from_its_seed() {
    for seed in 0..36 {
        assert_eq!(run(seed), run(seed), "seed {seed}");
    }
}
