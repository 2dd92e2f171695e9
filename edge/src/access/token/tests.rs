use parlor_shared::id::{ConversationId, ResourceId};

use super::*;
use crate::access::{Conversation, VisitorId};

const SECRET: &str = "0123456789abcdef0123456789abcdef";
const OTHER: &str = "another secret, long enough to be taken";
/// Not on a whole second, so that rounding shows.
const NOW: Timestamp = Timestamp::from_ms(1_790_000_000_750);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn keys() -> Keys {
    Keys::new(Some(SECRET), None).unwrap()
}

fn resource() -> ResourceId {
    ResourceId::parse("3f0c2d1e-9a4b-4c3d-8e2f-001122334455").unwrap()
}

fn visitor() -> Visitor {
    let id = VisitorId::from_random(0x0011_2233_4455_6677_8899_aabb_ccdd_eeff);
    Visitor::new(NOW, resource(), id)
}

fn conversation() -> Conversation {
    Conversation::new(
        NOW,
        resource(),
        ConversationId::parse("ab".repeat(32)).unwrap(),
        visitor().visitor,
    )
}

fn refusal<C: Claims>(keys: &Keys, now: Timestamp, text: &str) -> &'static str {
    keys.verify::<C>(now, text).map(drop).expect_err("the token must be refused").code()
}

/// Signs any bytes as `keys` would, to show what happens behind a good signature.
fn forge(keys: &Keys, kind: Kind, json: &str) -> String {
    let text = URL_SAFE_NO_PAD.encode(json);
    let mac = keys.current.mac(kind, text.as_bytes()).finalize();
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(mac.into_bytes()))
}

/// Browsers keep visitor tokens for 90 days: if these bytes change, every visitor is a stranger after a
/// deploy and loses the conversation. The expected bytes were made by Python's `hmac`, not by this code.
#[test]
fn token_format_unchanged() {
    assert_eq!(
        keys().mint(visitor()).expose(),
        "eyJzIjoidiIsInIiOiIzZjBjMmQxZS05YTRiLTRjM2QtOGUyZi0wMDExMjIzMzQ0NTUiLCJ2IjoiMDAxMTIyMzM0NDU1NjY3Nzg4OTlhYWJiY2NkZGVlZmYiLCJpIjoxNzkwMDAwMDAwLCJlIjoxNzk3Nzc2MDAwfQ.caHl0QwwUL-RVPCclzddRhcse9NhcXvtKmXlT0H5rLY",
    );
    assert_eq!(
        keys().mint(conversation()).expose(),
        "eyJzIjoiYyIsInIiOiIzZjBjMmQxZS05YTRiLTRjM2QtOGUyZi0wMDExMjIzMzQ0NTUiLCJjIjoiYWJhYmFiYWJhYmFiYWJhYmFiYWJhYmFiYWJhYmFiYWJhYmFiYWJhYmFiYWJhYmFiYWJhYmFiYWJhYmFiYWJhYiIsInYiOiIwMDExMjIzMzQ0NTU2Njc3ODg5OWFhYmJjY2RkZWVmZiIsImUiOjE3OTAwMDA5MDB9.Yup5g3bwPxrXPtflxjR2v349rqURFeY_N5kA2dtsNFA",
    );
}

#[test]
fn what_was_minted_comes_back() {
    let verified = keys().verify::<Visitor>(NOW, keys().mint(visitor()).expose());
    assert_eq!(verified, Ok(Verified { claims: visitor(), signed_by: SignedBy::Current }));
    let verified = keys().verify::<Conversation>(NOW, keys().mint(conversation()).expose());
    assert_eq!(verified.map(|it| it.claims), Ok(conversation()));
}

#[test]
fn tokens_may_stand_in_a_subprotocol() {
    for token in [keys().mint(visitor()), keys().mint(conversation())] {
        let text = token.expose();
        assert!(text.len() < 400, "{}", text.len());
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)));
    }
}

