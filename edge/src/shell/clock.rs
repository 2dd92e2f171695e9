//! The single door to time.

use parlor_shared::Timestamp;

/// Now. In production the clock stands still during computation and moves with IO.
pub fn now() -> Timestamp {
    Timestamp::from_ms(worker::Date::now().as_millis())
}
