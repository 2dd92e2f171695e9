//! What the site's own server may do with a conversation: end it, say something in it, move it to another flow.
//!
//! The visitor sees each in the log like everything else. An order that was given twice is obeyed once: a message by its
//! key, the others because there is nothing left to do.

use parlor_shared::{
    Customer, Timestamp,
    text::{MessageText, TextError},
    wire::{Agent, Block, EndedBy, Event, Span, What},
};

use super::{
    Core,
    opening::{Told, Way},
    snapshot::OrderRecord,
};

/// What the site's server wants.
#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    /// End the conversation.
    Close,
    /// Forget it: everything that was said in it and known of the visitor. The desk is told that it is over first.
    Erase,
    /// Say who the visitor is. A desk that has the conversation already is not told; one that it moves to is.
    Identify {
        /// Who.
        customer: Customer,
    },
    /// Say something to the visitor. The desk is not told; a flow that the conversation moves to is.
    Say {
        /// Tells a repetition from another message.
        key: String,
        /// What to say.
        text: String,
        /// Who says it: the resource's name.
        name: String,
    },
    /// Let another flow answer from now on. Its desk is told what was said so far.
    Move {
        /// Which, and what happens when nobody is there.
        way: Box<Way>,
        /// What the visitor is told with it.
        text: Option<String>,
        /// Who tells it: the resource's name.
        name: String,
    },
}

/// What an order came to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Obeyed {
    /// It was done now.
    Done {
        /// The message's sequence number, if there is one.
        seq: Option<u64>,
    },
    /// It was done before.
    Already {
        /// The message's sequence number, if there is one.
        seq: Option<u64>,
    },
}

/// A conversation, for those who may read it.
#[derive(Clone, Debug, PartialEq)]
pub struct Described<'a> {
    /// Its id.
    pub conversation: &'a str,
    /// Through which resource.
    pub resource: &'a str,
    /// Of which hub.
    pub hub: &'a str,
    /// The flow that answers.
    pub flow: &'a str,
    /// The visitor's number.
    pub visitor: &'a str,
    /// What the desk calls the visitor.
    pub visitor_name: &'a str,
    /// The visitor's language.
    pub language: Option<&'a str>,
    /// The site's page.
    pub page: Option<&'a str>,
    /// Who the visitor is, where the site's server said so.
    pub verified: Option<Customer>,
    /// What was told of the visitor before it began.
    pub told: &'a Told,
    /// Whether it is over.
    pub ended: bool,
    /// When it was begun.
    pub began_at: Timestamp,
    /// When it will be forgotten; before its end, when it will be ended for want of a word.
    pub kept_until: Timestamp,
    /// What the visitor answered to the form and the site said, as far as the desk is told: label and value.
    pub facts: Vec<(String, String)>,
    /// The log.
    pub events: &'a [Event],
}

/// The agents of a log in the order in which they came, and whether each is still there.
#[must_use]
pub fn agents(events: &[Event]) -> Vec<(Agent, bool)> {
    let mut agents: Vec<(Agent, bool)> = Vec::new();
    for event in events {
        let (agent, present) = match &event.what {
            What::Joined { agent } => (agent, true),
            What::Left { agent } => (agent, false),
            What::Agent { agent, auto: false, .. } => (agent, true),
            What::Ended { .. } => {
                agents.iter_mut().for_each(|(_, present)| *present = false);
                continue;
            }
            _ => continue,
        };
        match agents.iter_mut().find(|(known, _)| known.key == agent.key) {
            Some(known) => *known = (agent.clone(), present),
            None => agents.push((agent.clone(), present)),
        }
    }
    agents
}

/// Why an order is not obeyed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum OrderError {
    /// The conversation is over.
    #[error("the conversation has ended")]
    Ended,
    /// The text is none.
    #[error("the text cannot be said: {0}")]
    Text(TextError),
}

impl OrderError {
    /// Stable name.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Ended => "conversation_ended",
            Self::Text(error) => error.code(),
        }
    }
}

impl Core {
    /// Obeys an order: a step like [`Core::handle`], with an answer.
    ///
    /// # Errors
    /// [`OrderError`]; nothing has changed then.
    pub fn order(&mut self, now: Timestamp, order: Order) -> Result<Obeyed, OrderError> {
        let obeyed = match order {
            Order::Close if self.record.ended => Obeyed::Already { seq: None },
            Order::Close => {
                self.end(now, by_site());
                Obeyed::Done { seq: None }
            }
            Order::Erase if self.record.forget_at.is_some() => Obeyed::Already { seq: None },
            Order::Erase => {
                self.forget(now);
                Obeyed::Done { seq: None }
            }
            Order::Identify { customer } => self.identify(customer),
            Order::Say { key, text, name } => self.say(now, key, &text, name)?,
            Order::Move { way, text, name } => self.hand_over(now, *way, text.as_deref(), name)?,
        };
        self.finish(now);
        Ok(obeyed)
    }

