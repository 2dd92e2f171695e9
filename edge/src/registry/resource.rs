//! Resources: web chat, which a site embeds and which has looks, and Kustomer, which a webhook's address names.

use std::collections::BTreeMap;

use parlor_shared::{
    id::ResourceId,
    theme::Colour,
    wire::{Consent, Rating, http::Theme},
};

use super::{
    id::HubId,
    origin::{OriginError, OriginPattern},
    prechat::{self, Form},
    problem::{Code, Parsed, Problems},
    read::{self, MAX_ID_CHARS, MAX_NAME_CHARS, MAX_VALUE_CHARS, Node, Object, Report},
    stored::{Environment, Stored},
};

/// Most origins of one resource. They all go into one header, which proxies bound at 8 KiB and more.
const MAX_ORIGINS: usize = 50;

/// Most texts that may be replaced: more than the widget has.
const MAX_TEXTS: usize = 200;

/// Longest replaced text, in characters.
const MAX_TEXT_CHARS: usize = 500;

/// Longest usual time to an answer, in minutes: a day. What takes longer is no chat.
const MAX_REPLY_MINUTES: u64 = 24 * 60;

/// Longest key of a text, in bytes.
const MAX_KEY_BYTES: usize = 64;

/// A valid web chat resource.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Resource {
    /// What the script tag names.
    pub id: ResourceId,
    /// The hub it belongs to.
    pub hub: HubId,
    /// What the site calls itself.
    pub name: String,
    /// Who may embed it; at least one.
    pub allowed_origins: Vec<OriginPattern>,
    /// Colours: the accent in lower case, the scheme one of `light`, `dark`, `follow`.
    pub theme: Theme,
    /// Texts that replace those of the locale, by their key.
    pub texts: BTreeMap<String, String>,
    /// What a visitor is asked before a conversation begins.
    pub prechat: Option<Form>,
    /// What a visitor agrees to before anything is kept.
    pub consent: Option<Consent>,
    /// What a visitor is asked after the end.
    pub rating: Option<Rating>,
    /// How soon somebody usually answers, in minutes.
    pub reply_minutes: Option<u32>,
    /// Outside the hub's hours a message may be left, in a form of its own.
    pub leave_message: bool,
}

/// A valid Kustomer resource: an address for webhooks.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KustomerResource {
    /// Stands in the webhook's address; whoever knows it can knock, and no more.
    pub id: ResourceId,
    /// The hub it belongs to: whose flows' secrets open.
    pub hub: HubId,
    /// For admins.
    pub name: String,
}

/// A document that belongs to a hub.
pub trait BelongsToHub {
    /// To which.
    fn hub(&self) -> &HubId;
}

impl BelongsToHub for Resource {
    fn hub(&self) -> &HubId {
        &self.hub
    }
}

impl BelongsToHub for KustomerResource {
    fn hub(&self) -> &HubId {
        &self.hub
    }
}

impl Resource {
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
}

impl Stored for Resource {
    type Id = ResourceId;

    fn id(&self) -> &ResourceId {
        &self.id
    }

    fn parse(json: &[u8], environment: Environment) -> Result<Parsed<Self>, Problems> {
        read::document(json, |report, object| resource(report, object, environment))
    }
}

fn resource(
    report: &mut Report,
    object: &mut Object<'_>,
    environment: Environment,
) -> Option<Resource> {
    let id = object.need(report, "id").and_then(|node| id(report, &node));
    kind(report, object, Kind::WebChat);
    let hub = object.need(report, "hub").and_then(|node| super::hub::id(report, &node));
    let name = object.need(report, "name").and_then(|node| node.line(report, MAX_NAME_CHARS));
    let allowed_origins =
        object.need(report, "allowed_origins").and_then(|node| origins(report, &node, environment));
    let theme = match object.take("theme") {
        Some(node) => theme(report, &node),
        None => Some(Theme::default()),
    };
    let texts = match object.take("texts") {
        Some(node) => texts(report, &node),
        None => Some(BTreeMap::new()),
    };
    let prechat = object.take("prechat").and_then(|it| prechat::form(report, &it));
    let consent = object.take("consent").and_then(|it| consent(report, &it));
    let rating = object.take("rating").and_then(|it| rating(report, &it));
    let reply_minutes = object
        .take("reply_minutes")
        .and_then(|it| it.number(report, 1..=MAX_REPLY_MINUTES))
        .and_then(|it| u32::try_from(it).ok());
    let leave_message =
        object.take("leave_message").and_then(|it| it.flag(report)).unwrap_or(false);
    Some(Resource {
        id: id?,
        hub: hub?,
        name: name?,
        allowed_origins: allowed_origins?,
        theme: theme?,
        texts: texts?,
        prechat,
        consent,
        rating,
        reply_minutes,
        leave_message,
    })
}

