//! Everything that may go wrong at once, by seed. A seed that fails becomes a story of its own in `faults.rs`.

use parlor_tests::storm::{Weather, run};

fn storms(seeds: std::ops::Range<u64>, weather: Weather) {
    let mut events = 0;
    for seed in seeds.clone() {
        match run(seed, weather) {
            Ok(count) => events += count,
            Err(wrong) => panic!("{wrong}"),
        }
    }
    assert!(events as u64 > (seeds.end - seeds.start) * 3, "hardly anything happened");
}

#[test]
fn links_that_come_and_go_lose_nothing() {
    storms(0..400, Weather { acts: 40, losses: 0, deaths: false });
}

#[test]
fn a_network_that_loses_requests_and_answers_loses_no_message() {
    storms(1_000..1_400, Weather { acts: 40, losses: 12, deaths: false });
}

#[test]
fn an_edge_that_dies_loses_no_message() {
    storms(2_000..2_400, Weather { acts: 40, losses: 0, deaths: true });
}

#[test]
fn all_of_it_at_once() {
    storms(3_000..3_600, Weather { acts: 60, losses: 8, deaths: true });
}
