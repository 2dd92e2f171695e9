//! Hubs: rules that choose a flow, hours, and how long a visitor may be away.

use std::time::Duration;

use super::{
    hours::{Date, Hours, Span, Weekday},
    id::{FlowId, HubId},
    identity::{self, Identity},
    page::{self, PagePattern},
    problem::{Code, Parsed, Problems},
    read::{self, MAX_ID_CHARS, MAX_NAME_CHARS, MAX_VALUE_CHARS, Node, Object, Report},
    stored::{Environment, Stored},
};

/// Most rules of one hub.
const MAX_RULES: usize = 100;

/// Most languages of one rule.
const MAX_LANGUAGES: usize = 50;

/// Most spans of one day.
const MAX_SPANS: usize = 8;

/// Most holidays: those of a few years, of a few countries.
const MAX_HOLIDAYS: usize = 400;

/// How long a visitor may be away before the chat is ended at the desk, where the hub does not say; seconds.
const DEFAULT_GRACE_PERIOD_S: u64 = 600;

/// Longest grace period, in seconds: a day. An agent's place is taken all that time.
const MAX_GRACE_PERIOD_S: u64 = 86_400;

/// How long a conversation is kept after its end, where the hub does not say; days.
const DEFAULT_RETENTION_DAYS: u64 = 30;

/// Longest time that a conversation is kept, in days: ten years, for those whom a law obliges. There is no "for ever".
const MAX_RETENTION_DAYS: u64 = 3_660;

/// Longest name of a time zone, in bytes; the longest that IANA lists has 32.
const MAX_ZONE_BYTES: usize = 64;

/// A valid hub.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Hub {
    /// What resources and flows name.
    pub id: HubId,
    /// For admins.
    pub name: String,
    /// The flow for whom no rule matches.
    pub default_flow: FlowId,
    /// In order; the first match decides.
    pub rules: Vec<Rule>,
    /// None: always open.
    pub hours: Option<Hours>,
    /// How long a visitor may be away before the chat is ended at the desk.
    pub grace_period: Duration,
    /// Agents may see what visitors have written and not sent, where the visitor has consented to it in a form and the
    /// desk offers it.
    pub sneak_peek: bool,
    /// How long a conversation is kept after its end, in days.
    pub retention_days: u32,
    /// Where new conversations are kept.
    pub region: Region,
    /// Who vouches for visitors; none: nobody, and no visitor needs it.
    pub identity: Option<Identity>,
}

/// Where a conversation's object lives and stores.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Region {
    /// Near the visitor, anywhere.
    #[default]
    Any,
    /// In the European Union.
    Eu,
}

/// A rule of a hub.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rule {
    /// All of these must hold.
    pub when: When,
    /// Then this flow.
    pub flow: FlowId,
}

/// Conditions of a rule, at least one. None and empty ask for nothing.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct When {
    /// Something that the site said about the visitor.
    pub attribute: Option<Attribute>,
    /// Lower-case language tags, any of them; each also means the tags that go on from it (`en`: `en-GB`).
    pub language: Vec<String>,
    /// The page on which the visitor is.
    pub page: Option<PagePattern>,
    /// Whether the hub is open: true asks for open, false for closed.
    pub open: Option<bool>,
    /// Whether somebody is there for the rule's flow.
    pub available: Option<bool>,
}

/// A condition on one attribute.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Attribute {
    /// Its name.
    pub key: String,
    /// Its value, to the letter.
    pub equals: String,
}

impl Hub {
    /// Parses a document.
    ///
    /// # Errors
    /// Every problem of the document.
    pub fn parse(
        json: impl AsRef<[u8]>,
        environment: Environment,
    ) -> Result<Parsed<Self>, Problems> {
        <Self as Stored>::parse(json.as_ref(), environment)
    }

