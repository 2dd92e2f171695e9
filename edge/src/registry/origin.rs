//! Origins of sites, and the patterns that name them in a resource.
//!
//! Both are made of validated characters only, so that they can be written into a header as they are.

use std::fmt;

/// Longest origin that is looked at, in bytes: a host name has at most 253 (RFC 1035 section 2.3.4).
const MAX_BYTES: usize = 300;

/// A site's origin: scheme, host and port, as browsers write it (RFC 6454 section 6.1).
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Origin {
    scheme: Scheme,
    host: String,
    /// None for the scheme's own.
    port: Option<u16>,
}

/// One entry of a resource's list: an origin, or all hosts below a domain (`https://*.shop.example`).
///
/// The wildcard stands for one label or more and not for none, as in a `frame-ancestors` source: the edge
/// and the browser must come to the same verdict.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct OriginPattern {
    wildcard: bool,
    /// With the wildcard, the domain below which the hosts are.
    origin: Origin,
}

/// Why a text is not an origin or not a pattern.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum OriginError {
    /// Neither `https://` nor `http://`.
    #[error("an origin starts with https:// or http://")]
    Scheme,
    /// Something stands behind host and port, if only a slash.
    #[error("an origin ends with its host or port: no slash, no path")]
    Path,
    /// The host has characters or labels that no host name has.
    #[error(
        "the host is not a name in lower-case letters, digits and hyphens (other letters as xn--...)"
    )]
    Host,
    /// The port is not a number from 1 to 65535.
    #[error("the port is not a number from 1 to 65535")]
    Port,
    /// A wildcard stands elsewhere than for the first labels of a name with two labels or more.
    #[error("a wildcard stands first and over at least two labels, as in https://*.shop.example")]
    Wildcard,
}

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
enum Scheme {
    Http,
    Https,
}

impl Origin {
    /// Parses what a browser sends as `Origin`. `null` is none.
    ///
    /// # Errors
    /// The first of [`OriginError`] that applies, but never [`OriginError::Wildcard`].
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        let (scheme, host, port) = split(text)?;
        check_host(host)?;
        Ok(Self::new(scheme, host, port))
    }

    /// The origin of an absolute address, such as that of the request at hand.
    ///
    /// # Errors
    /// As [`Origin::parse`].
    pub fn of_url(url: &str) -> Result<Self, OriginError> {
        let scheme_end = url.find("://").ok_or(OriginError::Scheme)? + "://".len();
        let rest = url.get(scheme_end..).ok_or(OriginError::Scheme)?;
        let host_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let origin = url.get(..scheme_end + host_end);
        Self::parse(origin.ok_or(OriginError::Host)?)
    }

    /// The same host and port for WebSockets: `wss://` or `ws://`.
    #[must_use]
    pub fn socket(&self) -> String {
        let scheme = match self.scheme {
            Scheme::Http => "ws",
            Scheme::Https => "wss",
        };
        format!("{scheme}://{}", self.authority(""))
    }

    /// Whether nobody on the way can read or change what the site serves: TLS, or this very machine.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        let local = matches!(self.host.as_str(), "localhost" | "127.0.0.1")
            || self.host.ends_with(".localhost");
        self.scheme == Scheme::Https || local
    }

    fn new(scheme: Scheme, host: &str, port: Option<u16>) -> Self {
        let own = match scheme {
            Scheme::Http => 80,
            Scheme::Https => 443,
        };
        Self { scheme, host: host.to_owned(), port: port.filter(|&it| it != own) }
    }

    fn authority(&self, before: &str) -> String {
        let Self { host, port, .. } = self;
        match port {
            Some(port) => format!("{before}{host}:{port}"),
            None => format!("{before}{host}"),
        }
    }
}

