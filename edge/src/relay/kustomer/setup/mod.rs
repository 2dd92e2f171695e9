//! What an admin does before the first visitor comes: [`LiveCheck`] asks what an account's key can read, and
//! [`Registering`] has Kustomer call our webhook.
//!
//! Both are stepped like everything else: a request out, its outcome in, until there is none any more. Neither holds
//! the account's key, neither writes anything but the webhook, and neither decides for the admin: they say what is so.

mod hook;
mod live_check;
mod registering;

pub use live_check::LiveCheck;
pub use registering::{Done, RegisterError, Registered, Registering};

use parlor_shared::Redacted;

use super::requests::At;

/// How an organisation is reached, and with whose key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Reach {
    /// Id of the account document.
    pub account: String,
    /// Name of the rate limit.
    pub bucket: String,
    /// `https://host`, without a slash at the end.
    pub base_url: String,
    /// The organisation's id, where the account says it.
    pub organization: Option<String>,
}

/// A webhook as it should be.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Our address.
    pub url: String,
    /// What signs it, as far as the flow knows: the current secret first.
    pub secrets: Vec<Redacted<String>>,
    /// A header that Kustomer should add to each delivery: name and value.
    pub header: Option<(String, Redacted<String>)>,
}

/// What a flow names at Kustomer.
#[derive(Clone, Debug, Default)]
pub struct Named {
    /// Id of the team that new conversations are assigned to.
    pub team: Option<String>,
    /// Id of the queue that new conversations are put in.
    pub queue: Option<String>,
}

impl Reach {
    const fn at(&self) -> At<'_> {
        At {
            account: self.account.as_str(),
            bucket: self.bucket.as_str(),
            base_url: self.base_url.as_str(),
        }
    }

    fn host(&self) -> &str {
        self.base_url.split_once("://").map_or(self.base_url.as_str(), |(_, host)| host)
    }
}

/// Words of the desk's, cut to what can be shown.
fn shown(text: &str) -> String {
    text.chars().filter(|it| it.is_ascii_graphic() || *it == ' ').take(200).collect()
}
