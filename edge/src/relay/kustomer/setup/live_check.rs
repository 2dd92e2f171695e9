//! Whether an account's key works: is it good, is it of this region and organisation, what can it read.
//!
//! Only reads are asked, so a role that only writes shows at the first 403 and is named then.

use parlor_shared::Timestamp;

use super::{Named, Reach, Wanted, hook::Hook, shown};
use crate::relay::{
    Finding, Mark,
    call::{Failure, Method, Outcome, Rank, Request},
    kustomer::{
        answers::{self, Verdict},
        role::Role,
        wire::{self, Resource},
    },
};

/// Asks, one call after the other.
#[derive(Debug)]
pub struct LiveCheck {
    reach: Reach,
    named: Named,
    hook: Option<Wanted>,
    step: Step,
    /// What can be read, for one sentence.
    readable: Vec<&'static str>,
    hooks: Vec<Hook>,
    findings: Vec<Finding>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Step {
    Token,
    Organization,
    Customers,
    Conversations,
    Messages,
    Users,
    Teams,
    Queues,
    Webhooks(u32),
    Done,
}

impl LiveCheck {
    /// Of an account; with what a flow names there, and its webhook, where one is checked with it.
    #[must_use]
    pub fn new(reach: Reach, named: Named, hook: Option<Wanted>) -> Self {
        let (readable, hooks, findings) = (Vec::new(), Vec::new(), Vec::new());
        Self { reach, named, hook, step: Step::Token, readable, hooks, findings }
    }

    /// What to ask next; none when all is known.
    #[must_use]
    pub fn ask(&self) -> Option<Request> {
        let (label, path) = match self.step {
            Step::Token => ("check key", "/v1/auth/tokens/current".to_owned()),
            Step::Organization => ("check organization", "/v1/orgs/current".to_owned()),
            // Nobody has these ids: whether one may look is all that is asked.
            Step::Customers => ("check customers", format!("/v1/customers/externalId={NOBODY}")),
            Step::Conversations => {
                ("check conversations", format!("/v1/conversations/externalId={NOBODY}"))
            }
            Step::Messages => ("check messages", format!("/v1/messages/externalid={NOBODY}")),
            Step::Users => ("check users", "/v1/users/current".to_owned()),
            Step::Teams => ("check teams", "/v1/teams?pageSize=100".to_owned()),
            Step::Queues => ("check queues", "/v1/routing/queues?pageSize=100".to_owned()),
            Step::Webhooks(page) => {
                ("check webhooks", format!("/v1/outbound-webhooks?page={page}&pageSize=100"))
            }
            Step::Done => return None,
        };
        Some(self.reach.at().request(label, Method::Get, &path, None, Rank::Read))
    }

    /// Takes the answer.
    pub fn answer(&mut self, now: Timestamp, outcome: Outcome) {
        let region = match &outcome {
            Outcome::Answer { body, .. } => answers::words(body),
            Outcome::Failed(_) => None,
        };
        let reachable = match &outcome {
            Outcome::Failed(failure) => Some(*failure),
            Outcome::Answer { .. } => None,
        };
        match (self.step, answers::verdict(outcome, self.role())) {
            (_, Verdict::Region(_)) => {
                let words = shown(region.as_deref().unwrap_or_default());
                self.stop(format!(
                    "The key is of another region: \"{words}\". Write that region's host into api_host, or the \
                     organization's own, ORGANIZATION.api.kustomerapp.com."
                ));
            }
            (_, Verdict::Held(until)) => {
                let seconds = until.since(now).as_secs() + 1;
                self.stop(format!(
                    "The organization's limit is used up. Ask again in {seconds} s."
                ));
            }
            (_, Verdict::Key(_)) if reachable == Some(Failure::NoCredentials) => self.stop(
                "The account's key cannot be opened: SEAL_SECRET is not set or is another than it was sealed under. \
                 Write the key in plain once more."
                    .to_owned(),
            ),
            (_, Verdict::Key(trouble)) if trouble.role.is_none() => {
                let host = self.reach.host();
                self.stop(format!(
                    "{host} refuses the key (401): it is wrong, was deleted, or has expired. Make a new one in \
                     Kustomer, Settings, Security, API Keys."
                ));
            }
            (Step::Token, Verdict::Key(_)) => {
                let host = self.reach.host();
                self.stop(format!(
                    "{host} refuses the key whatever its roles (403). If it was restricted to addresses (CIDR), make \
                     one that is not: an edge has none of its own."
                ));
            }
            (_, Verdict::Unsure(trouble)) => {
                let told = self.unreachable(reachable, trouble.status);
                self.stop(told);
            }
            (Step::Token, Verdict::Done(body)) if wire::json("check key", &body).is_ok() => {
                self.add(Mark::Good, format!("{} takes the key.", self.reach.host()));
                self.next();
            }
            (Step::Token, _) => {
                let host = self.reach.host();
                self.stop(format!(
                    "{host} does not answer as Kustomer's API does. Compare api_host with the address at which one \
                     signs in: ORGANIZATION.kustomerapp.com has the API at ORGANIZATION.api.kustomerapp.com."
                ));
            }
            (Step::Organization, Verdict::Done(body)) => {
                self.organization(&body);
                self.next();
            }
            (Step::Organization, _) => {
                let told = "Whose key it is cannot be read; events of other organizations are then told by what the \
                            first answers say.";
                self.add(Mark::Doubt, told.to_owned());
                self.next();
            }
            (_, Verdict::Key(_)) => {
                self.lacks();
                self.next();
            }
            (Step::Webhooks(page), Verdict::Done(body)) => self.webhooks(page, &body),
            (step, verdict) => {
                if let Verdict::Done(body) = verdict {
                    self.look_for_names(step, &body);
                }
                self.readable.extend(readable(step));
                self.next();
            }
        }
    }