#[test]
fn a_flipped_bit_anywhere_is_refused() {
    let token = keys().mint(conversation());
    let good = token.expose().as_bytes();
    for at in 0..good.len() {
        for bit in 0..8 {
            let mut bytes = good.to_vec();
            bytes[at] ^= 1 << bit;
            let text = String::from_utf8_lossy(&bytes);
            assert!(keys().verify::<Conversation>(NOW, &text).is_err(), "bit {bit} of byte {at}");
        }
    }
}

#[test]
fn a_cut_or_stretched_token_is_refused() {
    let token = keys().mint(visitor());
    let text = token.expose();
    for end in 0..text.len() {
        assert!(keys().verify::<Visitor>(NOW, &text[..end]).is_err());
    }
    for tail in ["A", ".", "=", " ", ".AAAA"] {
        let text = format!("{text}{tail}");
        assert!(keys().verify::<Visitor>(NOW, &text).is_err(), "{tail:?}");
    }
    let long = "A".repeat(MAX_TOKEN_BYTES + 1);
    assert_eq!(refusal::<Visitor>(&keys(), NOW, &long), "token_malformed");
    assert_eq!(refusal::<Visitor>(&keys(), NOW, ""), "token_malformed");
    assert_eq!(refusal::<Visitor>(&keys(), NOW, "."), "token_signature");
}

#[test]
fn scopes_do_not_mix() {
    let (keeps, opens) = (keys().mint(visitor()), keys().mint(conversation()));
    assert_eq!(refusal::<Conversation>(&keys(), NOW, keeps.expose()), "token_scope");
    assert_eq!(refusal::<Visitor>(&keys(), NOW, opens.expose()), "token_scope");
}