    /// Whose it is and where it stands, with the whole log.
    #[must_use]
    pub fn describe(&self) -> Described<'_> {
        let record = &self.record;
        Described {
            conversation: record.conversation.as_str(),
            resource: record.resource.as_str(),
            hub: &record.hub,
            flow: &record.flow,
            visitor: &record.visitor,
            visitor_name: &record.visitor_name,
            language: record.language.as_deref(),
            page: record.page.as_deref(),
            verified: record.verified.clone().map(Into::into),
            told: &record.told,
            ended: record.ended,
            began_at: record.begun,
            kept_until: record.forget_at.unwrap_or_else(|| self.keep_until()),
            facts: record.route.facts(),
            events: self.events(),
        }
    }

    /// Good for one that has ended too: then it is found by the right name.
    fn identify(&mut self, customer: Customer) -> Obeyed {
        let known = self.record.verified.clone().map(Customer::from);
        // Who only names the customer takes back nothing of what is known of the same one.
        let same = known.clone().filter(|it| it.identifier == customer.identifier);
        let (name, email) = same.map_or((None, None), |it| (it.name, it.email));
        let customer = Customer {
            name: customer.name.or(name),
            email: customer.email.or(email),
            identifier: customer.identifier,
        };
        if known.as_ref() == Some(&customer) {
            return Obeyed::Already { seq: None };
        }
        if let Some(name) = &customer.name {
            self.record.visitor_name.clone_from(name);
        }
        self.record.verified = Some(customer.into());
        Obeyed::Done { seq: None }
    }

    fn say(
        &mut self,
        now: Timestamp,
        key: String,
        text: &str,
        name: String,
    ) -> Result<Obeyed, OrderError> {
        if let Some(known) = self.record.orders.iter().find(|it| it.key == key) {
            return Ok(Obeyed::Already { seq: Some(known.seq) });
        }
        let body = body(text)?;
        if self.record.ended {
            return Err(OrderError::Ended);
        }
        let seq = self.tell(now, body, name);
        self.record.orders.push(OrderRecord { key, seq });
        if self.record.orders.len() > MAX_KEYS {
            self.record.orders.remove(0);
        }
        Ok(Obeyed::Done { seq: Some(seq) })
    }

    fn hand_over(
        &mut self,
        now: Timestamp,
        way: Way,
        text: Option<&str>,
        name: String,
    ) -> Result<Obeyed, OrderError> {
        let body = text.map(body).transpose()?;
        if self.record.ended {
            return Err(OrderError::Ended);
        }
        if self.record.flow == way.flow {
            return Ok(Obeyed::Already { seq: None });
        }
        self.leave_desk(now);
        let seq = body.map(|body| self.tell(now, body, name));
        self.append(now, What::Transferring { to: None });
        let left = std::mem::replace(&mut self.record.route, way.route.into());
        self.record.flow = way.flow;
        self.record.nobody = way.nobody.into();
        self.record.left_alone = false;
        self.record.idle = None;
        let turn = self.record.turn;
        let relay = self.begin_anew(now);
        self.keep_leaving(now, relay, left, turn);
        self.watch_for_return(now);
        Ok(Obeyed::Done { seq })
    }

    fn tell(&mut self, now: Timestamp, body: Vec<Block>, name: String) -> u64 {
        let agent = Agent { key: SITE_KEY, name, avatar: None };
        self.append(now, What::Agent { agent, body, auto: true })
    }
}

fn body(text: &str) -> Result<Vec<Block>, OrderError> {
    let text = String::from(MessageText::parse(text).map_err(OrderError::Text)?);
    let mut spans = Vec::new();
    for (at, line) in text.lines().enumerate() {
        if at > 0 {
            spans.push(Span::Break {});
        }
        if !line.is_empty() {
            spans.push(Span::Text(line.to_owned()));
        }
    }
    Ok(vec![Block::Paragraph(spans)])
}

/// A name that older widgets do not know, and show as an end like any other.
fn by_site() -> EndedBy {
    EndedBy::Other("site".to_owned())
}

/// Not an agent of any desk.
const SITE_KEY: u32 = 0;

/// How many keys are remembered: a repetition comes soon or not at all.
const MAX_KEYS: usize = 50;
