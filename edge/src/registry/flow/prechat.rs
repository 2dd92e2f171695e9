//! What an agent at Live Agent is told before the chat: which answers, under which labels, and which records are
//! found or made from them.

use crate::registry::{
    problem::Code,
    read::{MAX_NAME_CHARS, Node, Object, Report},
};

/// Which answers go where.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct PrechatMapping {
    /// Key of the form's field that holds the visitor's name.
    pub visitor_name: Option<String>,
    /// Labelled values, in order.
    pub details: Vec<DetailMapping>,
    /// Records that are found or made.
    pub entities: Vec<EntityMapping>,
}

/// Where a value comes from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Source {
    /// The answer to a field of the pre-chat form.
    Form(String),
    /// What the site said of the visitor under this key.
    Attribute(String),
    /// The visitor's name, told or made up.
    VisitorName,
    /// The visitor's language.
    Language,
    /// The page on which the conversation began.
    Page,
    /// The identifier that the site's server vouches for. It and the next two are absent where it does not.
    CustomerIdentifier,
    /// The name that it vouches for.
    CustomerName,
    /// The e-mail address that it vouches for.
    CustomerEmail,
}

/// A labelled value.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DetailMapping {
    /// Where it comes from.
    pub from: Source,
    /// What the agent sees it as.
    pub label: String,
    /// API names of fields of the transcript's record.
    pub transcript_fields: Vec<String>,
    /// Whether the agent sees it.
    pub display_to_agent: bool,
}

/// A record.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EntityMapping {
    /// API name of its type.
    pub entity: String,
    /// Whether the console shows one that was made.
    pub show_on_create: bool,
    /// Field of the transcript's record that gets its id.
    pub save_to_transcript: Option<String>,
    /// Type and field of the record that it is linked to.
    pub link_to: Option<(String, String)>,
    /// At least one.
    pub fields: Vec<FieldMapping>,
}

/// A field of a record.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FieldMapping {
    /// Its API name.
    pub field: String,
    /// Label of the detail that it gets its value from.
    pub label: String,
    /// Look for records by it.
    pub find: bool,
    /// Only the very same.
    pub exact_match: bool,
    /// Set it in a record that is made.
    pub create: bool,
}

/// Reads the member `prechat`.
pub(super) fn read(report: &mut Report, node: &Node<'_>) -> Option<PrechatMapping> {
    let mut object = node.object(report)?;
    let visitor_name = object.take("visitor_name").and_then(|it| key(report, &it));
    let details = match object.take("details") {
        Some(node) => details(report, &node)?,
        None => Vec::new(),
    };
    let entities = match object.take("entities") {
        Some(node) => entities(report, &node, &details)?,
        None => Vec::new(),
    };
    object.finish(report);
    Some(PrechatMapping { visitor_name, details, entities })
}

/// Reads the key of a form's field.
pub(in crate::registry) fn key(report: &mut Report, node: &Node<'_>) -> Option<String> {
    let text = node.raw_text(report, MAX_KEY_CHARS)?;
    let well_formed = !text.is_empty()
        && text.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_');
    if !well_formed {
        node.fail(report, Code::IdForm, "A field's key has a-z, 0-9 and `_` only.");
    }
    well_formed.then(|| text.to_owned())
}

fn details(report: &mut Report, node: &Node<'_>) -> Option<Vec<DetailMapping>> {
    let mut details: Vec<DetailMapping> = Vec::new();
    for node in node.items(report, MAX_DETAILS)? {
        let Some(mut object) = node.object(report) else { continue };
        let from = object.need(report, "from").and_then(|it| source(report, &it));
        let label = object.need(report, "label").and_then(|it| {
            let label = it.line(report, MAX_NAME_CHARS)?;
            if details.iter().any(|known| known.label == label) {
                it.fail(report, Code::Duplicate, "Another detail has this label.");
            }
            Some(label)
        });
        let transcript_fields = match object.take("transcript_fields") {
            Some(node) => names(report, &node),
            None => Vec::new(),
        };
        let display_to_agent = flag(report, &mut object, "display_to_agent", true);
        object.finish(report);
        if let (Some(from), Some(label)) = (from, label) {
            details.push(DetailMapping { from, label, transcript_fields, display_to_agent });
        }
    }
    Some(details)
}

