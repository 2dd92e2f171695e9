//! `cargo xtask simulate-faults`: more of the seeded schedules that `cargo xtask test` runs ten thousand of, as many as
//! there is patience for, on every core.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use parlor_tests::storm::{Storms, kustomer, live_agent};

use crate::{desks::Which, steps::seconds};

/// Runs the schedules of `seeds` numbers from `from` on at one desk. `false`: one failed, and its trace was printed.
pub fn run(which: Which, seeds: u64, from: u64) -> bool {
    let Storms { desk, weathers, run } = match which {
        Which::LiveAgent => live_agent::STORMS,
        Which::Kustomer => kustomer::STORMS,
    };
    let started = Instant::now();
    let (next, done) = (AtomicU64::new(from), AtomicU64::new(0));
    let (failed, events) = (AtomicBool::new(false), AtomicU64::new(0));
    let first: Mutex<Option<(u64, String)>> = Mutex::new(None);
    let end = from.saturating_add(seeds);
    let kinds = weathers().len();
    println!("{seeds} schedules at {desk} from seed {from}, in {kinds} kinds of weather");
    let work = || {
        while !failed.load(Ordering::Relaxed) {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= end {
                return;
            }
            match run(seed) {
                Ok(count) => {
                    events.fetch_add(count as u64, Ordering::Relaxed);
                    done.fetch_add(1, Ordering::Relaxed);
                }
                Err(trace) => {
                    failed.store(true, Ordering::Relaxed);
                    let mut first = first.lock().unwrap_or_else(PoisonError::into_inner);
                    // The lowest seed that failed, so that two runs name the same one.
                    if first.as_ref().is_none_or(|(known, _)| seed < *known) {
                        *first = Some((seed, trace));
                    }
                }
            }
        }
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..thread::available_parallelism().map_or(1, usize::from))
            .map(|_| scope.spawn(work))
            .collect();
        let mut told = Instant::now();
        while !workers.iter().all(thread::ScopedJoinHandle::is_finished) {
            thread::sleep(Duration::from_millis(50));
            if told.elapsed() > Duration::from_secs(10) {
                told = Instant::now();
                println!("  {} held, {}", done.load(Ordering::Relaxed), seconds(started.elapsed()));
            }
        }
    });
    let (done, events) = (done.into_inner(), events.into_inner());
    match first.into_inner().unwrap_or_else(PoisonError::into_inner) {
        None => {
            println!("{done} held, {events} events, {}", seconds(started.elapsed()));
            true
        }
        Some((seed, trace)) => {
            println!("{trace}\n");
            println!("{done} held before seed {seed} failed. The same again, alone:");
            println!("  cargo xtask simulate-faults {desk} --seeds 1 --from {seed}");
            false
        }
    }
}
