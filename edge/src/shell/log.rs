//! The single door to logging: one line of JSON, with codes, ids, sizes and figures; never text, never a key.

use crate::conversation::Note;

/// Writes a line. `about` must come from our own code or be cut to letters, digits and underscores.
pub fn line(code: &str, about: Option<&str>, status: Option<u16>) {
    let line = serde_json::json!({ "code": code, "about": about, "status": status });
    worker::console_log!("{line}");
}

/// Writes a conversation's note.
pub fn note(conversation: &str, note: &Note) {
    let short = conversation.get(..8).unwrap_or(conversation);
    let about =
        note.about.as_deref().map_or_else(|| short.to_owned(), |about| format!("{short} {about}"));
    line(note.code, Some(&about), note.status);
}