fn source(report: &mut Report, node: &Node<'_>) -> Option<Source> {
    let text = node.raw_text(report, MAX_NAME_CHARS)?;
    match text {
        "visitor_name" => return Some(Source::VisitorName),
        "language" => return Some(Source::Language),
        "page" => return Some(Source::Page),
        "customer.identifier" => return Some(Source::CustomerIdentifier),
        "customer.name" => return Some(Source::CustomerName),
        "customer.email" => return Some(Source::CustomerEmail),
        _ => {}
    }
    let source = match text.split_once('.') {
        Some(("form", key)) if !key.is_empty() => Some(Source::Form(key.to_owned())),
        Some(("attribute", key)) if !key.is_empty() => Some(Source::Attribute(key.to_owned())),
        _ => None,
    };
    if source.is_none() {
        let message = "One of these is expected: form.KEY, with the key of a field of the resource's pre-chat form, \
                       attribute.KEY, for what the site says of the visitor, visitor_name, language, page, customer.identifier, \
                       customer.name, customer.email.";
        node.fail(report, Code::UnknownValue, message);
    }
    source
}

fn entities(
    report: &mut Report,
    node: &Node<'_>,
    details: &[DetailMapping],
) -> Option<Vec<EntityMapping>> {
    let mut entities = Vec::new();
    for node in node.items(report, MAX_ENTITIES)? {
        let Some(mut object) = node.object(report) else { continue };
        let entity = object.need(report, "entity").and_then(|it| name(report, &it));
        let show_on_create = flag(report, &mut object, "show_on_create", false);
        let save_to_transcript = object.take("save_to_transcript").and_then(|it| name(report, &it));
        let link_to = object.take("link_to").and_then(|it| link(report, &it));
        let fields = object.need(report, "fields").map(|it| fields(report, &it, details));
        object.finish(report);
        if let (Some(entity), Some(fields)) = (entity, fields) {
            entities.push(EntityMapping {
                entity,
                show_on_create,
                save_to_transcript,
                link_to,
                fields,
            });
        }
    }
    Some(entities)
}

fn link(report: &mut Report, node: &Node<'_>) -> Option<(String, String)> {
    let mut object = node.object(report)?;
    let entity = object.need(report, "entity").and_then(|it| name(report, &it));
    let field = object.need(report, "field").and_then(|it| name(report, &it));
    object.finish(report);
    Some((entity?, field?))
}

fn fields(report: &mut Report, node: &Node<'_>, details: &[DetailMapping]) -> Vec<FieldMapping> {
    let items = node.items(report, MAX_DETAILS).unwrap_or_default();
    if items.is_empty() {
        node.fail(report, Code::Empty, "A record without fields can be neither found nor made.");
    }
    let mut fields = Vec::new();
    for node in &items {
        let Some(mut object) = node.object(report) else { continue };
        let field = object.need(report, "field").and_then(|it| name(report, &it));
        let label = object.need(report, "label").and_then(|it| {
            let label = it.line(report, MAX_NAME_CHARS)?;
            if !details.iter().any(|detail| detail.label == label) {
                let message = "No detail has this label. A field gets its value from the detail of the same label.";
                it.fail(report, Code::UnknownValue, message);
            }
            Some(label)
        });
        let find = flag(report, &mut object, "find", false);
        let exact_match = flag(report, &mut object, "exact_match", false);
        let create = flag(report, &mut object, "create", false);
        object.finish(report);
        if let (Some(field), Some(label)) = (field, label) {
            fields.push(FieldMapping { field, label, find, exact_match, create });
        }
    }
    fields
}

fn names(report: &mut Report, node: &Node<'_>) -> Vec<String> {
    let items = node.items(report, MAX_DETAILS).unwrap_or_default();
    items.iter().filter_map(|it| name(report, it)).collect()
}

/// The API name of a type or field. Case matters to Salesforce.
fn name(report: &mut Report, node: &Node<'_>) -> Option<String> {
    let text = node.raw_text(report, MAX_NAME_CHARS)?.trim();
    let well_formed = text.bytes().next().is_some_and(|it| it.is_ascii_alphabetic())
        && text.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_');
    if !well_formed {
        let message = "An API name is expected, such as Contact or Email__c; Salesforce shows them under Setup, \
                       Object Manager.";
        node.fail(report, Code::IdForm, message);
    }
    well_formed.then(|| text.to_owned())
}

fn flag(report: &mut Report, object: &mut Object<'_>, name: &'static str, default: bool) -> bool {
    object.take(name).and_then(|it| it.flag(report)).unwrap_or(default)
}

/// Longest key of a form's field, in characters.
const MAX_KEY_CHARS: usize = 40;

/// Most details, and most fields of one record.
const MAX_DETAILS: usize = 50;

/// Most records.
const MAX_ENTITIES: usize = 20;
