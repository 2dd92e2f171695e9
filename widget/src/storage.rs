//! What outlives the page. Where it is kept, if anywhere, is the document's business: `widget/page.js`.

use js_sys::Object;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::{
    codec,
    json::Browser,
    snapshot::{Entry, Kept},
};

#[wasm_bindgen]
extern "C" {
    /// Everything that is kept, by key.
    #[wasm_bindgen(js_namespace = parlor)]
    fn kept() -> Object;

    /// Writes an entry, or removes it.
    #[wasm_bindgen(js_namespace = parlor)]
    fn keep(key: &str, value: Option<&str>);

    /// Removes all entries. Nothing is kept any more.
    #[wasm_bindgen(js_namespace = parlor)]
    pub fn forget();
}

/// Everything that an earlier page kept.
pub fn read() -> Kept {
    Kept::from_entries(codec::texts(&Browser(kept().into())))
}

/// Writes or removes one entry.
pub fn write(entry: &Entry) {
    keep(&entry.key, entry.value.as_deref());
}
