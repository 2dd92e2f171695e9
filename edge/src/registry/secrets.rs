//! Secrets in documents, between an admin and the books: taken in plain, kept sealed, shown to nobody.
//!
//! An admin writes a secret as a plain text, once. The books hold it sealed for its place. Whoever reads the document
//! finds [`shown`] in its stead; whoever writes that back, keeps the secret that is there.

use parlor_shared::Redacted;
use serde_json::{Value, json};

use super::{
    flow::kustomer,
    identity,
    key::{Key, Kind},
    problem::{Code, Problem, Problems},
    sealed::{self, NONCE_BYTES, SealKeys, Sealed},
};

/// Longest secret that is sealed, in bytes.
const MAX_SECRET_BYTES: usize = 2_000;

/// Shortest secret that a desk or its admin made, in bytes: that is theirs to judge.
const MIN_SECRET_BYTES: usize = 1;

/// Members of a document that hold secrets, with dots between the names on the way, and how short these may be.
fn members(kind: Kind, document: &Value) -> Vec<(String, usize)> {
    let all = |names: &[&str]| {
        names.iter().map(|it| ((*it).to_owned(), MIN_SECRET_BYTES)).collect::<Vec<_>>()
    };
    match kind {
        Kind::Account => all(&["api_key"]),
        Kind::Flow => all(&kustomer::SECRETS),
        Kind::Hub => {
            let keys = document.pointer("/identity/keys").and_then(Value::as_object);
            let ids = keys.into_iter().flat_map(|it| it.keys());
            ids.filter(|id| identity::is_key_id(id))
                .map(|id| (identity::member(id), identity::MIN_SECRET_BYTES))
                .collect()
        }
        Kind::Resource => Vec::new(),
    }
}