impl OriginPattern {
    /// Parses an entry of `allowed_origins`.
    ///
    /// # Errors
    /// The first of [`OriginError`] that applies.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        let (scheme, host, port) = split(text)?;
        let (wildcard, host) = match host.strip_prefix("*.") {
            Some(domain) => (true, domain),
            None => (false, host),
        };
        // `https://*.example` would let in everybody of a top-level domain. Public suffixes of two labels
        // (`co.uk`) are not known here: that list changes weekly.
        if host.contains('*') || (wildcard && (!host.contains('.') || is_address(host))) {
            return Err(OriginError::Wildcard);
        }
        check_host(host)?;
        Ok(Self { wildcard, origin: Origin::new(scheme, host, port) })
    }

    /// Whether the pattern names this origin.
    #[must_use]
    pub fn matches(&self, origin: &Origin) -> bool {
        let Origin { scheme, host, port } = &self.origin;
        let host_matches = if self.wildcard {
            origin.host.strip_suffix(host.as_str()).is_some_and(|labels| labels.ends_with('.'))
        } else {
            origin.host == *host
        };
        host_matches && origin.scheme == *scheme && origin.port == *port
    }

    /// As [`Origin::is_secure`], of every origin that matches.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.origin.is_secure()
    }
}

impl OriginError {
    /// Stable name, without values.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Scheme => "origin_scheme",
            Self::Path => "origin_path",
            Self::Host => "origin_host",
            Self::Port => "origin_port",
            Self::Wildcard => "origin_wildcard",
        }
    }
}

impl Scheme {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Http => "http://",
            Self::Https => "https://",
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.scheme.prefix(), self.authority(""))
    }
}

/// As a source of a content security policy, and as it is written in a resource.
impl fmt::Display for OriginPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let before = if self.wildcard { "*." } else { "" };
        let scheme = self.origin.scheme.prefix();
        write!(f, "{scheme}{}", self.origin.authority(before))
    }
}

/// Scheme, host (unchecked) and port.
fn split(text: &str) -> Result<(Scheme, &str, Option<u16>), OriginError> {
    if text.len() > MAX_BYTES {
        return Err(OriginError::Host);
    }
    let (scheme, rest) = [Scheme::Https, Scheme::Http]
        .into_iter()
        .find_map(|scheme| Some((scheme, text.strip_prefix(scheme.prefix())?)))
        .ok_or(OriginError::Scheme)?;
    if rest.contains(['/', '?', '#']) {
        return Err(OriginError::Path);
    }
    match rest.split_once(':') {
        None => Ok((scheme, rest, None)),
        Some((host, digits)) => {
            let plain = !digits.starts_with('0') && digits.bytes().all(|it| it.is_ascii_digit());
            let port = digits.parse::<u16>().ok().filter(|_| plain);
            Ok((scheme, host, Some(port.ok_or(OriginError::Port)?)))
        }
    }
}

/// Checks a name or an IPv4 address. IPv6 is left out: a content security policy cannot name it.
fn check_host(host: &str) -> Result<(), OriginError> {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-')
    };
    if host.len() <= 253 && host.split('.').all(label) { Ok(()) } else { Err(OriginError::Host) }
}

