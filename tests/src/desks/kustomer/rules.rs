//! The desk's rules by name, so that each can be switched off in turn and something must notice.
//!
//! A rule that no test misses is a rule that nobody has shown to be kept: `tests/tests/kustomer_desk/mutation.rs` walks
//! [`Rule::ALL`]. The switch is one word per thread that [`without`] sets while it runs; neither the control interface
//! nor any command knows it. Each rule names its section of the reference.

use crate::desks::rules::rules;

rules! {
    // Who may do what.
    /// A request without a known bearer token is 401. Sections 1.1 and 1.3.
    Bearer,
    /// An expired key is 401. Section 1.2.
    Expiry,
    /// A key without any of the listed roles is 403. Section 1.3.
    Roles,
    /// A key works in its own region only. Section 1.1.
    Region,
    /// Only org.admin sets createdAt and createdBy of a message. Section 1.3.
    AdminFields,

    // Limits.
    /// The organisation's requests are counted. Section 9.
    OrgLimit,
    /// Searches are counted apart. Section 9.
    SearchLimit,
    /// Messages for one customer are counted. Section 9.
    MessageLimit,
    /// Conversations of one customer are counted. Section 9.
    ConversationLimit,
    /// What is imported is not counted for its customer. Section 9.
    ImportsUncounted,
    /// Answers tell limit and remainder. Section 9.
    LimitHeaders,
    /// The reset is told only once the limit is exceeded. Section 9.
    ResetWhenExceeded,

    // Bodies.
    /// A field that no list has is 400. Section 12.5.
    UnknownFields,
    /// A value of the wrong form, or none of its enum, is 400. Sections 10.2 and 12.5.
    Forms,
    /// A custom name that is not defined is 400. Section 2.
    CustomKeys,
    /// channel and app are required of a message. Section 5.2.
    Required,
    /// direction is required on `POST /v1/messages`. Section 5.2.
    DirectionRequired,

    // What is kept.
    /// A second record of the same external id is refused. Sections 3.3 and 5.4, in the way that a knob says.
    Duplicates,
    /// What a key writes is written by its machine user. Section 1.2.
    MachineUser,
    /// `rev` rises with each write. Section 4.4.
    Rev,
    /// `updatedAt` and `modifiedAt` move with each write. Section 12.3.
    Modified,
    /// A PATCH leaves alone what it does not name. Section 2.
    Merge,
    /// An empty name shows another identity value. Section 3.2.
    DisplayName,
    /// A conversation's channels are those of its messages. Section 4.2.
    Channels,
    /// Messages are counted by their way. Section 4.4.
    Counters,
    /// A customer's message opens what was done or snoozed. Section 4.5.
    Reopens,
    /// A snooze elapses. Section 4.5.
    SnoozeElapses,
    /// A message to a customer that names no conversation opens one. Section 5.1.
    MessageOpens,
    /// A message has the customer of its conversation. Section 5.1.
    CustomerOfConversation,
    /// Lists are paged. Section 2.
    Pages,
    /// There is one open work item per conversation. Section 4.6.
    OneWorkItem,
    /// Redacting takes the text. Section 5.1.
    Redaction,

    // Files.
    /// The upload bears every field that was handed out. Section 7.4.
    UploadFields,
    /// The file is the last field. Section 7.4.
    FileLast,
    /// The upload bears no Authorization. Section 7.4.
    UploadWithoutKey,
    /// An external address is https and has no credentials. Section 7.4.
    ExternalUrl,

    // Webhooks.
    /// A webhook's address is https, or on this machine. Section 8.1.
    HookAddress,
    /// There are at most five. Section 8.1.
    HookCount,
    /// Only names of the catalogue can be subscribed. Section 8.2.
    HookEvents,
    /// A webhook gets the events that it names. Section 8.2.
    Subscription,
    /// Deliveries are signed: lower-case hexadecimal HMAC-SHA256 of the raw body. Section 8.4.
    Signature,
    /// The event's name stands in a header. Section 8.3.
    EventHeader,
    /// Anything but 2xx is a failure. Section 8.8.
    OnlyTwoHundred,
    /// A failed delivery is tried again after 1, 1, 2, 5, 10, 15, 30 minutes. Section 8.8.
    Retries,
    /// An answer that takes too long is a failure. Section 8.8.
    Patience,
    /// After the last failure the webhook is off. Section 8.8.
    SwitchOff,
    /// A webhook that is off gets nothing. Section 8.8.
    OffIsSilent,
    /// The event id is the same across retries. Section 8.5, inferred.
    SameEventId,
    /// Each message changes its conversation, and that is an event. Section 8.7.
    MessageChangesConversation,
    /// Update events tell what changed. Section 8.5.
    Changes,
    /// Notes raise no message event. Section 7.3.
    NotesAreSilent,

    // Native chat.
    /// A session is a conversation of the same id. Section 6.
    SessionIsConversation,
    /// A customer without trackingId goes on under the latest. Section 6.
    LatestTracking,
    /// A list of sessions names somebody. Section 6.
    SessionsOfSomebody,
    /// A handoff has 2 to 100 messages of both ways. Section 6.
    HandoffBothWays,
}