/// Seals what an admin wrote. `before` is the document as the books have it; `nonce` gives random bytes, others each time.
///
/// # Errors
/// What cannot be sealed, by path. No message repeats a secret.
pub fn take_in(
    key: &Key,
    document: &mut Value,
    before: Option<&Value>,
    keys: Option<&SealKeys>,
    mut nonce: impl FnMut() -> [u8; NONCE_BYTES],
) -> Result<(), Problems> {
    let mut problems = Problems::default();
    for (member, least) in members(key.kind(), document) {
        let kept = before.and_then(|it| it.pointer(&pointer(&member))).cloned();
        let Some(value) = document.pointer_mut(&pointer(&member)) else { continue };
        let place = sealed::place(&key.to_string(), &member);
        match take_in_one(&place, value, kept, least, keys, &mut nonce) {
            Ok(sealed) => *value = sealed,
            Err((code, message)) => problems.add(Problem {
                path: format!("$.{member}"),
                code,
                message: message.to_owned(),
            }),
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

fn take_in_one(
    place: &str,
    value: &Value,
    kept: Option<Value>,
    least: usize,
    keys: Option<&SealKeys>,
    nonce: &mut impl FnMut() -> [u8; NONCE_BYTES],
) -> Result<Value, (Code, &'static str)> {
    if *value == shown() {
        let missing = "There is no sealed secret here to be kept: write it in plain.";
        return kept.ok_or((Code::Missing, missing));
    }
    // What is no text is the document's own problem.
    let Some(text) = value.as_str() else { return Ok(value.clone()) };
    let unset = "The Worker secret SEAL_SECRET is not set, or is no key: nothing can be sealed.";
    let keys = keys.ok_or((Code::SealedForm, unset))?;
    if let Ok(sealed) = Sealed::parse(text) {
        let foreign = "Sealed for another place, or under another Worker secret.";
        keys.open(place, &sealed).map_err(|_| (Code::SealedForm, foreign))?;
        return Ok(value.clone());
    }
    if (1..least).contains(&text.len()) {
        return Err((Code::TooShort, "It could be guessed: take 32 random bytes or more."));
    }
    if text.is_empty() || text.len() > MAX_SECRET_BYTES {
        return Err((Code::TooLong, "A secret has 1 to 2000 bytes."));
    }
    // The same secret again is no change.
    let same = kept.as_ref().and_then(Value::as_str).and_then(|it| Sealed::parse(it).ok());
    if same.is_some_and(|it| keys.open(place, &it).is_ok_and(|it| it.expose() == text)) {
        return Ok(kept.unwrap_or_default());
    }
    Ok(keys.seal(place, &Redacted::new(text.to_owned()), nonce()).text().into())
}

/// Seals anew what is sealed under a key that is about to go. Whether anything was.
///
/// # Errors
/// The member that cannot be opened.
pub fn seal_anew(
    key: &Key,
    document: &mut Value,
    keys: &SealKeys,
    mut nonce: impl FnMut() -> [u8; NONCE_BYTES],
) -> Result<bool, String> {
    let mut any = false;
    for (member, _) in members(key.kind(), document) {
        let Some(value) = document.pointer_mut(&pointer(&member)) else { continue };
        let Some(sealed) = value.as_str().and_then(|it| Sealed::parse(it).ok()) else { continue };
        if keys.needs_rotation(&sealed) {
            let place = sealed::place(&key.to_string(), &member);
            let secret = keys.open(&place, &sealed).map_err(|_| member)?;
            *value = keys.seal(&place, &secret, nonce()).text().into();
            any = true;
        }
    }
    Ok(any)
}

/// The document as it may be shown.
#[must_use]
pub fn hide(key: &Key, mut document: Value) -> Value {
    for (member, _) in members(key.kind(), &document) {
        if let Some(value) = document.pointer_mut(&pointer(&member)) {
            *value = shown();
        }
    }
    document
}

/// What stands where a secret is.
fn shown() -> Value {
    json!({ "sealed": true })
}

fn pointer(member: &str) -> String {
    format!("/{}", member.replace('.', "/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    fn keys() -> SealKeys {
        SealKeys::new(Some(SECRET), None).unwrap()
    }

    fn key(key: &str) -> Key {
        Key::parse(key).unwrap()
    }

    fn take(document: &mut Value, before: Option<&Value>, keys: Option<&SealKeys>) -> String {
        let mut count = 0;
        let nonce = || {
            count += 1;
            [count; NONCE_BYTES]
        };
        match take_in(&key("account:acme"), document, before, keys, nonce) {
            Ok(()) => "ok".to_owned(),
            Err(problems) => problems.to_string(),
        }
    }

    #[test]
    fn a_secret_is_written_once_kept_sealed_and_never_shown() {
        let mut first = json!({ "api_key": "sesame" });
        assert_eq!(take(&mut first, None, Some(&keys())), "ok");
        assert!(!first.to_string().contains("sesame"));
        let shown = hide(&key("account:acme"), first.clone());
        assert_eq!(shown, json!({ "api_key": { "sealed": true } }));

        // Written back as it was read, or the same again, nothing changes.
        for again in [shown.clone(), json!({ "api_key": "sesame" }), first.clone()] {
            let mut again = again;
            assert_eq!(take(&mut again, Some(&first), Some(&keys())), "ok");
            assert_eq!(again, first);
        }
        let mut other = json!({ "api_key": "rosebud" });
        assert_eq!(take(&mut other, Some(&first), Some(&keys())), "ok");
        assert_ne!(other, first);
        assert_eq!(take(&mut shown.clone(), None, Some(&keys())), "missing at $.api_key");
    }

    #[test]
    fn a_sealed_secret_of_another_place_is_not_taken() {
        let mut account = json!({ "api_key": "sesame" });
        take(&mut account, None, Some(&keys()));
        let stolen = take_in(&key("account:evil"), &mut account, None, Some(&keys()), || [9; 12]);
        assert_eq!(stolen.unwrap_err().to_string(), "sealed_form at $.api_key");
    }

    #[test]
    fn what_cannot_be_sealed_is_told_without_its_text() {
        let told = |text: &str, keys: Option<&SealKeys>| {
            let mut document = json!({ "api_key": text });
            let problems =
                take_in(&key("account:acme"), &mut document, None, keys, || [1; 12]).unwrap_err();
            assert!(text.is_empty() || problems.iter().all(|it| !it.message.contains(text)));
            problems.to_string()
        };
        assert_eq!(told("sesame", None), "sealed_form at $.api_key");
        assert_eq!(told("", Some(&keys())), "too_long at $.api_key");
        assert_eq!(told(&"x".repeat(2_001), Some(&keys())), "too_long at $.api_key");
    }

    #[test]
    fn secrets_are_sealed_anew_when_the_worker_secret_changes() {
        let mut account = json!({ "api_key": "sesame" });
        take(&mut account, None, Some(&keys()));
        let new = "/////////////////////////////////////////w8";
        let both = SealKeys::new(Some(new), Some(SECRET)).unwrap();
        let acme = key("account:acme");
        assert_eq!(seal_anew(&acme, &mut account, &both, || [3; 12]), Ok(true));
        assert_eq!(seal_anew(&acme, &mut account, &both, || [4; 12]), Ok(false));
        let alone = SealKeys::new(Some(new), None).unwrap();
        let mut again = json!({ "api_key": "sesame" });
        assert_eq!(take(&mut again, Some(&account), Some(&alone)), "ok");
        assert_eq!(again, account, "opened under the new secret alone");
        assert_eq!(seal_anew(&acme, &mut account, &keys(), || [5; 12]), Err("api_key".to_owned()));
    }
}