    /// The platform's jurisdiction in which the ids of new conversations are made. None where they may be anywhere, and
    /// in development, whose runtime has no jurisdictions and throws.
    #[must_use]
    pub fn jurisdiction(&self, environment: Environment) -> Option<&'static str> {
        match (self.region, environment) {
            (Region::Eu, Environment::Production) => Some("eu"),
            (Region::Eu, Environment::Development) | (Region::Any, _) => None,
        }
    }

    /// The zone for which the shell must ask the platform what clocks show; None without hours.
    #[must_use]
    pub fn time_zone(&self) -> Option<&str> {
        self.hours.as_ref().map(|it| it.time_zone.as_str())
    }

    /// Whether the hub is open. None if it has hours and the local time is not known, because the platform
    /// does not know the zone.
    #[must_use]
    pub fn is_open(&self, local: Option<super::LocalTime>) -> Option<bool> {
        match (&self.hours, local) {
            (None, _) => Some(true),
            (Some(hours), Some(local)) => Some(hours.is_open(local)),
            (Some(_), None) => None,
        }
    }
}

impl Stored for Hub {
    type Id = HubId;

    fn id(&self) -> &HubId {
        &self.id
    }

    fn parse(json: &[u8], _: Environment) -> Result<Parsed<Self>, Problems> {
        read::document(json, hub)
    }
}

/// Reads the id of a hub.
pub(super) fn id(report: &mut Report, node: &Node<'_>) -> Option<HubId> {
    let text = node.raw_text(report, MAX_ID_CHARS)?;
    match HubId::parse(text) {
        Ok(id) => Some(id),
        Err(error) => {
            node.fail(report, Code::IdForm, read::sentence(&error));
            None
        }
    }
}

fn hub(report: &mut Report, object: &mut Object<'_>) -> Option<Hub> {
    let own_id = object.need(report, "id").and_then(|it| id(report, &it));
    let name = object.need(report, "name").and_then(|it| it.line(report, MAX_NAME_CHARS));
    let default_flow =
        object.need(report, "default_flow").and_then(|it| super::flow::id(report, &it));
    let hours_node = object.take("hours");
    let rules = match object.take("rules") {
        Some(node) => rules(report, &node, hours_node.is_some()),
        None => Some(Vec::new()),
    };
    let hours = match hours_node {
        Some(node) => hours(report, &node).map(Some),
        None => Some(None),
    };
    let grace_period_s = match object.take("grace_period_s") {
        Some(node) => node.number(report, 0..=MAX_GRACE_PERIOD_S),
        None => Some(DEFAULT_GRACE_PERIOD_S),
    };
    let sneak_peek = object.take("sneak_peek").and_then(|it| it.flag(report)).unwrap_or(false);
    let retention_days = match object.take("retention_days") {
        Some(node) => node.number(report, 1..=MAX_RETENTION_DAYS),
        None => Some(DEFAULT_RETENTION_DAYS),
    };
    let region = match object.take("region") {
        Some(node) => node.one_of(report, &[("any", Region::Any), ("eu", Region::Eu)]),
        None => Some(Region::Any),
    };
    let identity = match object.take("identity") {
        Some(node) => identity::read(report, &node).map(Some),
        None => Some(None),
    };
    Some(Hub {
        id: own_id?,
        name: name?,
        default_flow: default_flow?,
        rules: rules?,
        hours: hours?,
        grace_period: Duration::from_secs(grace_period_s?),
        sneak_peek,
        retention_days: u32::try_from(retention_days?).unwrap_or(u32::MAX),
        region: region?,
        identity: identity?,
    })
}

fn rules(report: &mut Report, node: &Node<'_>, has_hours: bool) -> Option<Vec<Rule>> {
    let mut rules = Vec::new();
    for node in node.items(report, MAX_RULES)? {
        let Some(mut object) = node.object(report) else {
            continue;
        };
        let when = object.need(report, "when").and_then(|it| when(report, &it, has_hours));
        let flow = object.need(report, "flow").and_then(|it| super::flow::id(report, &it));
        object.finish(report);
        if let (Some(when), Some(flow)) = (when, flow) {
            rules.push(Rule { when, flow });
        }
    }
    Some(rules)
}

