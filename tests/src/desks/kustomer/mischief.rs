//! Knobs that do something at once: deliveries that nobody should believe, and an admin's blunders.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::Desk;
use super::deeds::strange_message;
use super::delivery::{Event, Sign};
use super::events::View;
use super::faults::{Fault, Kind as Knobs, Order};
use super::iso;
use super::store::{Kind, Record, Relation, put, put_at};
use crate::desks::ControlError;

impl Desk {
    /// Turns a knob: does it at once, or arms it.
    pub(super) fn turn(&mut self, now: Duration, order: Order) -> Result<(), ControlError> {
        if let Some(chat) = &order.chat {
            self.talk(chat)?;
        }
        if order.fault.knob().kind == Knobs::Action {
            self.act(now, &order)?;
        } else {
            self.faults.arm(order);
        }
        self.changed();
        Ok(())
    }

    /// The conversation meant, else the newest.
    fn meant(&self, order: &Order) -> Result<String, ControlError> {
        let newest = self.store.all(Kind::Conversation).next_back().map(|talk| talk.id.clone());
        order.chat.clone().or(newest).ok_or(ControlError::UnknownChat)
    }

    fn act(&mut self, now: Duration, order: &Order) -> Result<(), ControlError> {
        let fault = order.fault;
        match fault {
            Fault::OrgBusy => {
                self.limits.drain(now, "org", order.natural("leave"), self.config.org_limit)
            }
            Fault::SwitchOffWebhook => self.switch_all(now, false),
            Fault::ForgetConversation => {
                let chat = self.meant(order)?;
                self.forget(&chat);
            }
            Fault::ReplayEvent => {
                let chat = self.meant(order)?;
                let old = self
                    .courier
                    .newest
                    .iter()
                    .find(|event| event.chat.as_ref() == Some(&chat))
                    .cloned();
                let old =
                    old.ok_or(ControlError::WrongState { needs: "one with a delivered event" })?;
                let raw = Some(old.body.to_string().into_bytes());
                self.post(now, Event { raw, mischief: Some(fault.name()), ..old });
            }
            _ => {
                let chat = self.meant(order)?;
                let event = self.strange_event(now, order, &chat);
                self.post(now, event);
            }
        }
        Ok(())
    }

    /// An agent's message of which the desk itself knows nothing.
    fn strange_event(&mut self, now: Duration, order: &Order, chat: &str) -> Event {
        let fault = order.fault;
        let hours = i64::try_from(order.natural("hours")).unwrap_or_default();
        let old = fault == Fault::StaleEvent;
        let time =
            iso::text(self.at_ms(now) - if old { hours.saturating_mul(3_600_000) } else { 0 });
        let time = Value::from(time);
        let id = self.ids.next(self.at_ms(now));
        let strange = self.ids.next(self.at_ms(now));
        let talk = if fault == Fault::ForeignConversation { strange } else { chat.to_owned() };
        let customer =
            self.store.get(Kind::Conversation, chat).and_then(|talk| talk.one("customer"));
        let customer = customer.unwrap_or_default().to_owned();
        let text = format!("This is a {} and must not be seen", fault.name().replace('_', " "));
        let agent =
            self.store.all(Kind::User).next().map(|user| user.id.clone()).unwrap_or_default();
        let relations = BTreeMap::from([
            ("conversation", Relation::One(Kind::Conversation, talk)),
            ("customer", Relation::One(Kind::Customer, customer)),
            ("createdBy", Relation::One(Kind::User, agent)),
        ]);
        let record = Record {
            kind: Kind::Message,
            id,
            attributes: strange_message(&text, &time),
            relations,
        };
        let data = self.show(&record, View::Event);
        let mut event = self.envelope(
            now,
            "kustomer.message.create",
            data,
            None,
            "chat",
            Some(chat.to_owned()),
        );
        event.mischief = Some(fault.name());
        put(&mut event.body, "createdAt", time);
        match fault {
            Fault::ForgedEvent => event.sign = Sign::Forged,
            Fault::UnsignedEvent => event.sign = Sign::Absent,
            Fault::ForeignEvent => {
                let foreign = json!(self.ids.next(0));
                put(&mut event.body, "org", foreign.clone());
                put(&mut event.body, "partition", foreign.clone());
                put(&mut event.body, "orgName", "somebody-else");
                put_at(&mut event.body, "/data/relationships/org/data", "id", foreign);
            }
            Fault::UnknownEvent => {
                event.name = "kustomer.kobject.create".to_owned();
                put(&mut event.body, "name", event.name.as_str());
            }
            Fault::GarbageEvent => {
                let mut raw = event.body.to_string().into_bytes();
                raw.truncate(raw.len() / 2);
                event.raw = Some(raw);
            }
            Fault::HugeEvent => {
                let mut raw = event.body.to_string().into_bytes();
                raw.resize(order.size("bytes").max(raw.len()), b' ');
                event.raw = Some(raw);
            }
            _ => {}
        }
        event
    }
}
