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
pub mod identity;
mod key;
mod language;
pub mod ledger;
pub mod origin;
mod page;
mod prechat;
mod problem;
pub mod public_key;
mod read;
mod resource;
pub mod sealed;
pub mod secrets;
mod sheet;
mod stored;

use parlor_shared::{
    Timestamp,
    theme::{self, Colour},
    wire::{HoursView, ResourceView, http::Theme},
};

pub use account::Account;
pub(crate) use attributes::is_line;
pub use attributes::{attributes, line_of_name, visitor_name};
pub use choose::{Choice, ChoiceError, Facts, Flows, Nobody, Reason, choose, question};
pub use desk_host::DeskHost;
pub use flow::{
    DetailMapping, EntityMapping, FieldMapping, Flow, KustomerFlow, LiveAgentFlow, PrechatMapping,
    Relay, Source, WhenNobody,
};
pub use hours::{Date, Hours, LocalTime, Span, Weekday};
pub use hub::{Attribute, Hub, Region, Rule, When};
pub use id::{AccountId, DocumentId, FlowId, HubId, SlugError};
pub use identity::Identity;
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

/// What the widget may know of a resource of `hub`. `clock` tells what clocks show in the hub's time zone; a hub whose
/// hours cannot be told counts as open.
#[must_use]
pub fn view(
    resource: &Resource,
    hub: &Hub,
    now: Timestamp,
    clock: &dyn Fn(Timestamp) -> Option<LocalTime>,
) -> ResourceView {
    let local = hub.hours.as_ref().and_then(|_| clock(now));
    let open = hub.is_open(local).unwrap_or(true);
    ResourceView {
        id: resource.id.clone(),
        name: resource.name.clone(),
        theme: derived(&resource.theme),
        texts: resource.texts.clone(),
        open,
        prechat: resource.prechat.as_ref().map(|form| form.view.clone()),
        hours: hub.hours.as_ref().map(|hours| HoursView {
            time_zone: hours.time_zone.clone(),
            spans: hours.week_from(now, clock),
        }),
        reply_minutes: resource.reply_minutes,
        leave_message: resource.leave_message && !open,
        consent: resource.consent.clone(),
        rating: resource.rating.clone(),
        kept_days: hub.retention_days,
    }
}

/// The theme with all that follows from its accent.
fn derived(theme: &Theme) -> Theme {
    let colour = |text: &Option<String>| text.as_deref().and_then(|it| Colour::parse(it).ok());
    let Some(accent) = colour(&theme.accent) else { return theme.clone() };
    let derived = theme::derive(accent, colour(&theme.accent_dark));
    let theme::Derived { light, dark, .. } = derived;
    let launcher = [light.accent, light.on_accent, dark.accent, dark.on_accent];
    Theme {
        launcher: Some(launcher.map(|it| it.to_string()).join(" ")),
        light: Some(light),
        dark: Some(dark),
        ..theme.clone()
    }
}

#[cfg(test)]
mod tests;
