//! The knobs that are turned right now, and whom they hit.

use serde_json::{Value, json};

use super::faults::{CATALOGUE, Fault, Kind, Knob, Order};

/// What is turned right now.
#[derive(Debug, Default)]
pub(super) struct Faults {
    armed: Vec<Order>,
}

impl Faults {
    /// Turns a knob. A switch that is on already takes the new arguments.
    pub fn arm(&mut self, order: Order) {
        if order.fault.knob().kind == Kind::Switch {
            self.armed.retain(|known| known.fault != order.fault);
        }
        self.armed.push(order);
    }

    pub fn clear(&mut self, name: Option<&str>) {
        self.armed.retain(|order| name.is_some_and(|name| order.fault.name() != name));
    }

    /// The first armed fault for a request, counted down.
    pub fn for_request(&mut self, group: &str, name: &str, chat: Option<&str>) -> Option<Order> {
        self.take(chat, |order| {
            let knob = order.fault.knob();
            let on = order.on.as_deref().unwrap_or(knob.on);
            knob.kind == Kind::Answer && (on == "*" || on == name || on == group)
        })
    }

    /// The one of kind [`Kind::Next`], counted down.
    pub fn next(&mut self, fault: Fault, chat: Option<&str>) -> Option<Order> {
        self.take(chat, |order| order.fault == fault)
    }

    fn take(&mut self, chat: Option<&str>, matches: impl Fn(&Order) -> bool) -> Option<Order> {
        let at = self.armed.iter().position(|order| {
            matches(order) && order.chat.as_deref().is_none_or(|only| Some(only) == chat)
        })?;
        let order = self.armed.get_mut(at)?;
        let taken = order.clone();
        if let Some(times) = &mut order.times {
            *times -= 1;
            if *times == 0 {
                self.armed.remove(at);
            }
        }
        Some(taken)
    }

    pub fn switch(&self, fault: Fault) -> Option<&Order> {
        self.armed.iter().find(|order| order.fault == fault)
    }

    pub fn is_on(&self, fault: Fault) -> bool {
        self.switch(fault).is_some()
    }

    /// The catalogue with what is armed, for people and scripts.
    pub fn list(&self) -> Value {
        let line = |knob: &Knob| {
            let armed = self.armed.iter().filter(|order| order.fault == knob.fault).map(|order| {
                let on = order.on.as_deref().unwrap_or(knob.on);
                json!({ "on": on, "times": order.times, "chat": order.chat })
            });
            let shown = Order::new(knob.fault);
            let args: serde_json::Map<String, Value> =
                knob.args.iter().map(|(name, _)| ((*name).to_owned(), shown.shown(name))).collect();
            json!({
                "name": knob.name, "kind": knob.kind.name(), "label": knob.label, "about": knob.about,
                "on": knob.on, "args": args, "armed": armed.collect::<Vec<_>>(),
            })
        };
        json!({ "faults": CATALOGUE.iter().map(line).collect::<Vec<_>>() })
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, Faults, Order};

    #[test]
    fn a_fault_hits_its_call_or_group_as_often_as_told() {
        let mut faults = Faults::default();
        faults.arm(Order::new(Fault::Html502).times(2));
        faults.arm(Order::new(Fault::Status).on("customers").chat("a"));
        let mut hit = |group: &str, name: &str, chat: Option<&str>| {
            faults.for_request(group, name, chat).map(|order| order.fault)
        };
        assert_eq!(hit("customers", "find_customer", None), None);
        assert_eq!(hit("customers", "find_customer", Some("a")), Some(Fault::Status));
        assert_eq!(hit("customers", "find_customer", Some("a")), None);
        assert_eq!(hit("messages", "list_messages", None), None);
        assert_eq!(hit("messages", "create_message", None), Some(Fault::Html502));
        assert_eq!(hit("messages", "create_message", None), Some(Fault::Html502));
        assert_eq!(hit("messages", "create_message", None), None);
    }
}
