//! Storms: seeded schedules of everything that may go wrong at once, and what must hold all the same.
//!
//! A visitor with a link that comes and goes, agents, a network that loses requests and answers, gateways, an edge that
//! dies, and whatever a desk does on its bad days; then the weather clears, the visitor returns, and both ends are
//! compared. A schedule follows from its seed alone: the seed also chooses the weather, so one number is all that a
//! failure needs.
//!
//! Start with [`Storms`], then a desk's own module: what may happen there, and what must hold.

mod account;
pub mod kustomer;
pub mod live_agent;

/// The storms at one desk.
#[derive(Clone, Copy, Debug)]
pub struct Storms {
    /// The desk, as it is named to `cargo xtask simulate-faults`.
    pub desk: &'static str,
    /// Every weather by name. A seed's is the one at its place, counted around.
    pub weathers: fn() -> Vec<&'static str>,
    /// One storm, by its seed. Returns how many events the log has; or what went wrong, with the whole trace.
    pub run: fn(u64) -> Result<usize, String>,
}

impl Storms {
    /// So many schedules of one weather.
    ///
    /// # Panics
    /// At the first that goes wrong; where hardly anything happened; where there is no such weather.
    pub fn all_of(&self, weather: &str, each: u64) {
        let weathers = (self.weathers)();
        let place = weathers.iter().position(|name| *name == weather).expect("a known weather");
        let mut events = 0;
        for round in 0..each {
            match (self.run)(round * weathers.len() as u64 + place as u64) {
                Ok(count) => events += count,
                Err(wrong) => panic!("{wrong}"),
            }
        }
        assert!(events as u64 > each * 3, "hardly anything happened");
    }

    /// Every weather has a test in `source`, and all together are ten thousand schedules.
    ///
    /// # Panics
    /// Where it is not so.
    pub fn are_all_tested(&self, source: &str, each: u64) {
        let weathers = (self.weathers)();
        for name in &weathers {
            assert!(source.contains(&format!("weather(\"{name}\")")), "{name} has no test");
        }
        assert!(each * weathers.len() as u64 >= 10_000);
    }
}
