//! Who answers a visitor: rules, hours, availability, and what happens when nobody is there.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    flow::{Flow, WhenNobody},
    hub::{Hub, Rule, When},
    id::{DocumentId, FlowId},
    stored::LookupError,
};

/// Most flows that are asked one after the other because nobody was there.
///
/// Each may cost a question to a desk, and a visitor waits meanwhile.
const MAX_NEXT: usize = 8;

/// What is known of a visitor when a flow is chosen.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Facts {
    /// As in `navigator.language`.
    pub language: Option<String>,
    /// Address of the page on which the visitor is.
    pub page: Option<String>,
    /// What the site said about the visitor.
    pub attributes: BTreeMap<String, String>,
    /// [`Hub::is_open`]. Not known counts as open.
    pub open: Option<bool>,
    /// Whether somebody is there, for the flows whose desk was asked. Not known counts as available: the
    /// desk itself will say, and a visitor turned away by mistake is worse.
    pub available: BTreeMap<FlowId, bool>,
}

/// The flows of one hub, as far as they were read.
#[derive(Clone, Debug, Default)]
pub struct Flows(BTreeMap<FlowId, Result<Flow, LookupError>>);

/// Who answers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Choice {
    /// The flow that answers, or whose word it is that nobody does.
    pub flow: Flow,
    /// What led to the first flow that was asked.
    pub reason: Reason,
    /// Flows that were asked before `flow`, in order, because nobody was there.
    pub passed: Vec<FlowId>,
    /// What to do instead of opening a chat; None: open it.
    pub nobody: Option<Nobody>,
}

/// What led to a flow.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reason {
    /// The rule of this index was the first to match.
    Rule(usize),
    /// No rule matched.
    Default,
}

/// What a visitor is offered when nobody is there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Nobody {
    /// To leave a message.
    LeaveMessage,
    /// To read this.
    Closed {
        /// The admin's text.
        text: String,
    },
}

/// Why no flow can be chosen. All are an admin's to mend; the visitor is told that the chat cannot start.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ChoiceError {
    /// The flow's document is missing or of no use.
    #[error("flow {flow}, named by {named_by}, cannot be used")]
    Lookup {
        /// Which.
        flow: FlowId,
        /// Key of the document that names it.
        named_by: String,
        /// Why.
        source: LookupError,
    },
    /// The caller chose before it had read the flow: see [`Flows::wanted`].
    #[error("flow {flow} was not read")]
    NotRead {
        /// Which.
        flow: FlowId,
    },
    /// The flow belongs to another hub, and its limits with it.
    #[error("flow {flow} belongs to another hub")]
    OtherHub {
        /// Which.
        flow: FlowId,
    },
    /// Nobody is there, and the flows name one another in a circle.
    #[error("nobody is there, and the next flow {flow} was asked already")]
    Circle {
        /// The flow that came up again.
        flow: FlowId,
    },
    /// Nobody is there in more flows than are asked.
    #[error("nobody is there in {MAX_NEXT} flows one after the other, up to {flow}")]
    TooMany {
        /// The last that was asked.
        flow: FlowId,
    },
}

impl Flows {
    /// The flows of `hub` that may yet be asked and were not read. Empty when [`choose`] can be called.
    ///
    /// Read them, put each, and ask again: a flow that was read may name another.
    #[must_use]
    pub fn wanted(&self, hub: &Hub) -> Vec<FlowId> {
        let mut wanted = BTreeSet::new();
        let named = hub.rules.iter().map(|it| &it.flow);
        for first in named.chain([&hub.default_flow]) {
            let mut id = first;
            for _ in 0..MAX_NEXT {
                match self.0.get(id) {
                    None => {
                        wanted.insert(id.clone());
                        break;
                    }
                    Some(Ok(Flow { when_nobody: WhenNobody::NextFlow(next), .. })) => id = next,
                    Some(_) => break,
                }
            }
        }
        wanted.into_iter().collect()
    }

    /// Keeps what was found under a flow's key.
    pub fn put(&mut self, id: FlowId, found: Result<Flow, LookupError>) {
        self.0.insert(id, found);
    }

    /// A flow that was found and is of use.
    #[must_use]
    pub fn get(&self, id: &FlowId) -> Option<&Flow> {
        self.0.get(id)?.as_ref().ok()
    }

    /// Whether a flow is not known because the store did not answer.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        self.0.values().any(|it| matches!(it, Err(LookupError::Unreachable { .. })))
    }

    /// The flows that were found and are of use.
    pub fn iter(&self) -> impl Iterator<Item = &Flow> {
        self.0.values().flatten()
    }
}