    /// What was found.
    #[must_use]
    pub fn findings(self) -> Vec<Finding> {
        self.findings
    }

    const fn role(&self) -> Role {
        match self.step {
            Step::Token | Step::Organization | Step::Customers | Step::Done => Role::Customer,
            Step::Conversations => Role::Conversation,
            Step::Messages => Role::Message,
            Step::Users | Step::Teams => Role::User,
            Step::Queues => Role::Routing,
            Step::Webhooks(_) => Role::WebhookRead,
        }
    }

    fn next(&mut self) {
        self.step = match self.step {
            Step::Token => Step::Organization,
            Step::Organization => Step::Customers,
            Step::Customers => Step::Conversations,
            Step::Conversations => Step::Messages,
            Step::Messages => Step::Users,
            Step::Users if self.named.team.is_some() => Step::Teams,
            Step::Users | Step::Teams => Step::Queues,
            Step::Queues if self.hook.is_some() => Step::Webhooks(1),
            Step::Queues | Step::Webhooks(_) | Step::Done => Step::Done,
        };
        if matches!(self.step, Step::Webhooks(1) | Step::Done) && !self.readable.is_empty() {
            let what = std::mem::take(&mut self.readable).join(", ");
            let told = format!(
                "The key may read {what}. Whether it may write shows at the first message: a role that is missing \
                 then is named in the edge's log (role_missing)."
            );
            self.add(Mark::Good, told);
        }
    }

    fn stop(&mut self, text: String) {
        self.add(Mark::Bad, text);
        self.step = Step::Done;
    }

    fn add(&mut self, mark: Mark, text: String) {
        self.findings.push(Finding { mark, text });
    }

    fn unreachable(&self, failure: Option<Failure>, status: Option<u16>) -> String {
        let host = self.reach.host();
        match (failure, status) {
            (_, Some(status)) => format!(
                "{host} answered with {status}. That may pass; if it does not, Kustomer's status page may say more."
            ),
            (Some(Failure::Timeout), _) => format!("{host} did not answer in time."),
            _ => format!("{host} cannot be reached. Check api_host for typing errors."),
        }
    }

    fn organization(&mut self, body: &[u8]) {
        let json = wire::json("check organization", body).unwrap_or_default();
        let Ok(organization) = wire::single("check organization", &json) else {
            let told = "What Kustomer says of the organization cannot be read.";
            return self.add(Mark::Doubt, told.to_owned());
        };
        let id = shown(organization.id().unwrap_or_default());
        let name = shown(organization.text("name").unwrap_or_default());
        match &self.reach.organization {
            Some(ours) if *ours != id => {
                let told = format!(
                    "organization_id is {ours}, and the key is of {id} ({name}): every event would be dropped. Mend \
                     one of the two."
                );
                self.add(Mark::Bad, told);
            }
            Some(_) => self.add(Mark::Good, format!("The organization is {name}, {id}.")),
            None => {
                let told = format!(
                    "The organization is {name}. With organization_id {id} in the account, events of others are \
                     dropped at the door."
                );
                self.add(Mark::Good, told);
            }
        }
        let own = self.reach.host().strip_suffix(OWN_HOST);
        if let Some(own) = own.filter(|own| !own.eq_ignore_ascii_case(&name) && !name.is_empty()) {
            let told = format!("api_host is {own}'s, and the key is {name}'s.");
            self.add(Mark::Doubt, told);
        }
    }

