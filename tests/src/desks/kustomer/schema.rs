//! What bodies may hold. Strict: what is not listed is refused (section 12.5), so a client learns of its typing errors.

use serde_json::{Map, Value};

use super::iso;
use super::refusal::Refusal;

/// What a field's value must be. `null` is allowed for every field that is not required.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    Any,
    Text,
    /// Up to so many characters.
    Short(usize),
    Flag,
    Number,
    /// A whole number of this range.
    Range(i64, i64),
    Object,
    List,
    /// At most so many entries, each a text.
    Ids(usize),
    Time,
    OneOf(&'static [&'static str]),
    /// Names the organisation has defined, with a known suffix: section 2.
    Custom,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    pub name: &'static str,
    pub form: Form,
    pub required: bool,
}

const fn field(name: &'static str, form: Form) -> Field {
    Field { name, form, required: false }
}

const fn must(name: &'static str, form: Form) -> Field {
    Field { name, form, required: true }
}

/// What the check needs to know of the desk.
#[derive(Clone, Copy, Debug)]
pub(super) struct Strictness<'a> {
    pub custom: &'a [String],
    pub unknown_fields: bool,
    pub forms: bool,
    pub custom_keys: bool,
    pub required: bool,
}

/// The body as an object in which every field is as the list says.
pub(super) fn read(
    body: &[u8],
    fields: &[Field],
    strictness: Strictness<'_>,
) -> Result<Map<String, Value>, Refusal> {
    let value = if body.is_empty() {
        Value::Object(Map::new())
    } else {
        serde_json::from_slice(body)
            .map_err(|_| Refusal::bad_request("Invalid request body or parameters."))?
    };
    let Value::Object(object) = value else {
        return Err(Refusal::bad_request("Invalid request body or parameters."));
    };
    check(&object, fields, strictness)?;
    Ok(object)
}

pub(super) fn check(
    object: &Map<String, Value>,
    fields: &[Field],
    strictness: Strictness<'_>,
) -> Result<(), Refusal> {
    for field in fields.iter().filter(|field| field.required && strictness.required) {
        if object.get(field.name).is_none_or(Value::is_null) {
            return Err(Refusal::bad_param(field.name, "Missing required property"));
        }
    }
    for (name, value) in object {
        let Some(field) = fields.iter().find(|field| field.name == name) else {
            if strictness.unknown_fields {
                return Err(Refusal::bad_param(name, "Additional properties not allowed"));
            }
            continue;
        };
        if !value.is_null() {
            fits(field, value, strictness)?;
        }
    }
    Ok(())
}

fn fits(field: &Field, value: &Value, strictness: Strictness<'_>) -> Result<(), Refusal> {
    let holds = match field.form {
        Form::Any => true,
        Form::Text => value.is_string(),
        Form::Short(longest) => value.as_str().is_some_and(|text| text.chars().count() <= longest),
        Form::Flag => value.is_boolean(),
        Form::Number => value.is_number(),
        Form::Range(low, high) => value.as_i64().is_some_and(|it| (low..=high).contains(&it)),
        Form::Object => value.is_object(),
        Form::List => value.is_array(),
        Form::Ids(most) => value
            .as_array()
            .is_some_and(|list| list.len() <= most && list.iter().all(Value::is_string)),
        Form::Time => value.as_str().is_some_and(|text| iso::parse(text).is_some()),
        Form::OneOf(values) => value.as_str().is_some_and(|text| values.contains(&text)),
        Form::Custom => return custom(value, strictness),
    };
    if holds || !strictness.forms {
        Ok(())
    } else {
        Err(Refusal::bad_param(field.name, "Invalid value"))
    }
}