fn when(report: &mut Report, node: &Node<'_>, has_hours: bool) -> Option<When> {
    let mut object = node.object(report)?;
    let mut when = When::default();
    if let Some(node) = object.take("attribute") {
        when.attribute = attribute(report, &node);
    }
    if let Some(node) = object.take("language") {
        when.language = languages(report, &node);
    }
    if let Some(node) = object.take("page") {
        when.page = page(report, &node);
    }
    if let Some(node) = object.take("hours") {
        when.open = node.one_of(report, &[("open", true), ("closed", false)]);
        if !has_hours {
            let message = "The hub has no `hours`: it is always open.";
            node.fail(report, Code::HoursMissing, message);
        }
    }
    if let Some(node) = object.take("available") {
        when.available = node.flag(report);
    }
    if !object.has_any() {
        let message = "A rule without a condition matches everybody: that is `default_flow`.";
        object.fail(report, Code::RuleWithoutCondition, message);
    }
    object.finish(report);
    Some(when)
}

fn attribute(report: &mut Report, node: &Node<'_>) -> Option<Attribute> {
    let mut object = node.object(report)?;
    let key = object.need(report, "key").and_then(|it| it.line(report, MAX_ID_CHARS));
    let equals = object.need(report, "equals").and_then(|it| it.raw_text(report, MAX_VALUE_CHARS));
    object.finish(report);
    Some(Attribute { key: key?, equals: equals?.to_owned() })
}

fn languages(report: &mut Report, node: &Node<'_>) -> Vec<String> {
    let items = node.items(report, MAX_LANGUAGES).unwrap_or_default();
    if items.is_empty() && node.is_list() {
        node.fail(report, Code::Empty, "A rule for no language matches nobody.");
    }
    let mut languages = Vec::with_capacity(items.len());
    for item in &items {
        let Some(text) = item.raw_text(report, MAX_ID_CHARS) else {
            continue;
        };
        let subtag = |it: &str| {
            (1..=8).contains(&it.len()) && it.bytes().all(|it| it.is_ascii_alphanumeric())
        };
        let primary = text.split('-').next().unwrap_or(text);
        let well_formed = primary.len() >= 2
            && primary.bytes().all(|it| it.is_ascii_alphabetic())
            && text.split('-').all(subtag);
        if well_formed {
            languages.push(text.to_ascii_lowercase());
        } else {
            let message = "A language tag is expected, such as `en` or `pt-BR`.";
            item.fail(report, Code::LanguageForm, message);
        }
    }
    languages
}

fn page(report: &mut Report, node: &Node<'_>) -> Option<PagePattern> {
    let text = node.raw_text(report, page::MAX_PATTERN_BYTES)?;
    match PagePattern::parse(text) {
        Ok(pattern) => Some(pattern),
        Err(error) => {
            node.fail(report, Code::PageForm, read::sentence(&error));
            None
        }
    }
}

fn hours(report: &mut Report, node: &Node<'_>) -> Option<Hours> {
    let mut object = node.object(report)?;
    let time_zone = object.need(report, "time_zone").and_then(|it| time_zone(report, &it));
    let week = object.need(report, "week").and_then(|it| week(report, &it));
    let holidays = match object.take("holidays") {
        Some(node) => holidays(report, &node),
        None => Some(Vec::new()),
    };
    object.finish(report);
    Some(Hours { time_zone: time_zone?, week: week?, holidays: holidays? })
}

/// Only the form: which zones there are, the platform knows, and it learns new ones.
fn time_zone(report: &mut Report, node: &Node<'_>) -> Option<String> {
    let text = node.raw_text(report, MAX_VALUE_CHARS)?;
    let part = |it: &str| {
        it.bytes().next().is_some_and(|it| it.is_ascii_alphabetic())
            && it.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-' | b'+'))
    };
    let well_formed = text.len() <= MAX_ZONE_BYTES
        && text.split('/').all(part)
        && (text.contains('/') || text == "UTC");
    if !well_formed {
        let message =
            "A name of the IANA time zone list is expected, such as `Europe/Berlin` or `UTC`.";
        node.fail(report, Code::TimeZoneForm, message);
    }
    well_formed.then(|| text.to_owned())
}

