//! A webhook as Kustomer's API has it.

use serde_json::Value;

use super::Wanted;
use crate::relay::kustomer::wire::Resource;

/// One that calls our address.
#[derive(Clone, Debug)]
pub struct Hook {
    pub id: String,
    /// Whether it is switched on, where it says so.
    pub enabled: Option<bool>,
    events: Vec<String>,
    headers: Vec<(String, String)>,
    token: Option<String>,
}

impl Hook {
    /// One of a list, if it calls `url`.
    pub fn calling(url: &str, resource: Resource<'_>) -> Option<Self> {
        (resource.text("url") == Some(url)).then(|| Self::read(resource)).flatten()
    }

    pub fn read(resource: Resource<'_>) -> Option<Self> {
        let texts = |value: &Value| value.as_str().map(str::to_owned);
        let list = |name: &str| resource.attribute(name).and_then(Value::as_array);
        let headers = list("headers").into_iter().flatten().filter_map(|it| {
            let (name, value) = (it.get("name")?.as_str()?, it.get("value")?.as_str()?);
            Some((name.to_ascii_lowercase(), value.to_owned()))
        });
        Some(Self {
            id: resource.id()?.to_owned(),
            enabled: resource.attribute("enabled").and_then(Value::as_bool),
            events: list("events").into_iter().flatten().filter_map(texts).collect(),
            headers: headers.collect(),
            token: resource.text("token").map(str::to_owned),
        })
    }

    /// The same, as an answer that does not tell the secret says it is now.
    pub fn with_state_of(self, now: &Self) -> Self {
        Self { enabled: now.enabled, ..self }
    }

    pub fn is_off(&self) -> bool {
        self.enabled == Some(false)
    }

    /// Events that we need and it does not bring.
    pub fn missing(&self) -> Vec<&'static str> {
        NEEDED.into_iter().filter(|name| !self.events.iter().any(|it| it == name)).collect()
    }

    /// Those that it should bring: what it brings and what we need. Kustomer takes twelve.
    pub fn events(&self) -> Vec<String> {
        let mut events = self.events.clone();
        for name in EVENTS {
            if !events.iter().any(|it| it == name) {
                events.push(name.to_owned());
            }
        }
        events
    }

    pub fn adds(&self, wanted: &Wanted) -> bool {
        wanted.header.as_ref().is_none_or(|(name, value)| {
            self.headers.iter().any(|(known, it)| known == name && it == value.expose())
        })
    }

    /// Its secret, where the list shows it.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// Whether a secret of the flow's is its own; true where it does not show it.
    pub fn is_known_to(&self, wanted: &Wanted) -> bool {
        self.token().is_none_or(|token| wanted.secrets.iter().any(|it| it.expose() == token))
    }
}

/// Without these a conversation does not work.
const NEEDED: [&str; 2] = ["kustomer.message.create", "kustomer.conversation.update"];

/// What is asked for. The third tells at once that an agent withdrew a message; without it a read finds it.
pub const EVENTS: [&str; 3] =
    ["kustomer.message.create", "kustomer.message.update", "kustomer.conversation.update"];
