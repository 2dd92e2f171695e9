//! What people, servers and gateways do in a storm, one thing at a time.

use parlor_shared::wire::ClientFrame;

use crate::{
    desks::{
        dice::Dice,
        live_agent::{Chat, Control, Fault, Order},
    },
    world::World,
};

use super::Weather;

/// What was done so far, as far as the next thing or the verdict needs it.
#[derive(Debug, Default)]
pub(super) struct Acts {
    said_by_visitor: usize,
    /// In the order in which the agents said it.
    pub said_by_agent: Vec<String>,
}

impl Acts {
    pub fn one(&mut self, world: &mut World, dice: &mut Dice, weather: Weather) {
        match dice.next_u64() % 16 {
            0..=3 => self.visitor_says(world, 1),
            4 => world.link("link"),
            5 => world.unlink("link"),
            6 if weather.deaths => world.kill(),
            7 | 8 => accept(world),
            9..=11 => self.agent_says(world, 1),
            12 if weather.hand_overs => fault(world, Fault::HandOver),
            12 if weather.bursts => self.agent_says(world, 2 + dice.next_u64() % 12),
            13 if weather.bursts => self.visitor_says(world, 2 + dice.next_u64() % 6),
            13 if weather.transfers => self.agents_move(world, dice),
            14 if weather.answers => wrong_answer(world, dice),
            14 if weather.transfers => self.agents_move(world, dice),
            15 => small_talk(world, dice),
            // The weather has nothing to say to this: the visitor does.
            _ => self.visitor_says(world, 1),
        }
    }

    fn visitor_says(&mut self, world: &mut World, times: u64) {
        for _ in 0..times {
            self.said_by_visitor += 1;
            world.say("link", &format!("v{}", self.said_by_visitor));
        }
    }

    fn agent_says(&mut self, world: &mut World, times: u64) {
        for _ in 0..times {
            let Some(chat) = living(world).filter(|chat| chat.state == "active") else { return };
            let text = format!("a{}", self.said_by_agent.len() + 1);
            if world.control(Control::Say { chat: chat.id, text: text.clone() }).is_ok() {
                self.said_by_agent.push(text);
            }
        }
    }

    fn agents_move(&mut self, world: &mut World, dice: &mut Dice) {
        let Some(chat) = living(world) else { return };
        let agent = pick(dice, &["Maya Okafor", "Tomás Vidal", "Maha Farouk"]);
        let (id, agent) = (chat.id.clone(), agent.to_owned());
        let order = match dice.next_u64() % 6 {
            0 => Control::Transfer { chat: id, agent: Some(agent) },
            1 => Control::Transfer { chat: id, agent: None },
            2 => Control::JoinConference { chat: id, agent },
            3 => match chat.conference.first() {
                Some(agent) => Control::LeaveConference { chat: id, agent: agent.clone() },
                None => return,
            },
            4 => Control::Fault(Order::new(Fault::ResumedAfterTransfer)),
            _ => Control::Fault(Order::new(Fault::AgentDropsOut).chat(&id)),
        };
        // Not every agent can do everything at any time; the desk says so.
        let _ = world.control(order);
    }
}

fn living(world: &World) -> Option<Chat> {
    world.chat().filter(|chat| chat.state != "ended")
}

/// An agent takes a chat that waits. One may be too slow: then the chat is over, and says so.
fn accept(world: &mut World) {
    if let Some(chat) = living(world).filter(|chat| chat.state == "waiting") {
        let _ = world.control(Control::Accept { chat: chat.id, agent: None });
    }
}

fn fault(world: &mut World, fault: Fault) {
    if let Some(chat) = living(world) {
        let _ = world.control(Control::Fault(Order::new(fault).chat(&chat.id)));
    }
}

/// The next answer of some kind goes wrong, once or a few times.
fn wrong_answer(world: &mut World, dice: &mut Dice) {
    let nouns = ["Messages", "ChatMessage", "ChatMessage", "*", "ReconnectSession", "SessionId"];
    let fault = match dice.next_u64() % 12 {
        0 => Fault::Gateway503,
        1 => Fault::Html502,
        2 => Fault::Status { status: 500 },
        3 => Fault::HalfOpen,
        4 => Fault::EmptyBody,
        5 => Fault::CutShort { sent_bytes: None },
        6 => Fault::NotJson,
        7 => Fault::Delay { ms: dice.next_u64() % 20_000 },
        8 => Fault::DropResponse,
        9 => Fault::DropRequest,
        10 => Fault::Accepted202,
        _ => Fault::Status { status: 502 },
    };
    let noun = pick(dice, &nouns);
    // 202 is an answer to POSTs only.
    let noun = if fault == Fault::Accepted202 { "ChatMessage" } else { noun };
    let times = 1 + dice.next_u64() % 3;
    let order = Order::new(fault).on(noun).times(u32::try_from(times).unwrap_or(1));
    let _ = world.control(Control::Fault(order));
}

/// Typing at both ends, and what a desk says that means nothing.
fn small_talk(world: &mut World, dice: &mut Dice) {
    let on = dice.next_u64().is_multiple_of(2);
    match dice.next_u64() % 6 {
        0 | 1 => world.frame("link", ClientFrame::Typing { on }),
        2 => fault(world, Fault::TypingSwapped),
        3 => fault(world, Fault::UnknownMessage),
        4 => fault(world, Fault::RepeatLast),
        _ => {
            if let Some(chat) = living(world) {
                let _ = world.control(Control::Typing { chat: chat.id, on });
            }
        }
    }
}

fn pick<'a>(dice: &mut Dice, from: &[&'a str]) -> &'a str {
    let place = usize::try_from(dice.next_u64() % from.len().max(1) as u64).unwrap_or_default();
    from.get(place).copied().unwrap_or_default()
}