fn week(report: &mut Report, node: &Node<'_>) -> Option<[Vec<Span>; 7]> {
    let mut object = node.object(report)?;
    let week = Weekday::NAMES.map(|(name, _)| match object.take(name) {
        Some(node) => spans(report, &node),
        None => Vec::new(),
    });
    if !object.has_any() {
        let message = "No day has hours: the hub would never open.";
        object.fail(report, Code::Empty, message);
    }
    object.finish(report);
    Some(week)
}

fn spans(report: &mut Report, node: &Node<'_>) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for item in node.items(report, MAX_SPANS).unwrap_or_default() {
        let Some(span) = span(report, &item) else {
            continue;
        };
        if spans.last().is_some_and(|last| !span.is_after(*last)) {
            let message = "The spans of a day stand in order and do not overlap.";
            item.fail(report, Code::TimeOverlap, message);
        }
        spans.push(span);
    }
    spans
}

fn span(report: &mut Report, node: &Node<'_>) -> Option<Span> {
    let items = node.items(report, 2)?;
    let texts: Vec<&str> = items.iter().filter_map(Node::if_text).collect();
    let span = match texts.as_slice() {
        [opens, closes] => Span::parse(opens, closes),
        _ => None,
    };
    if span.is_none() {
        let message = "Two times of one day are expected, such as [\"09:00\", \"18:00\"]; the end may be \
                       24:00. Hours over midnight are two spans, one on each day.";
        node.fail(report, Code::TimeForm, message);
    }
    span
}

fn holidays(report: &mut Report, node: &Node<'_>) -> Option<Vec<Date>> {
    let mut dates = Vec::new();
    for item in node.items(report, MAX_HOLIDAYS)? {
        let Some(text) = item.raw_text(report, MAX_ID_CHARS) else {
            continue;
        };
        match Date::parse(text) {
            Some(date) => dates.push(date),
            None => item.fail(report, Code::DateForm, "A date is expected, such as 2026-12-25."),
        }
    }
    Some(dates)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use Environment::{Development, Production};

    fn parse(member: &str, value: &Value) -> Result<Hub, String> {
        let mut hub =
            json!({ "version": 1, "id": "shop", "name": "Shop", "default_flow": "sales" });
        hub[member] = value.clone();
        Hub::parse(hub.to_string(), Production)
            .map(|parsed| parsed.value)
            .map_err(|problems| problems.to_string())
    }

    #[test]
    fn conversations_are_kept_for_thirty_days_unless_the_hub_says_otherwise() {
        let days = |value: Value| parse("retention_days", &value).map(|hub| hub.retention_days);
        assert_eq!(days(Value::Null), Ok(30));
        assert_eq!((days(json!(1)), days(json!(3_660))), (Ok(1), Ok(3_660)));
        for wrong in [json!(0), json!(3_661), json!(2.5), json!(-1)] {
            let told = days(wrong.clone()).unwrap_err();
            assert!(told.starts_with("out_of_range at $.retention_days"), "{wrong}: {told}");
        }
        assert!(days(json!("for ever")).unwrap_err().starts_with("wrong_type"));
    }

    #[test]
    fn only_the_platform_has_jurisdictions_and_only_a_hub_that_wants_one_gets_it() {
        for (region, production) in
            [(json!("eu"), Some("eu")), (json!("any"), None), (Value::Null, None)]
        {
            let hub = parse("region", &region).unwrap();
            assert_eq!(hub.jurisdiction(Production), production);
            assert_eq!(hub.jurisdiction(Development), None, "the local runtime throws");
        }
        for (wrong, code) in [
            (json!("EU"), "unknown_value"),
            (json!("us"), "unknown_value"),
            (json!(["eu"]), "wrong_type"),
        ] {
            let told = parse("region", &wrong).unwrap_err();
            assert!(told.starts_with(&format!("{code} at $.region")), "{wrong}: {told}");
        }
    }
}