/// Chooses who answers.
///
/// Rules are tried in order and the first match decides, else the hub's default flow. Where nobody is there
/// for a flow (its desk said so, or the hub is closed and no rule that asks for hours led here), the flow's
/// `when_nobody` is done. A next flow is asked for its desk only: that it is asked while the hub is closed is
/// what it was named for.
///
/// # Errors
/// [`ChoiceError`]. A flow that cannot be used is one only if it comes up.
pub fn choose(hub: &Hub, flows: &Flows, facts: &Facts) -> Result<Choice, ChoiceError> {
    let matched = hub.rules.iter().enumerate().find(|(_, rule)| matches(rule, facts));
    let (reason, mut id, asked_hours) = match matched {
        Some((at, Rule { when, flow })) => (Reason::Rule(at), flow, when.open.is_some()),
        None => (Reason::Default, &hub.default_flow, false),
    };
    let mut named_by = hub.id.key();
    let mut closed = facts.open == Some(false) && !asked_hours;
    let mut passed: Vec<FlowId> = Vec::new();
    loop {
        let flow = usable(hub, flows, id, named_by)?;
        let nobody = match &flow.when_nobody {
            _ if !closed && is_available(&flow.id, facts) => None,
            WhenNobody::LeaveMessage => Some(Nobody::LeaveMessage),
            WhenNobody::Closed(text) => Some(Nobody::Closed { text: text.clone() }),
            WhenNobody::NextFlow(next) => {
                passed.push(id.clone());
                if passed.contains(next) {
                    return Err(ChoiceError::Circle { flow: next.clone() });
                }
                if passed.len() == MAX_NEXT {
                    return Err(ChoiceError::TooMany { flow: id.clone() });
                }
                named_by = id.key();
                closed = false;
                id = next;
                continue;
            }
        };
        return Ok(Choice { flow: flow.clone(), reason, passed, nobody });
    }
}

/// The flow whose desk is to be asked next whether somebody is there, before [`choose`] can say what is best.
///
/// Ask, put the answer into [`Facts::available`] (true where there is none) and ask again; `None` when there is nothing
/// left to ask. Only flows that come up are asked: a question costs the visitor time.
#[must_use]
pub fn question(hub: &Hub, flows: &Flows, facts: &Facts) -> Option<FlowId> {
    let unasked = |id: &FlowId| !facts.available.contains_key(id) && flows.get(id).is_some();
    for rule in &hub.rules {
        // The rule's other conditions, with the one in question left open.
        let When { attribute, language, page, open, .. } = rule.when.clone();
        let bare = Rule {
            when: When { attribute, language, page, open, available: None },
            flow: rule.flow.clone(),
        };
        if rule.when.available.is_some() && unasked(&rule.flow) && matches(&bare, facts) {
            return Some(rule.flow.clone());
        }
        if matches(rule, facts) {
            break;
        }
    }
    let choice = choose(hub, flows, facts).ok()?;
    (choice.nobody.is_none() && unasked(&choice.flow.id)).then_some(choice.flow.id)
}

fn usable<'a>(
    hub: &Hub,
    flows: &'a Flows,
    id: &FlowId,
    named_by: String,
) -> Result<&'a Flow, ChoiceError> {
    match flows.0.get(id) {
        Some(Ok(flow)) if flow.hub == hub.id => Ok(flow),
        Some(Ok(_)) => Err(ChoiceError::OtherHub { flow: id.clone() }),
        Some(Err(source)) => {
            Err(ChoiceError::Lookup { flow: id.clone(), named_by, source: source.clone() })
        }
        None => Err(ChoiceError::NotRead { flow: id.clone() }),
    }
}

fn matches(rule: &Rule, facts: &Facts) -> bool {
    let When { attribute, language, page, open, available } = &rule.when;
    let attribute_holds =
        attribute.as_ref().is_none_or(|it| facts.attributes.get(&it.key) == Some(&it.equals));
    let language_holds = language.is_empty()
        || facts
            .language
            .as_ref()
            .is_some_and(|spoken| language.iter().any(|range| speaks(spoken, range)));
    let page_holds =
        page.as_ref().is_none_or(|it| facts.page.as_ref().is_some_and(|page| it.matches(page)));
    let open_holds = open.is_none_or(|it| it == facts.open.unwrap_or(true));
    let available_holds = available.is_none_or(|it| it == is_available(&rule.flow, facts));
    attribute_holds && language_holds && page_holds && open_holds && available_holds
}

fn is_available(flow: &FlowId, facts: &Facts) -> bool {
    facts.available.get(flow).copied().unwrap_or(true)
}

/// Basic filtering of RFC 4647, section 3.3.1: the range, or the range and further subtags.
fn speaks(spoken: &str, range: &str) -> bool {
    match spoken.split_at_checked(range.len()) {
        Some((start, rest)) => {
            start.eq_ignore_ascii_case(range) && (rest.is_empty() || rest.starts_with('-'))
        }
        None => false,
    }
}

impl ChoiceError {
    /// Stable name, without values.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Lookup { source, .. } => source.code(),
            Self::NotRead { .. } => "flow_not_read",
            Self::OtherHub { .. } => "flow_of_other_hub",
            Self::Circle { .. } => "flow_circle",
            Self::TooMany { .. } => "flow_chain_too_long",
        }
    }

    /// What to do about it.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Lookup { source, .. } => source.remedy(),
            Self::NotRead { .. } => "read every flow that `Flows::wanted` names before choosing",
            Self::OtherHub { .. } => "name a flow of the same hub, or move the flow to this hub",
            Self::Circle { .. } => "let the last flow of the chain leave a message or tell a text",
            Self::TooMany { .. } => "shorten the chain of next flows",
        }
    }
}
