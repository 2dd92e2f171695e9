//! What Parlor is tested with: simulated desks, and the stories told with them.
//!
//! Nothing here is part of what ships, and nothing here may know how Parlor works inside: the desks follow the
//! vendors' documentation. Start with [`desks`].

pub mod desks;
