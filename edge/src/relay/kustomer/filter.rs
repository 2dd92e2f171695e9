//! What passes the door: a signed event becomes a [`Push`], or a reason why nobody wants it. All of those are answered
//! 200: another status would have Kustomer send it again, and at last switch the webhook off.

use std::time::Duration;

use parlor_shared::{Timestamp, id::ConversationId};
use serde_json::Value;

use super::{
    CONVERSATION_PREFIX, date,
    snapshot::{Happened, Push},
    wire::{NotSaid, Resource, is_id},
};

/// Why a signed event is of no use.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Dropped {
    /// Not JSON, or without what every event has.
    Malformed,
    /// An event of another name.
    OtherName,
    /// Of another organisation.
    OtherOrganization,
    /// Older than any delivery of it can be.
    Stale,
    /// The customer's own message, or nobody's.
    Inbound,
    /// What we wrote ourselves.
    Ours,
    /// By another way than chat.
    OtherChannel,
    /// Withdrawn before it came.
    Redacted,
    /// The desk could not send it: an admin should know.
    Failed,
    /// Neither text nor file.
    Empty,
    /// A change that shows nobody anything, such as a counter.
    Unremarkable,
    /// A conversation that is not one of ours.
    OtherConversation,
}

impl Dropped {
    /// Stable name.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "webhook_malformed",
            Self::OtherName => "webhook_other_event",
            Self::OtherOrganization => "webhook_of_other_organization",
            Self::Stale => "webhook_stale",
            Self::Inbound => "webhook_inbound",
            Self::Ours => "webhook_echo",
            Self::OtherChannel => "webhook_other_channel",
            Self::Redacted => "webhook_redacted",
            Self::Failed => "desk_message_failed",
            Self::Empty => "webhook_empty",
            Self::Unremarkable => "webhook_unremarkable",
            Self::OtherConversation => "webhook_of_other_conversation",
        }
    }

    /// Whether it is worth a line: most events are about nothing of ours, and an organisation has many.
    #[must_use]
    pub const fn is_remarkable(self) -> bool {
        matches!(self, Self::Malformed | Self::OtherOrganization | Self::Stale | Self::Failed)
    }
}

/// Reads a signed event. `organization` is the account's, where it is known.
///
/// # Errors
/// Why it is of no use.
pub fn read(
    now: Timestamp,
    resource: &str,
    organization: Option<&str>,
    body: &[u8],
) -> Result<Push, Dropped> {
    let event: Value = serde_json::from_slice(body).map_err(|_| Dropped::Malformed)?;
    let text = |name| event.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let name = text("name").ok_or(Dropped::Malformed)?;
    let data = Resource::of_event(&event).ok_or(Dropped::Malformed)?;
    let id = data.id().ok_or(Dropped::Malformed)?;
    if let (Some(ours), Some(theirs)) = (organization, text("org"))
        && ours != theirs
    {
        return Err(Dropped::OtherOrganization);
    }
    let told_at = text("createdAt").and_then(date::read);
    if told_at.is_some_and(|at| now.since(at) > MAX_AGE) {
        return Err(Dropped::Stale);
    }
    let (conversation, at, what) = match name {
        "kustomer.message.create" => {
            let conversation = of_conversation(data)?;
            if data.is_ours(None) {
                return Err(Dropped::Ours);
            }
            let said = data.said().map_err(|why| match why {
                NotSaid::Inbound => Dropped::Inbound,
                NotSaid::Redacted => Dropped::Redacted,
                NotSaid::Failed => Dropped::Failed,
                NotSaid::Empty => Dropped::Empty,
            })?;
            if data.text("channel").is_some_and(|channel| channel != "chat") {
                return Err(Dropped::OtherChannel);
            }
            let at = data.date("createdAt").or_else(|| data.date("sentAt"));
            (conversation, at, Happened::Said(said))
        }
        "kustomer.message.update" => {
            let conversation = of_conversation(data)?;
            if !data.flag("redacted") {
                return Err(Dropped::Unremarkable);
            }
            (conversation, None, Happened::Redacted { id: id.to_owned() })
        }
        "kustomer.conversation.update" => {
            if !shows_something(&event) {
                return Err(Dropped::Unremarkable);
            }
            (id, data.date("updatedAt"), Happened::Standing(data.standing()))
        }
        _ => return Err(Dropped::OtherName),
    };
    let ours = match (&what, data.text("externalId")) {
        (Happened::Standing(_), Some(external)) => {
            let ours = external.strip_prefix(CONVERSATION_PREFIX).unwrap_or_default();
            let (ours, turn) = ours.split_once('.').unwrap_or((ours, "0"));
            let ours = ConversationId::parse(ours).map_err(|_| Dropped::OtherConversation)?;
            let turn: u32 = turn.parse().map_err(|_| Dropped::OtherConversation)?;
            Some((String::from(ours), turn))
        }
        _ => None,
    };
    let (ours, turn) = ours.map_or((None, 0), |(ours, turn)| (Some(ours), turn));
    let rev = data.attribute("rev").and_then(Value::as_u64).unwrap_or_default();
    let key = match text("id").filter(|id| is_id(id)) {
        Some(id) => id.to_owned(),
        None => format!("{name}/{id}/{rev}"),
    };
    Ok(Push {
        resource: resource.to_owned(),
        key,
        at: at.or(told_at).unwrap_or(now),
        organization: text("org").filter(|id| is_id(id)).map(str::to_owned),
        conversation: conversation.to_owned(),
        ours,
        turn,
        what,
    })
}

fn of_conversation<'a>(message: Resource<'a>) -> Result<&'a str, Dropped> {
    message.related("conversation").ok_or(Dropped::Malformed)
}

/// Whether a conversation's change is one that somebody sees. Each message changes counters, so most are not.
fn shows_something(event: &Value) -> bool {
    let Some(changes) = event.get("changes").filter(|it| it.is_object()) else {
        // It does not say what changed: whoever knows what was before compares.
        return true;
    };
    let changed =
        |group: &str, name: &str| changes.get(group).and_then(|it| it.get(name)).is_some();
    ["status", "ended", "assignedUsers", "assignedTeams"].iter().any(|it| changed("attributes", it))
        || changed("relationships", "queue")
}

/// Comfortably above the 64 minutes for which a delivery is repeated.
const MAX_AGE: Duration = Duration::from_secs(24 * 60 * 60);

#[cfg(test)]
mod tests;
