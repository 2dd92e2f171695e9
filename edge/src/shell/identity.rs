//! Whom the site's server vouches for: `access::identity` decides, the platform computes what it asks for.

use parlor_shared::{Customer, Redacted};
use serde::Deserialize;
use worker::{
    Env, Request, Response, Result,
    js_sys::{Array, Object, Reflect, Uint8Array},
    wasm_bindgen::{self, JsValue, prelude::wasm_bindgen},
};

use super::{
    clock, log,
    problem::{Answer, Refusal},
    webhook,
};
use crate::{
    access::{
        IdentityError,
        identity::{Check, Presented, hmac_holds},
    },
    registry::{
        Hub, Identity, Resource, Sealed,
        identity::Key,
        public_key::{Family, PublicKey},
    },
};

/// The customer that a token names. Without a token, nobody, where the hub lets nobody in.
pub async fn customer(
    env: &Env,
    resource: &Resource,
    hub: &Hub,
    token: Option<&Redacted<String>>,
) -> Answer<Option<Customer>> {
    let found = match (&hub.identity, token) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(IdentityError::NotSetUp),
        (Some(identity), None) if identity.required => Err(IdentityError::Required),
        (Some(_), None) => Ok(None),
        (Some(identity), Some(token)) => {
            verified(env, identity, resource, hub, token.expose()).await.map(Some)
        }
    };
    found.map_err(|error| refuse(&error))
}

/// The refusal, in words for the site's developer.
pub fn refuse(error: &IdentityError) -> Refusal {
    log::line(error.code(), None, None);
    let text = error.to_string();
    let mut chars = text.chars();
    let first = chars.next().map(|it| it.to_ascii_uppercase());
    let title: String = first.into_iter().chain(chars).chain(['.']).collect();
    let field = match error {
        IdentityError::OfCustomer => "visitor_token",
        _ => "identity",
    };
    Refusal::new(error.status(), error.code(), title).about(field)
}

async fn verified(
    env: &Env,
    identity: &Identity,
    resource: &Resource,
    hub: &Hub,
    token: &str,
) -> std::result::Result<Customer, IdentityError> {
    let presented = Presented::read(token, identity)?;
    let check = presented.check();
    let holds = match check.key {
        Key::Hs256(sealed) => {
            let place = Identity::secret_place(&hub.id, check.key_id);
            let secret = open(env, &place, sealed)?;
            hmac_holds(secret.expose().as_bytes(), check.signed, check.signature)
        }
        Key::Rs256(key) => asymmetric(Family::Rsa, key, &check).await?,
        Key::Es256(key) => asymmetric(Family::P256, key, &check).await?,
    };
    presented.held(holds, clock::now(), &resource.id, &hub.id)
}

fn open(
    env: &Env,
    place: &str,
    sealed: &Sealed,
) -> std::result::Result<Redacted<String>, IdentityError> {
    let seals = webhook::seals(env).map_err(|()| IdentityError::KeyUnusable)?;
    seals.open(place, sealed).map_err(|error| {
        log::line(error.code(), Some(place), None);
        IdentityError::KeyUnusable
    })
}

async fn asymmetric(
    family: Family,
    key: &PublicKey,
    check: &Check<'_>,
) -> std::result::Result<bool, IdentityError> {
    holds(family, key, check.signed, check.signature).await.map_err(|_| {
        // A point that is not on the curve, and the like: what the form of a key does not show.
        log::line("public_key_unusable", Some(check.key_id), None);
        IdentityError::KeyUnusable
    })
}

/// Whether a signature is that of a message; an error, if the platform does not take the key.
pub async fn holds(
    family: Family,
    key: &PublicKey,
    message: &[u8],
    signature: &[u8],
) -> std::result::Result<bool, JsValue> {
    let algorithm = match family {
        Family::Rsa => object(&[("name", "RSASSA-PKCS1-v1_5"), ("hash", "SHA-256")])?,
        Family::P256 => object(&[("name", "ECDSA"), ("namedCurve", "P-256"), ("hash", "SHA-256")])?,
    };
    let bytes = |bytes: &[u8]| JsValue::from(Uint8Array::from(bytes));
    let usages = Array::of1(&"verify".into()).into();
    let key = import_key("spki", bytes(key.spki()), &algorithm, false, usages).await?;
    let held = verify(&algorithm, &key, bytes(signature), bytes(message)).await?;
    Ok(held.is_truthy())
}

/// What came of checking one signature: for vectors of others, tried where the edge is developed.
pub async fn tried(mut request: Request) -> Result<Response> {
    #[derive(Deserialize)]
    struct Trial {
        alg: String,
        public_key: String,
        message: Vec<u8>,
        signature: Vec<u8>,
    }
    let trial: Trial = request.json().await?;
    let family = if trial.alg == "ES256" { Family::P256 } else { Family::Rsa };
    let verdict = match PublicKey::parse(&trial.public_key, family) {
        Err(error) => error.to_string(),
        Ok(key) => match holds(family, &key, &trial.message, &trial.signature).await {
            Ok(true) => "holds".to_owned(),
            Ok(false) => "does not hold".to_owned(),
            Err(_) => "the platform does not take the key".to_owned(),
        },
    };
    Response::from_json(&verdict)
}

fn object(members: &[(&str, &str)]) -> std::result::Result<JsValue, JsValue> {
    let object = Object::new();
    for (name, value) in members {
        Reflect::set(&object, &(*name).into(), &(*value).into())?;
    }
    Ok(object.into())
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = ["crypto", "subtle"], js_name = importKey)]
    async fn import_key(
        format: &str,
        key: JsValue,
        algorithm: &JsValue,
        extractable: bool,
        usages: JsValue,
    ) -> std::result::Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_namespace = ["crypto", "subtle"])]
    async fn verify(
        algorithm: &JsValue,
        key: &JsValue,
        signature: JsValue,
        message: JsValue,
    ) -> std::result::Result<JsValue, JsValue>;
}