fn is_address(host: &str) -> bool {
    host.bytes().all(|it| it.is_ascii_digit() || it == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, origin: &str) -> bool {
        let origin = Origin::parse(origin).unwrap();
        OriginPattern::parse(pattern).unwrap().matches(&origin)
    }

    #[test]
    fn an_exact_origin_is_scheme_host_and_port() {
        assert!(matches("https://shop.example", "https://shop.example"));
        assert!(matches("https://shop.example:443", "https://shop.example"));
        assert!(matches("http://localhost:8000", "http://localhost:8000"));
        assert!(matches("http://shop.example:80", "http://shop.example"));
        for other in [
            "http://shop.example",
            "https://shop.example:8443",
            "https://www.shop.example",
            "https://shop.example.evil.example",
            "https://eshop.example",
        ] {
            assert!(!matches("https://shop.example", other), "{other}");
        }
        assert!(!matches("https://shop.example:80", "https://shop.example"));
    }

    #[test]
    fn a_wildcard_is_one_label_or_more() {
        let pattern = "https://*.shop.example";
        assert!(matches(pattern, "https://www.shop.example"));
        assert!(matches(pattern, "https://a.b.shop.example"));
        for other in [
            "https://shop.example",
            "https://eshop.example",
            "https://bookshop.example",
            "https://shop.example.evil.example",
            "http://www.shop.example",
            "https://www.shop.example:444",
        ] {
            assert!(!matches(pattern, other), "{other}");
        }
        assert!(matches("http://*.localhost.test:8000", "http://a.localhost.test:8000"));
    }

    #[test]
    fn what_is_no_origin_says_why() {
        let code = |text: &str| Origin::parse(text).unwrap_err().code();
        for bad in ["", "null", "shop.example", "ftp://a", "HTTPS://a", "//a", "*"] {
            assert_eq!(code(bad), "origin_scheme", "{bad}");
        }
        for bad in ["https://a/", "https://a?b", "https://a#", "https://a/b"] {
            assert_eq!(code(bad), "origin_path", "{bad}");
        }
        for bad in [
            "https://",
            "https://.a",
            "https://a.",
            "https://a..b",
            "https://-a",
            "https://A.example",
            "https://a b",
            "https://a;b",
            "https://a,b",
            "https://a'b",
            "https://a\r\nb",
            "https://münchen.example",
            "https://user@a",
            "https://*.a.example",
            "https://[",
        ] {
            assert_eq!(code(bad), "origin_host", "{bad}");
        }
        for bad in [
            "https://a:",
            "https://a:0",
            "https://a:080",
            "https://a:+80",
            "https://a:65536",
            "https://a:1:2",
            "https://user:pass@a",
            "https://[::1]",
        ] {
            assert_eq!(code(bad), "origin_port", "{bad}");
        }
        let name = format!("https://{}a", "a.".repeat(126));
        assert!(Origin::parse(&name).is_ok(), "253 characters");
        assert_eq!(code(&name.replace("//", "//b")), "origin_host");
        assert_eq!(code(&format!("https://{}", "a.".repeat(200))), "origin_host");
        assert_eq!(code(&format!("https://{}", "a".repeat(64))), "origin_host");
    }

    #[test]
    fn wildcards_stand_first_and_never_over_everything() {
        let code = |text| OriginPattern::parse(text).unwrap_err().code();
        for bad in [
            "https://*",
            "https://*.example",
            "https://*.",
            "https://*.*.example",
            "https://a.*.example",
            "https://a*.shop.example",
            "https://*.10.0.0.1",
        ] {
            assert_eq!(code(bad), "origin_wildcard", "{bad}");
        }
        assert_eq!(code("*"), "origin_scheme");
        assert_eq!(code("https://*.shop.example/"), "origin_path");
        assert_eq!(code("https://*.shop..example"), "origin_host");
    }

    #[test]
    fn both_are_written_as_they_were_read() {
        for text in ["https://shop.example", "http://127.0.0.1:8787"] {
            assert_eq!(Origin::parse(text).unwrap().to_string(), text);
            assert_eq!(OriginPattern::parse(text).unwrap().to_string(), text);
        }
        let pattern = OriginPattern::parse("https://*.shop.example:8443").unwrap();
        assert_eq!(pattern.to_string(), "https://*.shop.example:8443");
        let origin = Origin::parse("https://shop.example:443").unwrap();
        assert_eq!(origin.to_string(), "https://shop.example");
    }

    #[test]
    fn an_address_has_an_origin() {
        let of = |url| Origin::of_url(url).map(|it| it.to_string());
        let good = Ok("https://chat.example".to_owned());
        assert_eq!(of("https://chat.example/frame?resource=x#y"), good);
        assert_eq!(of("https://chat.example?a=://b"), good);
        assert_eq!(of("https://chat.example"), good);
        assert_eq!(of("/frame"), Err(OriginError::Scheme));
        assert_eq!(of("https://user@chat.example/"), Err(OriginError::Host));
    }

    #[test]
    fn sockets_keep_host_and_port() {
        let socket = |text| Origin::parse(text).unwrap().socket();
        assert_eq!(socket("https://chat.example"), "wss://chat.example");
        assert_eq!(socket("http://127.0.0.1:8787"), "ws://127.0.0.1:8787");
    }
}