    /// The key may not read this.
    fn lacks(&mut self) {
        let role = self.role().name();
        let (mark, what) = match self.step {
            Step::Customers => {
                (Mark::Bad, "a visitor's customer cannot be looked up, and no chat begins")
            }
            Step::Conversations => {
                (Mark::Bad, "a conversation that was perhaps made cannot be looked up")
            }
            Step::Messages => (
                Mark::Bad,
                "what no webhook has brought cannot be read, nor whether a message has arrived",
            ),
            Step::Users => (Mark::Doubt, "agents have no names"),
            Step::Teams => (Mark::Doubt, "whether the flow's team exists cannot be told"),
            Step::Queues => (Mark::Doubt, "whether the flow's queue exists cannot be told"),
            Step::Webhooks(_) => {
                let url = self.hook.as_ref().map(|it| it.url.clone()).unwrap_or_default();
                let told = format!(
                    "The key lacks {role}, which is needed only here: look in Kustomer, Settings, Platform, Outbound \
                     webhooks, whether the one that calls {url} is switched on."
                );
                return self.add(Mark::Doubt, told);
            }
            Step::Token | Step::Organization | Step::Done => return,
        };
        let told = format!(
            "The key lacks {role}: {what}. Roles are fixed when a key is made; make another."
        );
        self.add(mark, told);
    }

    /// Whether what the flow names is there.
    fn look_for_names(&mut self, step: Step, body: &[u8]) {
        let (what, id) = match step {
            Step::Teams => ("team", self.named.team.clone()),
            Step::Queues => ("queue", self.named.queue.clone()),
            _ => return,
        };
        let Some(id) = id else { return };
        let json = wire::json("check names", body).unwrap_or_default();
        let Ok(list) = wire::list("check names", &json) else { return };
        match list.iter().find(|it| it.id() == Some(&id)) {
            Some(found) => {
                let name = shown(found.text("displayName").or(found.text("name")).unwrap_or(&id));
                self.add(Mark::Good, format!("The flow's {what} is {name}."));
            }
            None if wire::has_next(&json) => {}
            None => {
                let told = format!("There is no {what} {id}, which the flow names.");
                self.add(Mark::Bad, told);
            }
        }
    }

    fn webhooks(&mut self, page: u32, body: &[u8]) {
        let Some(wanted) = &self.hook else { return self.next() };
        let json = wire::json("check webhooks", body).unwrap_or_default();
        let list: Vec<Resource<'_>> = wire::list("check webhooks", &json).unwrap_or_default();
        self.hooks.extend(list.iter().filter_map(|it| Hook::calling(&wanted.url, *it)));
        if wire::has_next(&json) && page < MAX_PAGES {
            self.step = Step::Webhooks(page + 1);
            return;
        }
        let url = &wanted.url;
        let (mark, told) = match self.hooks.as_slice() {
            [] => (
                Mark::Bad,
                format!(
                    "No webhook calls {url}: no answer of an agent's comes back. Make it in Kustomer, or have it \
                     made: POST /v1/admin/routing-flows/ID/webhook."
                ),
            ),
            [hook] if hook.is_off() => (
                Mark::Bad,
                format!(
                    "The webhook that calls {url} is switched off: no answer of an agent's comes back. Switch it on \
                     in Kustomer, Settings, Platform, Outbound webhooks."
                ),
            ),
            [hook] if !hook.missing().is_empty() => {
                (Mark::Bad, format!("The webhook does not bring {}.", hook.missing().join(", ")))
            }
            [hook] if !hook.is_known_to(wanted) => (
                Mark::Bad,
                "The webhook's secret is another than the flow's: every delivery is refused."
                    .to_owned(),
            ),
            [hook] if !hook.adds(wanted) => (
                Mark::Bad,
                "The webhook does not add the flow's webhook_header: every delivery is refused."
                    .to_owned(),
            ),
            [_] => (Mark::Good, format!("A webhook calls {url} and is switched on.")),
            hooks => (
                Mark::Bad,
                format!(
                    "{} webhooks call {url}: only one has the flow's secret, and Kustomer switches the others off \
                     with a complaint. Remove them.",
                    hooks.len()
                ),
            ),
        };
        self.add(mark, told);
        self.next();
    }
}

const fn readable(step: Step) -> Option<&'static str> {
    match step {
        Step::Customers => Some("customers"),
        Step::Conversations => Some("conversations"),
        Step::Messages => Some("messages"),
        Step::Users => Some("users"),
        Step::Queues => Some("queues"),
        Step::Token | Step::Organization | Step::Teams | Step::Webhooks(_) | Step::Done => None,
    }
}

/// An external id that nothing has.
const NOBODY: &str = "parlor%3Alive-check";

/// How an organisation's own host ends.
const OWN_HOST: &str = ".api.kustomerapp.com";

/// Pages of webhooks: an organisation has at most five.
pub(super) const MAX_PAGES: u32 = 5;

#[cfg(test)]
mod tests;