/// Section 2: names end in a type suffix, unknown ones are refused; section 10.1 has the recorded body.
fn custom(value: &Value, strictness: Strictness<'_>) -> Result<(), Refusal> {
    let Some(entries) = value.as_object() else {
        return Err(Refusal::bad_param("custom", "Invalid value"));
    };
    for (name, value) in entries {
        let suffixed = SUFFIXES.iter().any(|suffix| name.ends_with(suffix));
        let known = suffixed && strictness.custom.contains(name);
        if strictness.custom_keys && !known {
            let mut refusal = Refusal::bad_param(name, "Additional properties not allowed");
            refusal.detail = Some("/properties/custom/additionalProperties".to_owned());
            return Err(refusal);
        }
        let too_long = (name.ends_with("Str") || name.ends_with("Txt"))
            && value.as_str().is_some_and(|text| text.chars().count() > 1_024);
        if too_long {
            return Err(Refusal::bad_param(name, "Too long"));
        }
    }
    Ok(())
}

const SUFFIXES: [&str; 6] = ["Num", "At", "Str", "Txt", "Bool", "Url"];

use Form::{Any, Custom, Flag, Ids, List, Number, Object, OneOf, Range, Short, Text, Time};

/// Section 5.2.
const CHANNELS: &[&str] = &[
    "email",
    "sms",
    "chat",
    "facebook",
    "twitter-dm",
    "twitter-tweet",
    "voice",
    "instagram",
    "whatsapp",
];
const WAYS: &[&str] = &["in", "out"];

/// Section 3.2.
#[rustfmt::skip]
pub(super) const CUSTOMER: &[Field] = &[
    field("name", Text), field("company", Text), field("externalId", Text), field("username", Text),
    field("signedUpAt", Time), field("lastActivityAt", Time), field("lastSeenAt", Time), field("avatarUrl", Text),
    field("externalIds", List), field("emails", List), field("phones", List), field("whatsapps", List),
    field("socials", List), field("urls", List), field("locations", List), field("sharedExternalIds", List),
    field("sharedEmails", List), field("sharedPhones", List), field("sharedSocials", List), field("locale", Text),
    field("timeZone", Text), field("tags", List), field("sentiment", Object), field("custom", Custom),
    field("birthdayAt", Time), field("gender", OneOf(&["m", "f"])), field("createdAt", Time),
    field("importedAt", Time), field("rev", Number), field("defaultLang", Text),
];

/// Section 4.2. A `channel` is refused: a conversation has none of its own.
#[rustfmt::skip]
pub(super) const CONVERSATION: &[Field] = &[
    field("customer", Text), field("externalId", Text), field("name", Text),
    field("status", OneOf(&["open", "done"])), field("priority", Range(1, 5)), field("direction", OneOf(WAYS)),
    field("replyChannel", OneOf(CHANNELS)), field("tags", List), field("assignedUsers", Ids(10)),
    field("assignedTeams", Ids(10)), field("queue", Object), field("custom", Custom), field("defaultLang", Text),
    field("createdAt", Time), field("importedAt", Time), field("id", Text),
];

/// Section 4.3.
#[rustfmt::skip]
pub(super) const CONVERSATION_UPDATE: &[Field] = &[
    field("customer", Text), field("status", OneOf(&["open", "snoozed", "done"])), field("subStatus", Text),
    field("snooze", Object), field("assignedUsers", Ids(10)), field("assignedTeams", Ids(10)),
    field("queue", Object), field("tags", List), field("priority", Range(1, 5)), field("name", Text),
    field("externalId", Text), field("direction", OneOf(WAYS)), field("replyChannel", OneOf(CHANNELS)),
    field("ended", Flag), field("endedAt", Time), field("endedReason", Text), field("endedBy", Text),
    field("endedByType", OneOf(&["user", "customer"])), field("locked", Flag), field("satisfaction", Number),
    field("satisfactionLevel", Object), field("defaultLang", Text), field("custom", Custom), field("rev", Number),
    field("deleted", Flag),
];

/// Section 5.2.
#[rustfmt::skip]
pub(super) const MESSAGE: &[Field] = &[
    must("channel", OneOf(CHANNELS)), must("app", Text), field("direction", OneOf(WAYS)), field("preview", Text),
    field("subject", Text), field("externalId", Text), field("conversation", Text), field("customer", Text),
    field("meta", Object), field("attachments", List), field("sentAt", Time),
    field("status", OneOf(&["sent", "received", "error"])), field("error", Object), field("errorAt", Time),
    field("auto", Flag), field("source", OneOf(&["bulk", "satisfaction"])), field("reference", Object),
    field("size", Number), field("related", Text), field("shortcuts", List), field("kbArticles", List),
    field("location", Object), field("sentiment", Object), field("custom", Custom), field("lang", Text),
    field("importedAt", Time), field("queue", Object), field("createdAt", Time), field("createdBy", Text),
    field("modifiedAt", Time), field("modifiedBy", Text),
];

