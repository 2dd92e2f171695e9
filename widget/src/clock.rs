//! The doors to time, chance, and the visitor's calendar.

use js_sys::{Array, Date, Function, Intl, Object, Reflect};
use parlor_shared::Timestamp;
use wasm_bindgen::{JsValue, UnwrapThrowExt};

use crate::state::rows::Calendar;

/// Now, from a clock that does not step while the page lives.
pub fn now() -> Timestamp {
    let performance =
        crate::app::window().performance().expect_throw("every browser that runs wasm has it");
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "milliseconds since the epoch fit until long after us; a negative clock becomes 0"
    )]
    Timestamp::from_ms((performance.time_origin() + performance.now()) as u64)
}

/// 128 random bits, fit for ids.
pub fn dice() -> u128 {
    let mut bytes = [0; 16];
    if let Ok(crypto) = crate::app::window().crypto() {
        // Fails for more than 65,536 bytes only.
        let _ = crypto.get_random_values_with_u8_array(&mut bytes);
    }
    u128::from_le_bytes(bytes)
}

/// Local time in the language of the texts.
pub struct Local {
    time: Function,
    weekday: Function,
    date: Function,
    plurals: Intl::PluralRules,
}

impl Local {
    /// For a language tag of the browser's, such as `en-GB`.
    pub fn new(locale: &str) -> Self {
        let format = |options: &[(&str, &str)]| {
            let locales = Array::of1(&JsValue::from_str(locale));
            let object = Object::new();
            for (key, value) in options {
                // Setting a member of a fresh object cannot fail.
                let _ = Reflect::set(&object, &(*key).into(), &(*value).into());
            }
            Intl::DateTimeFormat::new(&locales, &object).format()
        };
        let tags = Array::of1(&JsValue::from_str(locale));
        Self {
            plurals: Intl::PluralRules::new(&tags, &Object::new()),
            time: format(&[("timeStyle", "short")]),
            weekday: format(&[("weekday", "long")]),
            date: format(&[("day", "numeric"), ("month", "long")]),
        }
    }
}

impl Calendar for Local {
    fn day(&self, at: Timestamp) -> i64 {
        let minutes = local(at).get_timezone_offset();
        #[expect(clippy::cast_possible_truncation, reason = "days since the epoch are few")]
        let day = ((ms(at) - minutes * 60_000.0) / 86_400_000.0).floor() as i64;
        day
    }

    fn hour(&self, at: Timestamp) -> u8 {
        u8::try_from(local(at).get_hours()).unwrap_or(0)
    }

    fn time(&self, at: Timestamp) -> String {
        text(&self.time, at)
    }

    fn weekday(&self, at: Timestamp) -> String {
        text(&self.weekday, at)
    }

    fn date(&self, at: Timestamp) -> String {
        text(&self.date, at)
    }

    fn plural(&self, n: u32) -> String {
        self.plurals.select(n.into()).into()
    }
}

fn local(at: Timestamp) -> Date {
    Date::new(&JsValue::from_f64(ms(at)))
}

#[expect(clippy::cast_precision_loss, reason = "exact below 2^53 ms")]
fn ms(at: Timestamp) -> f64 {
    at.as_ms() as f64
}

fn text(format: &Function, at: Timestamp) -> String {
    // Only a time beyond the calendar is refused; a line without a time is the least harm.
    format
        .call1(&JsValue::UNDEFINED, &JsValue::from_f64(ms(at)))
        .ok()
        .and_then(|text| text.as_string())
        .unwrap_or_default()
}
