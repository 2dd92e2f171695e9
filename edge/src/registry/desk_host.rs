//! Hosts that the edge may call: a closed list of desks, whatever a document or a desk's answer names.
//!
//! Without it, who may write a flow could make the edge ask any server on the net, and read the answer.

use std::fmt;

use super::stored::Environment;

/// Longest text that is looked at, in bytes.
pub const MAX_BYTES: usize = 300;

/// Domains under which Salesforce serves the Live Agent API: one label or more stand before.
///
/// Sources: <https://developer.salesforce.com/docs/atlas.en-us.live_agent_rest.meta/live_agent_rest/>
/// (`*.salesforceliveagent.com`), and the same guide's later examples with the organisation's own domain
/// (`*.my.salesforce-scrt.com`).
const LIVE_AGENT_DOMAINS: [&str; 2] = [".salesforceliveagent.com", ".my.salesforce-scrt.com"];

/// Hosts of Kustomer's regions, and what stands behind an organisation's own name.
///
/// Source: docs/VENDORS.md, "Kustomer", "Hosts".
const KUSTOMER_REGIONS: [&str; 3] =
    ["api.kustomerapp.com", "api.prod2.kustomerapp.com", "api.prod4.kustomerapp.com"];
const KUSTOMER_DOMAIN: &str = ".api.kustomerapp.com";

/// What the simulator of a developer's machine is called with.
const LOOPBACK: &str = "http://127.0.0.1:";

/// A host of a desk, which may be called.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct DeskHost(Place);

#[derive(Clone, Debug, Eq, Hash, PartialEq)]
enum Place {
    /// Lower-case name on the list, over TLS on its own port.
    Named(String),
    /// A simulator on this machine.
    Loopback(u16),
}

/// Why a host may not be called.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum HostError {
    /// Not a host name, nor an address that holds one.
    #[error("a host name is expected, such as d.la1-c2-frf.salesforceliveagent.com")]
    Form,
    /// Another scheme, a port, or a user name: no desk's API has them.
    #[error("only https on its own port, without a user name, is called")]
    Scheme,
    /// A well-formed host that is not on the list.
    #[error(
        "only hosts under salesforceliveagent.com and my.salesforce-scrt.com are called; Salesforce shows \
         yours under Setup, Chat Settings, Chat API Endpoint"
    )]
    NotAllowed,
    /// The same for Kustomer.
    #[error(
        "expected is the organisation's name, as it stands before .kustomerapp.com in the agents' address, or one of \
         api.kustomerapp.com, api.prod2.kustomerapp.com, api.prod4.kustomerapp.com"
    )]
    NotKustomer,
    /// A simulator's address outside development.
    #[error("a desk on this machine is called with ENVIRONMENT=development only")]
    Loopback,
}

impl DeskHost {
    /// Parses the host of Kustomer's API: an organisation's name, its own host or a region's, or a pasted address.
    ///
    /// # Errors
    /// The first of [`HostError`] that applies.
    pub fn kustomer(text: &str, environment: Environment) -> Result<Self, HostError> {
        let place = Self::any(text, environment)?;
        let Place::Named(host) = place else { return Ok(Self(place)) };
        if !host.contains('.') {
            return Ok(Self(Place::Named(format!("{host}{KUSTOMER_DOMAIN}"))));
        }
        let own = host.strip_suffix(KUSTOMER_DOMAIN).is_some_and(|name| !name.contains('.'));
        if own || KUSTOMER_REGIONS.contains(&host.as_str()) {
            Ok(Self(Place::Named(host)))
        } else {
            Err(HostError::NotKustomer)
        }
    }

    /// Whether the host is one organisation's, not a region's.
    pub(super) fn is_organizations_own(&self) -> bool {
        match &self.0 {
            Place::Named(host) => host.ends_with(KUSTOMER_DOMAIN),
            Place::Loopback(_) => true,
        }
    }

