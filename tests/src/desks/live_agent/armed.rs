//! The knobs that are turned right now, and whom they hit.

use serde_json::{Value, json};

use super::faults::{CATALOGUE, Fault, Kind, Knob, Order, Preset};

/// What is turned right now.
#[derive(Debug, Default)]
pub(super) struct Faults {
    armed: Vec<Order>,
}

impl Faults {
    /// Turns a knob. A switch that is on already takes the new arguments.
    pub(super) fn arm(&mut self, order: Order) {
        if order.fault.knob().kind == Kind::Switch {
            self.clear(Some(order.fault.name()));
        }
        self.armed.push(order);
    }

    pub(super) fn clear(&mut self, name: Option<&str>) {
        self.armed.retain(|order| name.is_some_and(|name| order.fault.name() != name));
    }

    /// The first armed fault for a request, counted down.
    pub(super) fn for_request(
        &mut self,
        group: &str,
        noun: &str,
        chat: Option<&str>,
    ) -> Option<Fault> {
        self.take(chat, |order| {
            let knob = order.fault.knob();
            let on = order.on.as_deref().unwrap_or(knob.on);
            knob.kind == Kind::Answer && (on == "*" || on == noun || on == group)
        })
    }

    /// The named one of kind [`Kind::Next`], counted down.
    pub(super) fn next(&mut self, name: &str, chat: Option<&str>) -> Option<Fault> {
        self.take(chat, |order| order.fault.name() == name)
    }

    fn take(&mut self, chat: Option<&str>, matches: impl Fn(&Order) -> bool) -> Option<Fault> {
        let hits = |order: &Order| {
            matches(order) && order.chat.as_deref().is_none_or(|only| Some(only) == chat)
        };
        let at = self.armed.iter().position(hits)?;
        let order = self.armed.get_mut(at)?;
        let fault = order.fault.clone();
        if let Some(times) = &mut order.times {
            *times -= 1;
            if *times == 0 {
                self.armed.remove(at);
            }
        }
        Some(fault)
    }

    /// The named switch, where it is on (for this chat).
    pub(super) fn switch(&self, name: &str, chat: Option<&str>) -> Option<&Fault> {
        let hits = |order: &&Order| {
            order.fault.name() == name
                && order.chat.as_deref().is_none_or(|only| Some(only) == chat)
        };
        self.armed.iter().find(hits).map(|order| &order.fault)
    }

    pub(super) fn is_on(&self, name: &str, chat: Option<&str>) -> bool {
        self.switch(name, chat).is_some()
    }

    /// The catalogue with what is armed, for people and scripts.
    pub(super) fn list(&self) -> Value {
        let line = |knob: &Knob| {
            let armed: Vec<Value> = self
                .armed
                .iter()
                .filter(|order| order.fault.name() == knob.name)
                .map(|order| {
                    let on = order.on.as_deref().unwrap_or(knob.on);
                    json!({ "on": on, "times": order.times, "chat": order.chat })
                })
                .collect();
            let args: serde_json::Map<String, Value> = knob
                .args
                .iter()
                .map(|(name, value)| {
                    let value = match value {
                        Preset::Number(-1) => Value::Null,
                        Preset::Number(number) => json!(number),
                        Preset::Text(text) => json!(text),
                    };
                    ((*name).to_owned(), value)
                })
                .collect();
            json!({
                "name": knob.name, "kind": knob.kind.name(), "label": knob.label, "about": knob.about,
                "on": knob.on, "args": args, "armed": armed,
            })
        };
        json!({ "faults": CATALOGUE.iter().map(line).collect::<Vec<_>>() })
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, Faults, Order};

    #[test]
    fn a_fault_hits_its_noun_or_group_as_often_as_told() {
        let mut faults = Faults::default();
        faults.arm(Order::new(Fault::Html502).times(2));
        faults.arm(Order::new(Fault::Gateway503).on("System"));
        assert_eq!(faults.for_request("Chasitor", "ChatEnd", None), None);
        assert_eq!(faults.for_request("System", "Messages", None), Some(Fault::Gateway503));
        assert_eq!(faults.for_request("System", "Messages", None), None);
        assert_eq!(faults.for_request("Chasitor", "ChatMessage", None), Some(Fault::Html502));
        assert_eq!(faults.for_request("Chasitor", "ChatMessage", None), Some(Fault::Html502));
        assert_eq!(faults.for_request("Chasitor", "ChatMessage", None), None);
    }

    #[test]
    fn a_fault_for_one_chat_leaves_others_alone() {
        let mut faults = Faults::default();
        faults.arm(Order::new(Fault::Html502).chat("a"));
        assert_eq!(faults.for_request("Chasitor", "ChatMessage", Some("b")), None);
        assert_eq!(faults.for_request("Chasitor", "ChatMessage", Some("a")), Some(Fault::Html502));
    }
}
