//! Configuration: resource, hub and flow, and which flow answers a visitor.
//!
//! Documents come from KV as text and become values that are valid because they exist. Nothing here reads KV
//! or a clock, asks a desk, or trusts a document: one that does not parse is an error with a code and a list
//! of every problem, never a panic. Unknown members are warnings, so that an older edge can read what a newer
//! one wrote.
//!
//! Start with [`choose`]; `tests/tests/routing.rs` tells it in stories, docs/CONFIGURATION.md explains the
//! documents field by field.

mod account;
mod attributes;
mod choose;
pub mod desk_host;
pub mod document;
pub mod flow;
mod hours;
mod hub;
mod id;
mod key;
mod language;
pub mod ledger;
pub mod origin;
mod page;
mod prechat;
mod problem;
mod read;
mod resource;
pub mod sealed;
pub mod secrets;
mod sheet;
mod stored;

use parlor_shared::wire::ResourceView;

pub use account::Account;
pub use attributes::{attributes, visitor_name};
pub use choose::{Choice, ChoiceError, Facts, Flows, Nobody, Reason, choose, question};
pub use desk_host::DeskHost;
pub use flow::{
    DetailMapping, EntityMapping, FieldMapping, Flow, KustomerFlow, LiveAgentFlow, PrechatMapping,
    Relay, Source, WhenNobody,
};
pub use hours::{Date, Hours, LocalTime, Span, Weekday};
pub use hub::{Attribute, Hub, Region, Rule, When};
pub use id::{AccountId, DocumentId, FlowId, HubId, SlugError};
pub use key::{Key, Kind};
pub use language::{LANGUAGES, Language};
pub use ledger::Ledger;
pub use page::{PageError, PagePattern};
pub use prechat::{Form, FormError};
pub use problem::{Code, Parsed, Problem, Problems};
pub use read::{MAX_DOCUMENT_BYTES, VERSION};
pub use resource::{BelongsToHub, KustomerResource, Resource};
pub use sealed::{OpenError, SealKeys, SealSecretError, Sealed};
pub use stored::{Environment, LookupError, Stored, open};

/// What the widget may know of a resource of `hub`. A hub whose hours cannot be told counts as open.
#[must_use]
pub fn view(resource: &Resource, hub: &Hub, local: Option<LocalTime>) -> ResourceView {
    ResourceView {
        id: resource.id.clone(),
        name: resource.name.clone(),
        theme: resource.theme.clone(),
        texts: resource.texts.clone(),
        open: hub.is_open(local).unwrap_or(true),
        prechat: resource.prechat.as_ref().map(|form| form.view.clone()),
    }
}

#[cfg(test)]
mod tests;