#[test]
fn the_claim_of_a_scope_does_not_help_under_the_key_of_the_other() {
    let token = keys().mint(visitor());
    let (signed, _) = token.expose().split_once('.').unwrap();
    let json = String::from_utf8(URL_SAFE_NO_PAD.decode(signed).unwrap()).unwrap();
    let forged = forge(&keys(), Kind::Conversation, &json);
    assert_eq!(refusal::<Visitor>(&keys(), NOW, &forged), "token_scope");
    let forged = forge(&keys(), Kind::Visitor, &json.replace(r#""s":"v""#, r#""s":"c""#));
    assert_eq!(refusal::<Visitor>(&keys(), NOW, &forged), "token_scope");
}

#[test]
fn expiry_is_to_the_second() {
    let text = keys().mint(conversation());
    let last = Timestamp::from_ms(1_790_000_900_000 - 1);
    assert!(keys().verify::<Conversation>(last, text.expose()).is_ok());
    let after = Timestamp::from_ms(1_790_000_900_000);
    assert_eq!(refusal::<Conversation>(&keys(), after, text.expose()), "token_expired");
    assert_eq!(conversation().left(last), Duration::from_millis(1));
    assert_eq!(conversation().left(after + DAY), Duration::ZERO);

    let text = keys().mint(visitor());
    let verify = |at| keys().verify::<Visitor>(at, text.expose()).map(drop);
    assert_eq!(verify(NOW + 89 * DAY), Ok(()));
    assert_eq!(verify(NOW + 90 * DAY), Err(TokenError::Expired));
}

#[test]
fn another_secret_is_another_world() {
    let others = Keys::new(Some(OTHER), None).unwrap();
    let text = others.mint(visitor());
    assert_eq!(refusal::<Visitor>(&keys(), NOW, text.expose()), "token_signature");
}

#[test]
fn a_changed_secret_forgets_nobody() {
    let text = keys().mint(visitor());
    let changed = Keys::new(Some(OTHER), Some(SECRET)).unwrap();
    let verified = changed.verify::<Visitor>(NOW, text.expose()).unwrap();
    assert_eq!(verified.signed_by, SignedBy::Previous);
    assert!(verified.needs_rotation(NOW));

    let rotated = changed.mint(Visitor::new(NOW, resource(), verified.claims.visitor));
    let alone = Keys::new(Some(OTHER), Some("")).unwrap();
    let verified = alone.verify::<Visitor>(NOW, rotated.expose()).unwrap();
    assert_eq!(verified.claims.visitor, visitor().visitor);
    assert!(!verified.needs_rotation(NOW));
    assert_eq!(refusal::<Visitor>(&alone, NOW, text.expose()), "token_signature");
    assert_eq!(refusal::<Conversation>(&changed, NOW, text.expose()), "token_scope");
}

#[test]
fn a_visitor_token_is_rotated_after_a_day() {
    let verified = keys().verify::<Visitor>(NOW, keys().mint(visitor()).expose()).unwrap();
    let issued = verified.claims.issued;
    assert!(!verified.needs_rotation(issued + DAY));
    assert!(verified.needs_rotation(issued + DAY + Duration::from_millis(1)));
    assert!(!verified.needs_rotation(issued - DAY), "clocks step back");
}

#[test]
fn good_signatures_do_not_excuse_bad_claims() {
    let good = r#"{"s":"v","r":"3f0c2d1e-9a4b-4c3d-8e2f-001122334455","v":"00112233445566778899aabbccddeeff","i":1790000000,"e":1797776000}"#;
    let verify = |json: &str| {
        let text = forge(&keys(), Kind::Visitor, json);
        keys().verify::<Visitor>(NOW, &text).map(|it| it.claims)
    };
    assert_eq!(verify(good), Ok(visitor()));
    for bad in [
        "",
        "null",
        "{}",
        &good.replace("3f0c2d1e", "3F0C2D1E"),
        &good.replace("ddeeff", "ddeef"),
        &good.replace("ddeeff", "ddeefg"),
        &good.replace("00112233445566778899", "+0112233445566778899"),
        &good.replace("1790000000", "-1"),
        &good.replace("1797776000", "\"1797776000\""),
        &good.replace("1797776000", "1e99"),
    ] {
        assert_eq!(verify(bad), Err(TokenError::Malformed), "{bad}");
    }
    let endless = good.replace("1797776000", "18446744073709552");
    assert!(verify(&endless).is_ok(), "saturates instead of wrapping");
}

#[test]
fn secrets_are_there_and_long_enough() {
    let code = |current, previous| Keys::new(current, previous).map(drop).unwrap_err().code();
    assert_eq!(code(None, None), "secret_missing");
    assert_eq!(code(Some(""), Some(SECRET)), "secret_missing");
    assert_eq!(code(Some(&SECRET[1..]), None), "secret_too_short");
    assert_eq!(code(Some(SECRET), Some("short")), "secret_too_short");
}

#[test]
fn neither_token_nor_secret_is_printed() {
    let token = keys().mint(visitor());
    assert_eq!(format!("{token:?}"), "Token(<redacted>)");
    let error = Keys::new(Some("hunter2"), None).map(drop).unwrap_err();
    assert!(!format!("{error} {error:?} {}", error.remedy()).contains("hunter2"));
    for error in
        [TokenError::Malformed, TokenError::Signature, TokenError::Expired, TokenError::Scope]
    {
        assert!(!error.code().is_empty() && !error.remedy().is_empty());
    }
}

/// Test cases 1 to 4, 6 and 7 of RFC 4231 (5 is about truncation, which is not used here).
#[test]
fn hmac_is_wired_as_rfc_4231_has_it() {
    fn unhex(hex: &str) -> Vec<u8> {
        (0..hex.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
            .collect()
    }
    let counting: Vec<u8> = (1..=25).collect();
    let cases: [(&[u8], &[u8], &str); 6] = [
        (
            &[0x0b; 20],
            b"Hi There",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        ),
        (
            b"Jefe",
            b"what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        (
            &[0xaa; 20],
            &[0xdd; 50],
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
        ),
        (
            &counting,
            &[0xcd; 50],
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
        ),
        (
            &[0xaa; 131],
            b"Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        ),
        (
            &[0xaa; 131],
            b"This is a test using a larger than block-size key and a larger than block-size data. \
              The key needs to be hashed before being used by the HMAC algorithm.",
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
        ),
    ];
    for (key, data, expected) in cases {
        let mac = keyed(key).chain_update(data);
        assert!(mac.verify_slice(&unhex(expected)).is_ok(), "{expected}");
    }
}
