//! How long things may take, and what the edge closes a link with.

use std::time::Duration;

use parlor_shared::backoff::Backoff;

/// Close code of the edge: the handshake is wrong, which a newer widget may mend.
pub const CLOSE_HANDSHAKE: u16 = 4400;

/// Close code of the edge: the token does not open this conversation. docs/PROTOCOL.md lists these.
pub const CLOSE_TOKEN: u16 = 4401;

/// Close code of the edge: there is no such conversation.
pub const CLOSE_GONE: u16 = 4404;

/// Close code of the edge: the conversation was erased.
pub const CLOSE_ERASED: u16 = 4410;

/// Not the edge's: another tab held the link, and does not any more.
pub const CLOSE_MOVED: u16 = 4000;

/// Close code of the edge: too much at once. Also what a request stands for that was refused for now.
pub const CLOSE_BUSY: u16 = 4429;

/// What a browser says of a socket that broke, or never opened.
pub const CLOSE_CUT: u16 = 1006;

/// Close code of the edge: this version of the link is not spoken.
pub const CLOSE_VERSION: u16 = 4408;

/// Between attempts. Half a second hides a short cut; half a minute is bearable for somebody who waits.
pub const BACKOFF: Backoff =
    Backoff { floor: Duration::from_millis(500), ceiling: Duration::from_secs(30) };

/// How long a link must have been up before a cut counts as the first again.
pub const STABLE_AFTER: Duration = Duration::from_secs(10);

/// How long one step of connecting may take. Mobile networks answer late, but seldom later than this.
pub const ATTEMPT: Duration = Duration::from_secs(15);

/// How long a socket may take to open before it is taken for one that the network swallows. Shorter than other
/// attempts: the other way stands open.
pub const SOCKET_ATTEMPT: Duration = Duration::from_secs(8);

/// After so many sockets that came to nothing the next attempt goes by requests. Two are tried with the old token and
/// one with a new one.
pub const BARREN_BEFORE_REQUESTS: u32 = 3;

/// Between looks whether a socket gets through: soon at first, for a visitor who leaves a meeting room's network.
pub const PROBING: Backoff =
    Backoff { floor: Duration::from_secs(30), ceiling: Duration::from_secs(1_200) };

/// How long it is kept for other pages that a network lets no socket through; anew with each look, the rarest of which are
/// ten minutes apart. Who comes to another network within this time goes by requests there until the first look.
pub const WALL_KEPT_FOR: Duration = Duration::from_secs(1_800);

/// A token is not used in its last seconds: it may run out on the way.
pub const TOKEN_MARGIN: Duration = Duration::from_secs(10);

/// After so many sockets that did not open, the token is asked for again: a browser does not tell why one failed.
pub const UNOPENED_BEFORE_START: u32 = 2;

/// Middle boxes cut links that are silent for a minute or more.
pub const PING_EVERY: Duration = Duration::from_secs(30);

/// The platform answers a ping without waking anything.
pub const PONG_WITHIN: Duration = Duration::from_secs(10);

/// Most cuts are over before this; a banner would only flicker.
pub const CUT_SHOWS_AFTER: Duration = Duration::from_secs(2);

/// A first connection without any failure may take this long before it is called missing.
pub const SLOW_AFTER: Duration = Duration::from_secs(10);
