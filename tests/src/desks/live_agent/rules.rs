//! The desk's rules by name, so that each can be switched off in turn and something must notice.
//!
//! A rule that no test misses is a rule that nobody has shown to be kept: `tests/tests/live_agent_desk/mutation.rs`
//! walks [`Rule::ALL`]. The switch is one word per thread that [`without`] sets while it runs; neither the control
//! interface nor any command knows it. Each rule names the page, or the running client, that it was taken from.

use crate::desks::rules::rules;

rules! {
    // Addresses and headers.
    /// Every request bears the API version. "Headers for Chat REST API".
    VersionHeader,
    /// An address that is none is 404. "Status Codes".
    UnknownAddress,
    /// A wrong verb is 405. "Status Codes".
    WrongVerb,
    /// A body that is not JSON is 400. "Status Codes".
    BrokenJson,
    /// A key that is not known is 403. "Status Codes".
    UnknownKey,
    /// Another affinity than the session's is 503. "Status Codes".
    WrongAffinity,
    /// A POST under the number that was taken last is answered and not executed. "Headers", X-LIVEAGENT-SEQUENCE.
    DuplicateDropped,
    /// Any other number than the next is 409. "Headers", X-LIVEAGENT-SEQUENCE.
    OutOfSync,
    /// The 409 names the number that was taken last. Seen by a published client (IBM's).
    OutOfSyncNumber,
    /// A POST that was refused does not use up its number. Inferred from "Headers".
    RefusedKeepsNumber,

    // SessionId.
    /// The key begins with the session's id. Seen in all running clients.
    KeyBeginsWithId,
    /// A session that asks for no chat is dropped. Walk-through article 000386079.
    UnusedDropped,

    // ChasitorInit.
    /// Ids have the prefix of their kind, and 15 or 18 characters. "Request Bodies".
    IdShape,
    /// The last three of 18 characters are checks. Salesforce's own form of ids.
    IdChecks,
    /// `agentId` and each of `buttonOverrides` are ids, or an agent's and a button's. "Request Bodies", ChasitorInit.
    TargetShape,
    /// Ids of 15 and 18 characters name the same thing.
    IdForms,
    /// The session is this one's. "Request Bodies", ChasitorInit.
    OwnSession,
    /// One session asks for one chat. Inferred.
    OneRequest,
    /// Without `isPost` the request fails with NoPost. Seen in Salesforce's mobile client.
    NoPost,
    /// With nobody there it fails with Unavailable. "Response Bodies", ChatRequestFail.
    Unavailable,
    /// Ids of another organization fail with InternalFailure. Seen in Salesforce's mobile client; the link is inferred.
    ForeignIds,
    /// Pre-chat details need label, value and transcript fields. "Data Types", CustomDetail.
    WholeDetails,
    /// A detail that is not for the agent is not shown. "Data Types", CustomDetail.
    HiddenDetails,
    /// Entities need name and whole maps. "Data Types", Entity, EntityFieldsMaps.
    WholeEntities,
    /// ChatRequestSuccess tells connectionTimeout, in milliseconds. Seen in Salesforce's mobile client.
    ConnectionTimeoutTold,
    /// Places count from zero. Seen in two published clients.
    PlaceFromZero,
    /// Who asked for it hears when the place changes. "Response Bodies", QueueUpdate.
    QueueUpdates,
    /// Who did not ask is told nothing of the queue. "Request Bodies", receiveQueueUpdates.
    QueueUpdatesAsked,
    /// The wait is told from API version 47 on. "Response Bodies".
    WaitFrom47,

    // Other posts.
    /// A post before ChatEstablished is 500. "ChasitorInit".
    EarlyPost,
    /// ChatMessage needs its text. "Request Bodies".
    TextRequired,
    /// ChatEnd needs its reason. "Request Bodies".
    EndReason,
    /// CustomEvent needs type and data. "Request Bodies".
    WholeCustomEvent,
    /// ChasitorSneakPeek needs position and text. "Request Bodies".
    WholePeek,
    /// A peek with an older position is passed over. Inferred from "Request Bodies".
    PeekRises,
    /// Peeks are shown only where the desk asked for them. "Response Bodies", sneakPeekEnabled.
    PeekAsked,
    /// The idle warning is `triggered` or `cleared`. "Response Bodies", ChasitorIdleTimeoutWarningEvent.
    IdleWarningWords,
    /// MultiNoun's member `object` is read. "Request Bodies", MultiNoun.
    NounObject,
    /// MultiNoun's member `data`, a string, is read. "Data Types", NounWrapper.
    NounData,
    /// One bad noun refuses the whole batch. Inferred.
    AllOrNone,

    // Messages.
    /// A poll with nothing to tell is held, and then 204. "Your Message Long Polling Loop".
    Hold,
    /// A second poll beside an open one is 409 for both and ends the chat. "Status Codes".
    SecondPoll,
    /// What an `ack` confirms does not come again. "Messages".
    AckConfirms,
    /// What an `ack` does not confirm comes again. "Messages".
    AckGoesBack,
    /// Without `ack` everything delivered counts as confirmed. Seen in two published clients.
    NoAck,
    /// A poll takes all that waits, under the last sequence. "Response Bodies", Messages.
    WholeBatch,
    /// A chat that nobody polls ends after connectionTimeout. "Messages".
    NoPollEnds,
    /// That time counts from the end of the last poll. Inferred.
    NoPollFromEnd,

    // Hand-over.
    /// Everything is 503 until ReconnectSession. "ReconnectSession".
    MoveFreezes,
    /// ReconnectSession without a 503 before it is 405. Seen by a published client (IBM's).
    NeedlessReconnect,
    /// ReconnectSession bears affinity `null`. "ReconnectSession".
    NullAffinity,
    /// ReconnectSession exists from API version 37 on. "ReconnectSession".
    ReconnectFrom37,
    /// ResyncSession is what older versions ask. "ResyncSession".
    ResyncSessionBelow37,
    /// The offset is one that was given out. "ReconnectSession".
    KnownOffset,
    /// What came after the offset is delivered again. "ReconnectSession".
    MissedComesAgain,
    /// The affinity is a new one. "ReconnectSession".
    FreshAffinity,
    /// POSTs count from 1 again. "ReconnectSession", resetSequence.
    SequenceRestarts,
    /// ChasitorSessionData comes first. "Response Bodies", ChasitorSessionData.
    SessionDataFirst,
    /// Posts wait for ChasitorResyncState. "ReconnectSession".
    PostsWaitForResync,
    /// ChasitorResyncState waits for ChasitorSessionData. "ReconnectSession".
    ResyncAfterData,
    /// ChasitorResyncState names the chat's organization. "Request Bodies".
    ResyncOrganization,

    // The end.
    /// The visitor's ChatEnd is confirmed by ChatEnded. "Response Bodies", ChatEnded.
    EndConfirmed,
    /// When all has been told, the session is 403. "Status Codes".
    ClosedAfterEnd,
    /// Posts after the end are 403. Seen in a published client (genutility).
    PostAfterEnd,
    /// DELETE SessionId ends the chat. "SessionId".
    DeleteEnds,

    // Visitor.
    /// Answers come in the envelope of messages. Seen in three published clients.
    VisitorEnvelope,
    /// Organization and deployment are named. "Availability", "Settings".
    VisitorIds,
    /// Availability wants the deployment's 15 characters. "Availability".
    ShortDeployment,
    /// `isAvailable` is left out where it is false. "Data Types", Result.
    FalseLeftOut,
    /// `id`, `id,id` and `[id,id]` are lists. Seen in three published clients.
    IdLists,
    /// The expected wait is told where it is asked for. "Availability".
    WaitAsked,
    /// A breadcrumb needs its location. "Request Bodies", Breadcrumb.
    BreadcrumbLocation,
    /// A breadcrumb of a chat comes back in its poll. "Response Bodies", NewVisitorBreadcrumb.
    BreadcrumbEcho,

    // What agents do.
    /// ChatEstablished is for the first agent, ChatTransferred for those after. "Response Bodies".
    FirstEstablishes,
    /// A transfer to a queue is told as begun. Seen in Salesforce's mobile client.
    TransferBegins,
    /// Typing is told on change only. Inferred.
    TypingOnce,
    /// A message ends its author's typing. Seen in published clients' recordings.
    MessageEndsTyping,
    /// Another agent joins and leaves beside the first. Seen in Salesforce's mobile client.
    Conference,

    // Files: Help, "Transfer Files"; the request's shape seen in two published clients.
    /// A file goes out only where an agent has asked. Help, "Transfer Files".
    FileAsked,
    /// `orgId` is the chat's.
    FileOrganization,
    /// `chatKey` is the session's id.
    FileChatKey,
    /// `encoding` is UTF-8.
    FileEncoding,
    /// The body is multipart with one part named `file`.
    FilePart,
    /// One token takes one file. Inferred.
    FileOnce,
    /// More than 5 MB fails. Help, "Transfer Files".
    FileSize,
    /// What became of the file is told in the poll. Seen in Salesforce's mobile client.
    FileTold,
    /// A request that was taken back takes no file. Seen in Salesforce's mobile client.
    FileCanceled,
}
