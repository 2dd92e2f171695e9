//! The frame's document: built into the Worker, because an asset would go out without its policy.

use parlor_shared::id::ResourceId;
use worker::{Env, Headers, Request, Response, Result};

use super::{clock, problem::Refusal, registry_kv};
use crate::{
    access,
    registry::{self, Language, origin::Origin},
};

/// Its body has no margin even without the stylesheet: a browser may lay it out once before the sheet holds, unseen, and
/// counts what moves then against the site's page.
const DOCUMENT: &str = include_str!("../../../widget/frame.html");
const ERROR_DOCUMENT: &str = include_str!("../../../widget/frame-error.html");

/// `GET /frame?resource=ID`.
pub async fn document(request: &Request, env: &Env) -> Result<Response> {
    match try_document(request, env).await {
        Ok(response) => Ok(response),
        Err(Refusal(problem)) => {
            let page = ERROR_DOCUMENT
                .replace("{{title}}", "The chat cannot be reached")
                .replace("{{text}}", &escape(&problem.title));
            // Nothing in it is worth framing with, so anybody may: else the site would show a blank box.
            html(&page, "default-src 'none'; style-src 'self'", problem.status)
        }
    }
}

async fn try_document(request: &Request, env: &Env) -> std::result::Result<Response, Refusal> {
    let url = request.url()?;
    let id = url
        .query_pairs()
        .find_map(|(name, value)| (name == "resource").then(|| value.into_owned()))
        .unwrap_or_default();
    let id = ResourceId::parse(id).map_err(|_| {
        Refusal::new(400, "resource_malformed", "The tag's data-resource is not a resource's id.")
            .about("resource")
    })?;
    let own = own_origin(request)?;
    let (resource, hub) = registry_kv::resource_and_hub(env, &id).await?;
    let view =
        registry::view(&resource, &hub, clock::now(), &|at| registry_kv::local_time_at(&hub, at));
    let view = serde_json::to_string(&view).map_err(worker::Error::from)?;
    let asked = url.query_pairs().find_map(|(name, value)| (name == "lang").then_some(value));
    let accepted = request.headers().get("Accept-Language")?.unwrap_or_default();
    let language = Language::choose(asked.as_deref(), &accepted);
    let page = DOCUMENT
        .replace("{{lang}}", language.tag)
        .replace("{{dir}}", language.direction)
        .replace("{{script}}", env!("PARLOR_ASSET_SCRIPT"))
        .replace("{{wasm}}", env!("PARLOR_ASSET_WASM"))
        .replace("{{later}}", env!("PARLOR_ASSET_LATER"))
        .replace("{{words}}", locale(language).1)
        .replace("{{link}}", env!("PARLOR_ASSET_LINK"))
        .replace("{{style}}", env!("PARLOR_ASSET_STYLE"))
        .replace("{{locale}}", locale(language).0)
        .replace("{{resource}}", &escape(&view));
    Ok(html(&page, &access::frame_csp(&resource, &own), 200)?)
}

/// The words that are wanted at once, and those that come with `later/`.
fn locale(language: Language) -> (&'static str, &'static str) {
    macro_rules! both {
        ($name:literal) => {
            (
                env!(concat!("PARLOR_ASSET_LOCALE_", $name)),
                env!(concat!("PARLOR_ASSET_LOCALE_", $name, "_LATER")),
            )
        };
    }
    match language.tag {
        "de" => both!("DE"),
        "es" => both!("ES"),
        "ar" => both!("AR"),
        _ => both!("EN"),
    }
}

/// The origin that this request came to: the edge's own.
pub fn own_origin(request: &Request) -> std::result::Result<Origin, Refusal> {
    let url = request.url()?;
    Origin::of_url(url.as_str())
        .map_err(|_| Refusal::new(400, "body_malformed", "The request's own address is no origin."))
}

fn html(page: &str, csp: &str, status: u16) -> Result<Response> {
    let headers = Headers::new();
    headers.set("Content-Type", "text/html; charset=utf-8")?;
    headers.set("Content-Security-Policy", csp)?;
    headers.set("Cache-Control", "no-store")?;
    headers.set("Referrer-Policy", "no-referrer")?;
    headers.set("X-Content-Type-Options", "nosniff")?;
    headers.set("Cross-Origin-Resource-Policy", "cross-origin")?;
    Ok(Response::from_bytes(page.as_bytes().to_vec())?.with_status(status).with_headers(headers))
}

/// Text fit for an attribute's value or an element's content.
fn escape(text: &str) -> String {
    html_escape::encode_double_quoted_attribute(text).into_owned()
}