    /// Parses a host name, or takes it from a pasted address (`https://.../chat/rest/`).
    ///
    /// Also to be asked about hosts that a desk's answer names.
    ///
    /// # Errors
    /// The first of [`HostError`] that applies.
    pub fn live_agent(text: &str, environment: Environment) -> Result<Self, HostError> {
        let place = Self::any(text, environment)?;
        match &place {
            Place::Loopback(_) => Ok(Self(place)),
            Place::Named(host) if !host.contains('.') => Err(HostError::Form),
            Place::Named(host) if LIVE_AGENT_DOMAINS.iter().any(|it| host.ends_with(it)) => {
                Ok(Self(place))
            }
            Place::Named(_) => Err(HostError::NotAllowed),
        }
    }

    /// Any host, of one label or more, or a simulator.
    fn any(text: &str, environment: Environment) -> Result<Place, HostError> {
        let text = text.trim();
        if text.len() > MAX_BYTES {
            return Err(HostError::Form);
        }
        if let Some(rest) = text.strip_prefix(LOOPBACK) {
            let digits = rest.split('/').next().unwrap_or(rest);
            let plain = digits.bytes().all(|it| it.is_ascii_digit());
            return match (environment, digits.parse::<u16>()) {
                (Environment::Production, _) => Err(HostError::Loopback),
                (Environment::Development, Ok(port)) if plain && port > 0 => {
                    Ok(Place::Loopback(port))
                }
                _ => Err(HostError::Form),
            };
        }
        let rest = match text.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => rest,
            Some(_) => return Err(HostError::Scheme),
            None => text,
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
        let host = authority.strip_suffix(":443").unwrap_or(authority);
        if host.contains(['@', ':']) {
            return Err(HostError::Scheme);
        }
        let host = host.to_ascii_lowercase();
        if !host.split('.').all(is_label) {
            return Err(HostError::Form);
        }
        Ok(Place::Named(host))
    }

    /// Scheme and host, without a slash at the end. It is what [`DeskHost::live_agent`] takes back.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.to_string()
    }

    /// Whether this is one of the hosts that serve Live Agent's scripts beside its API: `c.` instead of `d.`.
    pub(super) fn serves_scripts(&self) -> bool {
        matches!(&self.0, Place::Named(host) if host.starts_with("c."))
    }
}

