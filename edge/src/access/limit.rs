//! Under which name a visitor's requests are counted.

use std::net::IpAddr;

use parlor_shared::id::ResourceId;

/// The name for a request from `address` about `resource`. All of an IPv6 network of 64 bits are one: whoever has one
/// address of it has them all. What is no address counts as one and the same.
#[must_use]
pub fn limit_key(resource: &ResourceId, address: &str) -> String {
    let network = match address.parse() {
        Ok(IpAddr::V4(address)) => address.to_string(),
        Ok(IpAddr::V6(address)) => match address.to_ipv4_mapped() {
            Some(address) => address.to_string(),
            None => {
                let [a, b, c, d, ..] = address.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}")
            }
        },
        Err(_) => "unknown".to_owned(),
    };
    format!("{} {network}", resource.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_one_and_resources_are_apart() {
        let one = ResourceId::parse("a0e9c1de-0000-4000-8000-000000000001").unwrap();
        let other = ResourceId::parse("a0e9c1de-0000-4000-8000-000000000002").unwrap();
        let key = |address| limit_key(&one, address);
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
        assert_eq!(key("192.0.2.1"), key("::ffff:192.0.2.1"));
        assert_eq!(key(""), key("somebody"));
        assert_ne!(key("192.0.2.1"), limit_key(&other, "192.0.2.1"));
    }
}
