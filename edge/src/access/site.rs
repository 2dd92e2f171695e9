//! Which sites may embed a resource: the edge's own check, and the policy that makes the browser check too.

use crate::registry::{Resource, origin::Origin};

/// Whether a request may be answered, by its `Origin`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// It comes from here; fit for `Access-Control-Allow-Origin`.
    Allowed(Origin),
    /// It comes from elsewhere, or what it says is no origin (`null`, a sandboxed frame's, is none).
    NotAllowed,
    /// It does not say. Browsers always do across origins and with WebSockets; not with every GET of their own.
    Missing,
}

/// Whether the site that `header` names may use `resource`. Only a request across origins shows the site:
/// inside the frame the origin is always the edge's own.
#[must_use]
pub fn origin_verdict(resource: &Resource, header: Option<&str>) -> Verdict {
    verdict(header, |origin| resource.allowed_origins.iter().any(|it| it.matches(origin)))
}

/// Whether the request comes from a document of the edge itself, as those of the frame do.
#[must_use]
pub fn own_origin_verdict(own: &Origin, header: Option<&str>) -> Verdict {
    verdict(header, |origin| origin == own)
}

/// The `frame-ancestors` directive for the resource's frame, without a semicolon.
///
/// It cannot be broken out of: patterns are made of checked characters only.
#[must_use]
pub fn frame_ancestors(resource: &Resource) -> String {
    let mut directive = "frame-ancestors".to_owned();
    if resource.allowed_origins.is_empty() {
        directive.push_str(" 'none'");
    }
    for origin in &resource.allowed_origins {
        directive.push(' ');
        directive.push_str(&origin.to_string());
    }
    directive
}

/// The whole `Content-Security-Policy` of the resource's frame, served by the edge at `own`.
///
/// `'self'` means WebSockets too only in browsers of Content Security Policy 3's later drafts (Safari since
/// 15.4), so the socket's origin is named. `'wasm-unsafe-eval'` lets wasm compile and nothing else.
/// Left out: `require-trusted-types-for`, until a test in a browser shows that the widget's framework makes
/// no use of HTML strings; `img-src data:`, because the widget's own pictures are inline SVG. Pictures of agents
/// come from wherever the desk keeps them, so images may come from anywhere over `https:`; the frame's
/// `Referrer-Policy` tells such a host nothing of the site.
#[must_use]
pub fn frame_csp(resource: &Resource, own: &Origin) -> String {
    let connect = format!("connect-src 'self' {}", own.socket());
    [
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "style-src 'self'",
        "img-src 'self' https:",
        &connect,
        "base-uri 'none'",
        "form-action 'none'",
        &frame_ancestors(resource),
    ]
    .join("; ")
}

fn verdict(header: Option<&str>, is_allowed: impl FnOnce(&Origin) -> bool) -> Verdict {
    let Some(header) = header else {
        return Verdict::Missing;
    };
    match Origin::parse(header) {
        Ok(origin) if is_allowed(&origin) => Verdict::Allowed(origin),
        _ => Verdict::NotAllowed,
    }
}

impl Verdict {
    /// Stable name of a refusal, without values; None where there is none.
    #[must_use]
    pub const fn code(&self) -> Option<&'static str> {
        match self {
            Self::Allowed(_) => None,
            Self::NotAllowed => Some("origin_not_allowed"),
            Self::Missing => Some("origin_missing"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::Environment;

    fn resource() -> Resource {
        let json = r#"{
            "version": 1, "id": "3f0c2d1e-9a4b-4c3d-8e2f-001122334455", "kind": "web_chat",
            "hub": "shop", "name": "Shop",
            "allowed_origins": ["https://shop.example", "https://*.shop.example", "http://localhost:8000"]
        }"#;
        Resource::parse(json, Environment::Development).unwrap().value
    }

    #[test]
    fn the_three_verdicts() {
        let verdict = |header| origin_verdict(&resource(), header);
        for good in ["https://shop.example", "https://www.shop.example", "http://localhost:8000"] {
            let origin = Origin::parse(good).unwrap();
            assert_eq!(verdict(Some(good)), Verdict::Allowed(origin), "{good}");
        }
        for bad in ["https://evil.example", "http://localhost:8001", "null", "", "*"] {
            assert_eq!(verdict(Some(bad)), Verdict::NotAllowed, "{bad}");
        }
        assert_eq!(verdict(None), Verdict::Missing);
        assert_eq!(verdict(None).code(), Some("origin_missing"));
        assert_eq!(verdict(Some("null")).code(), Some("origin_not_allowed"));
    }

    #[test]
    fn the_frame_calls_from_the_edge_itself() {
        let own = Origin::of_url("https://chat.example/v1/conversations").unwrap();
        let verdict = |header| own_origin_verdict(&own, header).code();
        assert_eq!(verdict(Some("https://chat.example")), None);
        assert_eq!(verdict(Some("https://shop.example")), Some("origin_not_allowed"));
        assert_eq!(verdict(None), Some("origin_missing"));
    }

    /// A site's own policy and the browser tests rely on each directive; a change is a decision.
    #[test]
    fn frame_policy_unchanged() {
        let own = Origin::parse("http://127.0.0.1:8787").unwrap();
        assert_eq!(
            frame_csp(&resource(), &own),
            "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' https:; \
             connect-src 'self' ws://127.0.0.1:8787; base-uri 'none'; form-action 'none'; \
             frame-ancestors https://shop.example https://*.shop.example http://localhost:8000"
        );
    }

    #[test]
    fn no_origin_can_add_a_directive() {
        for evil in [
            "https://a; script-src *",
            "https://a, default-src *",
            "https://a\r\nSet-Cookie: x",
            "https://a 'unsafe-inline'",
            "https://*; x",
        ] {
            let json = serde_json::json!({
                "version": 1, "id": "3f0c2d1e-9a4b-4c3d-8e2f-001122334455", "kind": "web_chat",
                "hub": "shop", "name": "Shop", "allowed_origins": [evil],
            });
            let parsed = Resource::parse(json.to_string(), Environment::Development);
            assert!(parsed.is_err(), "{evil}");
        }
    }
}