/// Reads the id of a resource.
pub(super) fn id(report: &mut Report, node: &Node<'_>) -> Option<ResourceId> {
    let text = node.raw_text(report, MAX_ID_CHARS)?;
    let id = ResourceId::parse(text);
    if id.is_err() {
        node.fail(report, Code::IdForm, "A lower-case UUID is expected.");
    }
    id.ok()
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Kind {
    WebChat,
    Kustomer,
}

fn kind(report: &mut Report, object: &mut Object<'_>, wanted: Kind) {
    let Some(node) = object.need(report, "kind") else {
        return;
    };
    let known = node.one_of(report, &[("web_chat", Kind::WebChat), ("kustomer", Kind::Kustomer)]);
    if known.is_some_and(|known| known != wanted) {
        let message = match wanted {
            Kind::WebChat => "A site cannot embed this resource: that is what `web_chat` is for.",
            Kind::Kustomer => {
                "No webhook may come by this resource: that is what `kustomer` is for."
            }
        };
        node.fail(report, Code::OtherKind, message);
    }
}

impl Stored for KustomerResource {
    type Id = ResourceId;

    fn id(&self) -> &ResourceId {
        &self.id
    }

    fn parse(json: &[u8], _: Environment) -> Result<Parsed<Self>, Problems> {
        read::document(json, |report, object| {
            let id = object.need(report, "id").and_then(|node| id(report, &node));
            kind(report, object, Kind::Kustomer);
            let hub = object.need(report, "hub").and_then(|node| super::hub::id(report, &node));
            let name =
                object.need(report, "name").and_then(|node| node.line(report, MAX_NAME_CHARS));
            Some(Self { id: id?, hub: hub?, name: name? })
        })
    }
}

fn origins(
    report: &mut Report,
    node: &Node<'_>,
    environment: Environment,
) -> Option<Vec<OriginPattern>> {
    let items = node.items(report, MAX_ORIGINS)?;
    if items.is_empty() {
        let message = "Without an origin no site may embed this resource.";
        node.fail(report, Code::Empty, message);
        return None;
    }
    let mut origins = Vec::with_capacity(items.len());
    for item in &items {
        let Some(text) = item.raw_text(report, MAX_VALUE_CHARS) else {
            continue;
        };
        match OriginPattern::parse(text) {
            Ok(origin) => {
                if !origin.is_secure() && environment == Environment::Production {
                    item.warn(
                        report,
                        Code::OriginInsecure,
                        "Without TLS, anybody on the way can change the site and read the chat.",
                    );
                }
                origins.push(origin);
            }
            Err(error) => {
                let code = match error {
                    OriginError::Wildcard => Code::OriginWildcard,
                    _ => Code::OriginForm,
                };
                item.fail(report, code, read::sentence(&error));
            }
        }
    }
    Some(origins)
}

fn theme(report: &mut Report, node: &Node<'_>) -> Option<Theme> {
    let mut object = node.object(report)?;
    let accent = object.take("accent").and_then(|it| colour(report, &it));
    let accent_dark = object.take("accent_dark").and_then(|it| colour(report, &it));
    let scheme = object.take("scheme").and_then(|node| {
        let names = ["light", "dark", "follow"].map(|name| (name, name));
        node.one_of(report, &names)
    });
    object.finish(report);
    Some(Theme { accent, accent_dark, scheme: scheme.map(str::to_owned), ..Theme::default() })
}

fn colour(report: &mut Report, node: &Node<'_>) -> Option<String> {
    let text = node.raw_text(report, MAX_VALUE_CHARS)?;
    let colour = Colour::parse(text);
    if let Err(error) = colour {
        node.fail(report, Code::ColourForm, read::sentence(&error));
    }
    colour.ok().map(|it| it.to_string())
}

fn consent(report: &mut Report, node: &Node<'_>) -> Option<Consent> {
    let mut object = node.object(report)?;
    let privacy_url = object.take("privacy_url").and_then(|it| read::address(report, &it));
    object.finish(report);
    Some(Consent { privacy_url })
}

fn rating(report: &mut Report, node: &Node<'_>) -> Option<Rating> {
    let mut object = node.object(report)?;
    let kind = object
        .need(report, "kind")
        .and_then(|it| it.one_of(report, &[("scale", false), ("link", true)]));
    let url = match kind? {
        true => object.need(report, "url").and_then(|it| read::address(report, &it)),
        false => None,
    };
    object.finish(report);
    match kind? {
        false => Some(Rating::Scale {}),
        true => url.map(|url| Rating::Link { url }),
    }
}

fn texts(report: &mut Report, node: &Node<'_>) -> Option<BTreeMap<String, String>> {
    let entries = node.entries(report, MAX_TEXTS)?;
    let mut texts = BTreeMap::new();
    for (key, node) in &entries {
        let well_formed = (1..=MAX_KEY_BYTES).contains(&key.len())
            && key.bytes().all(|it| {
                it.is_ascii_lowercase() || it.is_ascii_digit() || matches!(it, b'_' | b'.' | b'-')
            });
        if !well_formed {
            let message = "A text's key has a-z, 0-9, `_`, `.` and `-` only.";
            node.fail(report, Code::IdForm, message);
        }
        if let Some(text) = node.text(report, MAX_TEXT_CHARS) {
            texts.insert((*key).to_owned(), text);
        }
    }
    Some(texts)
}