impl fmt::Display for DeskHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Place::Named(host) => write!(f, "https://{host}"),
            Place::Loopback(port) => write!(f, "{LOOPBACK}{port}"),
        }
    }
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use Environment::{Development, Production};

    fn base(text: &str, environment: Environment) -> Result<String, HostError> {
        DeskHost::live_agent(text, environment).map(|it| it.base_url())
    }

    #[test]
    fn whatever_is_pasted_is_reduced_to_the_host() {
        let expected = Ok("https://d.la1-c2-frf.salesforceliveagent.com".to_owned());
        for text in [
            "d.la1-c2-frf.salesforceliveagent.com",
            " https://d.la1-c2-frf.salesforceliveagent.com/chat/rest/ ",
            "HTTPS://D.LA1-C2-FRF.SalesforceLiveAgent.com",
            "d.la1-c2-frf.salesforceliveagent.com/chat",
            "https://d.la1-c2-frf.salesforceliveagent.com:443/chat/rest/System/SessionId?x#y",
        ] {
            assert_eq!(base(text, Production), expected, "{text}");
        }
        assert_eq!(
            base("https://acme--uat.sandbox.my.salesforce-scrt.com/chat/rest/", Production),
            Ok("https://acme--uat.sandbox.my.salesforce-scrt.com".to_owned())
        );
    }

    #[test]
    fn nothing_else_is_called() {
        for text in [
            "example.com",
            "salesforceliveagent.com",
            "my.salesforce-scrt.com",
            "evilsalesforceliveagent.com",
            "d.salesforceliveagent.com.evil.example",
            "evil.example/d.salesforceliveagent.com",
            "https://evil.example#.salesforceliveagent.com",
            "https://evil.example?.salesforceliveagent.com",
            "acme.my.salesforce.com",
            "10.0.0.1",
        ] {
            assert_eq!(base(text, Development), Err(HostError::NotAllowed), "{text}");
        }
        for text in [
            "http://d.la1.salesforceliveagent.com",
            "ftp://d.la1.salesforceliveagent.com",
            "d.la1.salesforceliveagent.com:8443",
            "https://evil.example@d.la1.salesforceliveagent.com",
            "https://d.la1.salesforceliveagent.com@evil.example",
            "http://localhost:8000",
            "https://[::1]/",
        ] {
            assert_eq!(base(text, Development), Err(HostError::Scheme), "{text}");
        }
        for text in [
            "",
            "localhost",
            "d..salesforceliveagent.com",
            ".salesforceliveagent.com",
            "d.la1.salesforceliveagent.com.",
            "evil.example\\.salesforceliveagent.com",
            "d la1.salesforceliveagent.com",
            "d\n.salesforceliveagent.com",
            "evil.example%2f.salesforceliveagent.com",
            "d\u{ff0e}la1.salesforceliveagent.com",
            &format!("{}salesforceliveagent.com", "a.".repeat(200)),
        ] {
            assert_eq!(base(text, Development), Err(HostError::Form), "{text}");
        }
    }

    #[test]
    fn kustomers_hosts_are_four_and_no_more() {
        let base = |text: &str| DeskHost::kustomer(text, Production).map(|it| it.base_url());
        for (text, host) in [
            ("acme", "acme.api.kustomerapp.com"),
            ("ACME ", "acme.api.kustomerapp.com"),
            ("acme.api.kustomerapp.com", "acme.api.kustomerapp.com"),
            ("https://acme.api.kustomerapp.com/v1/", "acme.api.kustomerapp.com"),
            ("api.kustomerapp.com", "api.kustomerapp.com"),
            ("https://api.prod2.kustomerapp.com", "api.prod2.kustomerapp.com"),
            ("api.prod4.kustomerapp.com", "api.prod4.kustomerapp.com"),
        ] {
            assert_eq!(base(text), Ok(format!("https://{host}")), "{text}");
        }
        for text in [
            "acme.kustomerapp.com",
            "kustomerapp.com",
            "api.prod3.kustomerapp.com",
            "evil.acme.api.kustomerapp.com",
            "acme.api.kustomerapp.com.evil.example",
            "evilapi.kustomerapp.com",
            "d.la1-c2-frf.salesforceliveagent.com",
        ] {
            assert_eq!(base(text), Err(HostError::NotKustomer), "{text}");
        }
        assert_eq!(base(""), Err(HostError::Form));
        assert_eq!(base("a b"), Err(HostError::Form));
        assert_eq!(base("http://acme.api.kustomerapp.com"), Err(HostError::Scheme));
        assert_eq!(base("http://127.0.0.1:80"), Err(HostError::Loopback));
        let local = DeskHost::kustomer("http://127.0.0.1:8790", Development);
        assert_eq!(local.map(|it| it.base_url()), Ok("http://127.0.0.1:8790".to_owned()));
    }

    #[test]
    fn a_simulator_is_called_in_development_only() {
        let text = "http://127.0.0.1:8790/chat/rest";
        assert_eq!(base(text, Development), Ok("http://127.0.0.1:8790".to_owned()));
        assert_eq!(base(text, Production), Err(HostError::Loopback));
        for text in [
            "http://127.0.0.1:",
            "http://127.0.0.1:0",
            "http://127.0.0.1:+80",
            "http://127.0.0.1:65536",
            "http://127.0.0.1:80@evil.example",
            "http://127.0.0.1:80?x",
        ] {
            assert_eq!(base(text, Development), Err(HostError::Form), "{text}");
        }
        assert_eq!(base("http://127.0.0.1", Development), Err(HostError::Scheme));
    }

    #[test]
    fn a_parsed_host_parses_again() {
        for text in ["d.la1.salesforceliveagent.com", "http://127.0.0.1:8790"] {
            let host = DeskHost::live_agent(text, Development).unwrap();
            assert_eq!(DeskHost::live_agent(&host.base_url(), Development), Ok(host));
        }
    }
}
