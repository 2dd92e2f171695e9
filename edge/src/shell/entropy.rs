//! The single door to randomness.

use worker::{
    js_sys::{self, Reflect},
    wasm_bindgen::{JsCast, JsValue},
};

/// 128 random bits, from the platform's cryptographic generator.
pub fn bits128() -> u128 {
    u128::from_le_bytes(bytes())
}

/// Dice for backoff and the like.
pub fn dice() -> u64 {
    u64::from_le_bytes(bytes())
}

/// A number for a link.
pub fn bits32() -> u32 {
    u32::from_le_bytes(bytes())
}

fn bytes<const N: usize>() -> [u8; N] {
    let array = js_sys::Uint8Array::new_with_length(N as u32);
    let crypto = Reflect::get(&js_sys::global(), &JsValue::from_str("crypto"))
        .expect("every Worker has `crypto`");
    let fill: js_sys::Function = Reflect::get(&crypto, &JsValue::from_str("getRandomValues"))
        .expect("`crypto` has `getRandomValues`")
        .unchecked_into();
    fill.call1(&crypto, &array).expect("a short array can be filled");
    let mut bytes = [0; N];
    array.copy_to(&mut bytes);
    bytes
}