/// Section 5.1: "status, meta, preview, sentAt, externalId ..."; the rest of the list is inferred.
#[rustfmt::skip]
pub(super) const MESSAGE_UPDATE: &[Field] = &[
    field("status", OneOf(&["sent", "received", "error"])), field("meta", Object), field("preview", Text),
    field("subject", Text), field("sentAt", Time), field("externalId", Text), field("error", Object),
    field("errorAt", Time), field("auto", Flag), field("custom", Custom), field("lang", Text),
    field("rev", Number),
];

/// Section 5.1 says what can be redacted; the names of the fields are inferred.
pub(super) const REDACTION: &[Field] =
    &[field("preview", Flag), field("meta", Flag), field("attachments", List)];

/// Section 7.3.
#[rustfmt::skip]
pub(super) const NOTE: &[Field] = &[
    must("body", Text), field("externalId", Text), field("userMentions", List), field("attachments", List),
    field("importedAt", Time),
];

/// Section 7.2.
#[rustfmt::skip]
pub(super) const DRAFT: &[Field] = &[
    must("channel", OneOf(&["chat", "note", "email", "sms"])), field("conversation", Text), field("body", Text),
    field("to", Any), field("from", Any), field("auto", Flag), field("sendAt", Time), field("lang", Text),
    field("shortcuts", List), field("kbArticles", List), field("attachments", List), field("payload", Object),
];

/// Section 7.4. The sizes are bytes; the largest is not established.
#[rustfmt::skip]
pub(super) const ATTACHMENT: &[Field] = &[
    must("name", Text), must("contentType", Text), must("contentLength", Range(1, i64::MAX)),
    field("externalUrl", Text), field("renderMode", OneOf(&["default", "metadata_only"])),
];

/// Section 8.1.
#[rustfmt::skip]
pub(super) const WEBHOOK: &[Field] = &[
    must("name", Short(255)), must("url", Short(255)), must("events", Ids(12)), field("headers", List),
    field("enabled", Flag),
];

/// Section 4.6; the names in the body are inferred.
pub(super) const WORK_ITEM: &[Field] =
    &[must("conversation", Text), field("queue", Text), field("priority", Range(1, 5))];

pub(super) const SEARCH: &[Field] = &[
    field("and", List),
    field("or", List),
    field("sort", List),
    field("queryContext", Text),
    field("timeZone", Text),
];

/// Section 6. What is known of the bodies; `session`, `body` and `attachments` of a customer's message by analogy.
pub(super) const SESSION: &[Field] = &[must("customerId", Text), field("trackingId", Text)];
#[rustfmt::skip]
pub(super) const CHAT_MESSAGE: &[Field] = &[
    must("customerId", Text), must("session", Text), field("body", Text), field("attachments", List),
    field("trackingId", Text),
];
#[rustfmt::skip]
pub(super) const OUTBOUND_CHAT_MESSAGE: &[Field] = &[
    must("customerId", Text), must("from", Text), must("session", Text), field("body", Text),
    field("attachments", List), field("auto", Flag), field("trackingId", Text),
];
#[rustfmt::skip]
pub(super) const OUTBOUND_TYPING: &[Field] = &[
    must("customerId", Text), must("from", Text), must("session", Text), must("typing", Flag),
    field("trackingId", Text),
];
#[rustfmt::skip]
pub(super) const HANDOFF: &[Field] = &[
    must("customerId", Text), field("trackingId", Text), must("messages", List), must("from", Text),
    field("externalId", Text), field("active", Flag),
];
pub(super) const RATING: &[Field] =
    &[field("rating", Number), field("answers", List), field("submittedAt", Time)];
