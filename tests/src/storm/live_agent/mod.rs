//! Storms at Live Agent: besides the network's own bad days a chat that moves to another server, agents who hand it on,
//! an idle limit, and bursts that the desk loses.
//!
//! Start with [`run`], then `weather` (what may happen), `acts` (what does) and `verdict` (what must hold).

mod acts;
mod verdict;
mod weather;

use std::time::Duration;

use crate::{
    desks::{
        dice::Dice,
        live_agent::{Config, Control, Fault, Order},
    },
    world::World,
};

use super::Storms;
use acts::Acts;
use weather::{WEATHERS, Weather};

/// What `xtask` and the tests run.
pub const STORMS: Storms = Storms {
    desk: "live-agent",
    weathers: || WEATHERS.iter().map(|weather| weather.name).collect(),
    run,
};

/// One storm, by its seed. Returns how many events the log has, so that a caller can see that something happened.
///
/// # Errors
/// What was lost, doubled or reordered, which rule of the desk was broken, or what leaked; with the whole trace.
pub fn run(seed: u64) -> Result<usize, String> {
    let weather = Weather::of(seed);
    let mut dice = Dice::new(seed.wrapping_mul(0x9e37_79b9).wrapping_add(1));
    let mut world = World::new(seed, Config::default());
    world.network.lost_requests = weather.losses;
    world.network.lost_answers = weather.losses;
    world.network.broken = weather.losses * 2;
    world.network.jitter = Duration::from_millis(400);
    let turn = |world: &mut World, fault: Fault| {
        let order = Control::Fault(Order::new(fault));
        world.control(order).expect("a switch can be turned at any time");
    };
    if dice.next_u64().is_multiple_of(2) {
        turn(&mut world, Fault::AbortUnnoticed);
    }
    if dice.next_u64().is_multiple_of(4) {
        turn(&mut world, Fault::ConflictCloses);
    }
    if weather.idle {
        turn(&mut world, Fault::IdleTimeout { warning_s: 30, timeout_s: 60 });
    }
    if weather.bursts {
        turn(&mut world, Fault::BurstLoss { window_ms: 100 });
    }
    if weather.hand_overs {
        for (may, fault) in
            [(true, Fault::NoResetField), (weather.restarts, Fault::RestartSequence)]
        {
            if may && dice.next_u64().is_multiple_of(3) {
                turn(&mut world, fault);
            }
        }
    }
    let mut acts = Acts::default();
    world.link("link");
    for _ in 0..weather.acts {
        let pause = Duration::from_millis(dice.next_u64() % weather.longest_pause_ms);
        world.run_until(world.now() + pause);
        acts.one(&mut world, &mut dice, weather);
    }
    clear_up(&mut world);
    verdict::of(&world, &acts.said_by_agent).map(|()| world.events().len()).map_err(|wrong| {
        let desk: Vec<String> = world.desk.trace().iter().map(ToString::to_string).collect();
        let (name, desk) = (weather.name, desk.join("\n"));
        let trace = world.trace.text();
        format!("seed {seed}, {name}: {wrong}\n\n{trace}\n\nAt the desk:\n{desk}")
    })
}

/// The weather clears, the visitor comes back, and somebody takes a chat that still waits.
fn clear_up(world: &mut World) {
    world.network.lost_requests = 0;
    world.network.lost_answers = 0;
    world.network.broken = 0;
    for name in weather::ARMED {
        let _ = world.control(Control::ClearFaults(Some((*name).to_owned())));
    }
    world.link("link");
    for _ in 0..10 {
        world.run_until(world.now() + CLEARING / 10);
        if let Some(chat) = world.chat().filter(|chat| chat.state == "waiting") {
            let _ = world.control(Control::Accept { chat: chat.id, agent: None });
        }
    }
}

/// How long the good weather lasts: longer than every budget of the relay.
const CLEARING: Duration = Duration::from_secs(300);
