//! Stories of the admin API: who may ask what, and what each refusal is called.

use std::time::Duration;

use serde_json::json;

use super::*;
use crate::registry::SealKeys;

const FIRST: &str = "the first token, from a Worker secret";
const JSON: Option<&str> = Some("application/json");

const SEAL: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn seals(secret: &str) -> SealKeys {
    SealKeys::new(Some(secret), None).unwrap()
}

struct Desk {
    office: Office,
    rows: Vec<Row>,
    published: Vec<(String, Option<String>)>,
    now: Timestamp,
}

struct Answer {
    status: u16,
    body: Value,
    reply: Reply,
}

impl Desk {
    fn new() -> Self {
        Self::with(Some(Hash::of(FIRST)), None)
    }

    fn with(first: Option<Hash>, rate: Option<u32>) -> Self {
        let settings = Settings { first, seals: Some(seals(SEAL)), rate, audit: Some(3) };
        let office = Office::restore(Environment::Production, Stored::default(), settings);
        let now = Timestamp::from_ms(1_790_000_040_000);
        Self { office, rows: Vec::new(), published: Vec::new(), now }
    }

    fn ask(&mut self, ask: &Ask<'_>) -> Answer {
        let count = self.rows.len();
        let random = Random { id: count as u64, secret: [1, count as u128] };
        let Handled { rows, publish, outcome } = self.office.handle(self.now, random, ask);
        self.rows.extend(rows);
        self.published.extend(publish);
        let Outcome::Reply(reply) = outcome else { panic!("{outcome:?}") };
        let body = reply.body.as_deref().map(|it| serde_json::from_str(it).unwrap());
        Answer { status: reply.status, body: body.unwrap_or_default(), reply }
    }

    fn call(&mut self, token: &str, method: &str, address: &str, body: &Value) -> Answer {
        self.call_with(token, method, address, body, None)
    }

    fn call_with(
        &mut self,
        token: &str,
        method: &str,
        address: &str,
        body: &Value,
        if_match: Option<&str>,
    ) -> Answer {
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let pairs = query.split('&').filter_map(|it| it.split_once('='));
        let query = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let authorization = format!("Bearer {token}");
        let body = body.to_string();
        self.ask(&Ask {
            method,
            path,
            query,
            authorization: Some(&authorization),
            content_type: JSON,
            if_match,
            address: "192.0.2.1",
            body: body.as_bytes(),
            ..Ask::default()
        })
    }

    fn mint(&mut self, by: &str, name: &str, role: &str) -> (String, String) {
        let body = json!({ "name": name, "role": role });
        let answer = self.call(by, "POST", "/v1/admin/tokens", &body);
        assert_eq!(answer.status, 201, "{}", answer.body);
        let text = |name: &str| answer.body[name].as_str().unwrap().to_owned();
        (text("id"), text("token"))
    }

    /// The registry as its next life finds it.
    fn restored(&self) -> Office {
        let mut stored = Stored::default();
        let mut documents = BTreeMap::new();
        let mut tokens = BTreeMap::new();
        for row in &self.rows {
            match row.clone() {
                Row::Document(key, Some(row)) => drop(documents.insert(key, row)),
                Row::Document(key, None) => drop(documents.remove(&key)),
                Row::Token(id, Some(row)) => drop(tokens.insert(id, row)),
                Row::Token(id, None) => drop(tokens.remove(&id)),
                Row::Audit { seq, .. } => stored.audit = seq,
                Row::Floor(floor) => stored.floor = floor,
            }
        }
        stored.documents = documents.into_iter().collect();
        stored.tokens = tokens.into_values().collect();
        let first = Some(Hash::of(FIRST));
        let settings = Settings { first, seals: Some(seals(SEAL)), rate: None, audit: None };
        Office::restore(Environment::Production, stored, settings)
    }

    fn audit(&self) -> Vec<String> {
        let lines = self.rows.iter().filter_map(|row| match row {
            Row::Audit { json, .. } => Some(serde_json::from_str::<AuditEntry>(json).unwrap()),
            _ => None,
        });
        lines.map(|it| format!("{} {} {} {}", it.seq, it.who, it.what, it.key)).collect()
    }
}

impl Answer {
    fn code(&self) -> (u16, &str) {
        let code = self.body.get("code").and_then(Value::as_str).unwrap_or_default();
        assert_eq!(self.reply.is_problem, !code.is_empty());
        (self.status, code)
    }
}

fn hub() -> Value {
    json!({ "version": 1, "id": "shop", "name": "Shop", "default_flow": "sales" })
}

#[test]
fn a_document_is_written_read_changed_and_removed() {
    let mut desk = Desk::new();
    let address = "/v1/admin/hubs/shop";
    assert_eq!(desk.call(FIRST, "GET", address, &Value::Null).code(), (404, "document_unknown"));
    let written = desk.call(FIRST, "PUT", address, &hub());
    assert_eq!(written.status, 201);
    assert_eq!(written.reply.revision, Some(1));
    assert_eq!(written.body["warnings"][0]["code"], "reference_missing");
    let read = desk.call(FIRST, "GET", address, &Value::Null);
    assert_eq!((read.reply.revision, &read.body), (Some(1), &hub()));

    let mut other = hub();
    other["name"] = json!("Shop two");
    let refused = desk.call(FIRST, "PUT", address, &other);
    assert_eq!(refused.code(), (428, "revision_required"));
    assert_eq!(refused.reply.revision, Some(1), "with it the caller can go on");
    let refused = desk.call_with(FIRST, "PUT", address, &other, Some("\"7\""));
    assert_eq!(refused.code(), (412, "revision_stale"));
    let written = desk.call_with(FIRST, "PUT", address, &other, Some("\"1\""));
    assert_eq!((written.status, written.reply.revision), (200, Some(2)));
    assert_eq!(written.body["changed"], true);
    let again = desk.call_with(FIRST, "PUT", address, &other, Some("\"2\""));
    assert_eq!((again.status, &again.body["changed"]), (200, &json!(false)));

    let list = desk.call(FIRST, "GET", "/v1/admin/hubs", &Value::Null);
    assert_eq!(list.body["items"][0]["revision"], 2);
    assert_eq!(list.body["items"][0]["changed_by"], "ADMIN_TOKEN");
    assert_eq!(desk.call(FIRST, "DELETE", address, &Value::Null).status, 204);
    let keys: Vec<(&str, bool)> =
        desk.published.iter().map(|(key, json)| (key.as_str(), json.is_some())).collect();
    assert_eq!(keys, [("hub:shop", true), ("hub:shop", true), ("hub:shop", false)]);
    assert_eq!(
        desk.audit(),
        [
            "1 ADMIN_TOKEN created hub:shop",
            "2 ADMIN_TOKEN changed hub:shop",
            "3 ADMIN_TOKEN removed hub:shop"
        ]
    );
}

#[test]
fn no_revision_of_a_document_that_went_and_came_again_is_had_twice() {
    let mut desk = Desk::new();
    let address = "/v1/admin/hubs/shop";
    let named = |desk: &mut Desk, name: &str, if_match: Option<&str>| {
        let mut hub = hub();
        hub["name"] = json!(name);
        desk.call_with(FIRST, "PUT", address, &hub, if_match).reply.revision
    };
    assert_eq!(named(&mut desk, "One", None), Some(1));
    assert_eq!(named(&mut desk, "Two", Some("*")), Some(2));
    assert_eq!(desk.call(FIRST, "DELETE", address, &Value::Null).status, 204);
    // Also in the registry's next life.
    desk.office = desk.restored();
    assert_eq!(named(&mut desk, "Three", None), Some(3));
    let mut stale = hub();
    stale["name"] = json!("Four");
    for old in ["\"1\"", "\"2\""] {
        let refused = desk.call_with(FIRST, "PUT", address, &stale, Some(old));
        assert_eq!(refused.code(), (412, "revision_stale"), "{old}");
    }
}

#[test]
fn the_edge_makes_ids_for_new_documents() {
    let mut desk = Desk::new();
    let mut hub = hub();
    hub.as_object_mut().unwrap().remove("id");
    let one = desk.call(FIRST, "POST", "/v1/admin/hubs", &hub);
    let two = desk.call(FIRST, "POST", "/v1/admin/hubs", &hub);
    assert_eq!((one.status, two.status), (201, 201), "{}", one.body);
    assert_ne!(one.body["id"], two.body["id"]);
    let id = one.body["id"].as_str().unwrap().to_owned();
    let location = format!("/v1/admin/hubs/{id}");
    assert_eq!(one.reply.headers, [("Location", location.clone())]);
    let read = desk.call(FIRST, "GET", &location, &Value::Null);
    assert_eq!((&read.body["id"], read.reply.revision), (&json!(id), Some(1)));

    let resource = json!({
        "version": 1, "kind": "web_chat", "hub": id, "name": "Shop",
        "allowed_origins": ["https://shop.example"],
    });
    let made = desk.call(FIRST, "POST", "/v1/admin/resources", &resource);
    assert_eq!(made.status, 201, "{}", made.body);
    let uuid = made.body["id"].as_str().unwrap();
    assert!(parlor_shared::id::ResourceId::parse(uuid).is_ok(), "{uuid}");

    let mut own = hub.clone();
    own["id"] = json!("mine");
    let refused = desk.call(FIRST, "POST", "/v1/admin/hubs", &own);
    assert_eq!((refused.code(), &refused.body["field"]), ((400, "body_malformed"), &json!("id")));
    let empty = desk.call(FIRST, "POST", "/v1/admin/routing-flows", &json!({}));
    assert_eq!(empty.code(), (422, "document_invalid"));
    let list = desk.call(FIRST, "POST", "/v1/admin/accounts", &json!([]));
    assert_eq!(list.code(), (400, "body_malformed"));
}

#[test]
fn every_problem_of_a_document_is_listed_by_its_path() {
    let mut desk = Desk::new();
    let body =
        json!({ "version": 1, "id": "shop", "name": 7, "rules": [{ "when": {}, "flow": "X" }] });
    let answer = desk.call(FIRST, "PUT", "/v1/admin/hubs/shop", &body);
    assert_eq!(answer.code(), (422, "document_invalid"));
    let problems = answer.body["problems"].as_array().unwrap();
    let listed: Vec<String> = problems
        .iter()
        .map(|it| format!("{} {}", it["path"], it["code"]).replace('"', ""))
        .collect();
    assert_eq!(
        listed,
        [
            "$.name wrong_type",
            "$.default_flow missing",
            "$.rules[0].when rule_without_condition",
            "$.rules[0].flow id_form"
        ]
    );
    assert_eq!(desk.rows, []);
}

#[test]
fn the_first_token_serves_until_a_named_admin_has_one() {
    let mut desk = Desk::new();
    let (_, reader) = desk.mint(FIRST, "dashboard", "read_only");
    assert_eq!(desk.call(FIRST, "GET", "/v1/admin/hubs", &Value::Null).status, 200);
    let (id, admin) = desk.mint(FIRST, "ada", "admin");
    assert_eq!(
        desk.call(FIRST, "GET", "/v1/admin/hubs", &Value::Null).code(),
        (401, "token_unknown")
    );
    assert_eq!(desk.call(&admin, "PUT", "/v1/admin/hubs/shop", &hub()).status, 201);
    assert_eq!(desk.call(&reader, "GET", "/v1/admin/hubs", &Value::Null).status, 200);

    // The id alone opens nothing.
    let forged =
        format!("{}{}", &admin[..admin.len() - 1], if admin.ends_with('A') { "B" } else { "A" });
    assert_eq!(
        desk.call(&forged, "GET", "/v1/admin/hubs", &Value::Null).code(),
        (401, "token_unknown")
    );

    // The same after the object was away.
    desk.office = desk.restored();
    assert_eq!(
        desk.call(FIRST, "GET", "/v1/admin/hubs", &Value::Null).code(),
        (401, "token_unknown")
    );
    let list = desk.call(&admin, "GET", "/v1/admin/tokens", &Value::Null);
    assert_eq!(list.body["items"].as_array().unwrap().len(), 2);
    assert!(!list.body.to_string().contains(&admin), "shown once");

    // Revoked, it opens nothing, and the first serves again: nobody locks themselves out.
    let address = format!("/v1/admin/tokens/{id}");
    assert_eq!(desk.call(&admin, "DELETE", &address, &Value::Null).status, 204);
    assert_eq!(
        desk.call(&admin, "GET", "/v1/admin/hubs", &Value::Null).code(),
        (401, "token_unknown")
    );
    assert_eq!(
        desk.call(FIRST, "DELETE", &address, &Value::Null).code(),
        (404, "admin_token_unknown")
    );
    assert_eq!(
        desk.audit().iter().filter(|it| it.contains("token")).count(),
        3,
        "made twice, revoked once"
    );
    let stored = format!("{:?}", desk.rows);
    assert!(!stored.contains(&admin) && !stored.contains(&reader), "only hashes are kept");
}

#[test]
fn each_role_may_what_it_may_and_no_more() {
    let mut desk = Desk::new();
    let (_, admin) = desk.mint(FIRST, "ada", "admin");
    let (_, support) = desk.mint(&admin, "sam", "support");
    let (_, reader) = desk.mint(&admin, "rae", "read_only");
    for route in routes::ROUTES {
        let path = route.path.replace("{id}", "shop");
        for (token, role) in
            [(&reader, Role::ReadOnly), (&support, Role::Support), (&admin, Role::Admin)]
        {
            let authorization = format!("Bearer {token}");
            let handled = desk.office.handle(
                desk.now,
                Random { id: 99, secret: [9, 9] },
                &Ask {
                    method: route.method.as_str(),
                    path: &path,
                    authorization: Some(&authorization),
                    content_type: JSON,
                    body: b"{}",
                    ..Ask::default()
                },
            );
            let refused = matches!(&handled.outcome, Outcome::Reply(reply) if reply.status == 403);
            let may = role >= route.role;
            assert_eq!(refused, !may, "{} {} as {}", route.method.as_str(), path, role.as_str());
        }
    }
}

#[test]
fn a_token_expires() {
    let mut desk = Desk::new();
    let body = json!({ "name": "trial", "role": "read_only", "expires_in_days": 1 });
    let answer = desk.call(FIRST, "POST", "/v1/admin/tokens", &body);
    let token = answer.body["token"].as_str().unwrap().to_owned();
    assert_eq!(desk.call(&token, "GET", "/v1/admin/hubs", &Value::Null).status, 200);
    desk.now = desk.now + Duration::from_secs(86_400);
    assert_eq!(
        desk.call(&token, "GET", "/v1/admin/hubs", &Value::Null).code(),
        (401, "token_unknown")
    );
}

#[test]
fn each_wrong_request_has_its_code() {
    let mut desk = Desk::new();
    let hubs = "/v1/admin/hubs";
    let shop = "/v1/admin/hubs/shop";
    let authorization = format!("Bearer {FIRST}");
    let good = || Ask {
        method: "PUT",
        path: shop,
        authorization: Some(&authorization),
        content_type: JSON,
        address: "192.0.2.1",
        body: b"{}",
        ..Ask::default()
    };
    let long = vec![b' '; MAX_BODY_BYTES + 1];
    for (ask, expected) in [
        (Ask { authorization: None, ..good() }, (401, "token_missing")),
        (Ask { authorization: Some("Basic YWRhOmFkYQ=="), ..good() }, (401, "token_missing")),
        (Ask { authorization: Some("Bearer wrong"), ..good() }, (401, "token_unknown")),
        (Ask { authorization: Some("Bearer parlor_0_0"), ..good() }, (401, "token_unknown")),
        (Ask { path: "/v1/admin/hub", ..good() }, (404, "route_unknown")),
        (Ask { path: "/v1/admin/hubs/shop/", ..good() }, (404, "route_unknown")),
        (Ask { method: "PATCH", ..good() }, (405, "method_not_allowed")),
        (Ask { method: "QUERY", ..good() }, (405, "method_not_allowed")),
        (
            Ask {
                method: "GET",
                path: "/v1/admin/audit",
                query: vec![("before".into(), "9007199254740992".into())],
                ..good()
            },
            (400, "query_malformed"),
        ),
        (Ask { method: "GET", path: "/v1/admin/import", ..good() }, (405, "method_not_allowed")),
        (Ask { content_type: None, ..good() }, (415, "content_type_unsupported")),
        (Ask { content_type: Some("text/json"), ..good() }, (415, "content_type_unsupported")),
        (Ask { body: &long, ..good() }, (413, "body_too_long")),
        (Ask { body: b"{", ..good() }, (422, "document_invalid")),
        (Ask { path: "/v1/admin/hubs/Shop", ..good() }, (400, "id_malformed")),
        (Ask { path: "/v1/admin/hubs/", ..good() }, (400, "id_malformed")),
        (Ask { if_match: Some("3"), ..good() }, (400, "precondition_malformed")),
        (Ask { if_match: Some("W/\"3\""), ..good() }, (400, "precondition_malformed")),
        (
            Ask { if_match: Some("*"), if_none_match: Some("*"), ..good() },
            (400, "precondition_malformed"),
        ),
        (Ask { if_match: Some("*"), ..good() }, (412, "revision_stale")),
        (
            Ask { method: "GET", path: hubs, query: vec![("q".into(), "x".into())], ..good() },
            (400, "query_malformed"),
        ),
        (
            Ask { method: "DELETE", query: vec![("flows".into(), "all".into())], ..good() },
            (400, "query_malformed"),
        ),
        (
            Ask {
                method: "GET",
                path: "/v1/admin/audit",
                query: vec![("limit".into(), "-1".into())],
                ..good()
            },
            (400, "query_malformed"),
        ),
        (
            Ask { method: "DELETE", path: "/v1/admin/tokens/x", ..good() },
            (404, "admin_token_unknown"),
        ),
    ] {
        let answer = desk.ask(&ask);
        assert_eq!(answer.code(), expected, "{}", answer.body);
    }
    let mint = |body: &str| {
        let ask = Ask { method: "POST", path: "/v1/admin/tokens", body: body.as_bytes(), ..good() };
        let mut desk = Desk::new();
        let answer = desk.ask(&ask);
        assert_eq!(answer.code(), (400, "body_malformed"), "{body}");
        answer.body["field"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(mint("[]"), "");
    assert_eq!(mint(r#"{"name":"x","role":"admin"} x"#), "");
    assert_eq!(mint(r#"{"name":"x","role":"admin","expires":1}"#), "expires");
    assert_eq!(mint(r#"{"name":7,"role":"admin"}"#), "name");
    assert_eq!(mint(r#"{"name":" ","role":"admin"}"#), "name");
    assert_eq!(mint(r#"{"name":"x","role":"root"}"#), "role");
    assert_eq!(mint(r#"{"name":"x","role":"admin","expires_in_days":0}"#), "expires_in_days");
    let allow = desk.ask(&Ask { method: "POST", ..good() }).reply.headers;
    assert_eq!(allow, [("Allow", "GET, PUT, DELETE".to_owned())]);
}

#[test]
fn without_any_token_there_is_no_way_in() {
    let mut desk = Desk::with(None, None);
    let answer = desk.call("anything", "GET", "/v1/admin/hubs", &Value::Null);
    assert_eq!(answer.code(), (503, "admin_token_missing"));
}

#[test]
fn each_token_has_its_rate_and_so_has_guessing() {
    let mut desk = Desk::with(Some(Hash::of(FIRST)), Some(2));
    let (_, reader) = desk.mint(FIRST, "rae", "read_only");
    assert_eq!(desk.call(FIRST, "GET", "/v1/admin/hubs", &Value::Null).status, 200);
    let answer = desk.call(FIRST, "GET", "/v1/admin/hubs", &Value::Null);
    assert_eq!(answer.code(), (429, "too_many_requests"));
    assert_eq!(answer.reply.headers, [("Retry-After", "60".to_owned())]);
    assert_eq!(desk.call(&reader, "GET", "/v1/admin/hubs", &Value::Null).status, 200);
    let mut desk = Desk::new();
    let (_, reader) = desk.mint(FIRST, "rae", "read_only");
    for _ in 0..30 {
        let answer = desk.call("guess", "GET", "/v1/admin/hubs", &Value::Null);
        assert_eq!(answer.code(), (401, "token_unknown"));
    }
    // Not even the right one, from there, in this minute.
    let answer = desk.call(&reader, "GET", "/v1/admin/hubs", &Value::Null);
    assert_eq!(answer.code(), (429, "too_many_requests"));
    desk.now = desk.now + Duration::from_secs(60);
    assert_eq!(desk.call(&reader, "GET", "/v1/admin/hubs", &Value::Null).status, 200);
}

#[test]
fn everything_goes_out_as_one_file_and_comes_back() {
    let mut desk = Desk::new();
    desk.call(FIRST, "PUT", "/v1/admin/hubs/shop", &hub());
    let file = desk.call(FIRST, "GET", "/v1/admin/export", &Value::Null);
    assert!(
        file.reply.body.unwrap().contains("\n    \"default_flow\": \"sales\",\n"),
        "a line each"
    );
    let refused = desk.call(FIRST, "POST", "/v1/admin/import", &file.body);
    assert_eq!(refused.code(), (422, "document_invalid"), "here everything named must be there");
    let mut whole = file.body.clone();
    whole["flow:sales"] = json!({
        "version": 1, "id": "sales", "hub": "shop", "name": "Sales", "type": "relay",
        "when_nobody": "leave_message",
        "relay": {
            "type": "salesforce", "button_id": "573000000000001", "deployment_id": "572000000000001",
            "organization_id": "00D000000000001", "api_hostname": "d.la1.salesforceliveagent.com",
        },
    });
    let dry = desk.call(FIRST, "POST", "/v1/admin/import?mode=replace&dry_run=true", &whole);
    assert_eq!(dry.body["created"], json!(["flow:sales"]));
    assert_eq!(desk.call(FIRST, "GET", "/v1/admin/export", &Value::Null).body, file.body);
    let done = desk.call(FIRST, "POST", "/v1/admin/import?mode=replace", &whole);
    assert_eq!(done.body["created"], json!(["flow:sales"]));
    assert_eq!(desk.published.last().unwrap().0, "flow:sales");
    desk.office = desk.restored();
    assert_eq!(desk.call(FIRST, "GET", "/v1/admin/export", &Value::Null).body, whole);
}

fn account(key: &Value) -> Value {
    json!({
        "version": 1, "id": "acme", "kind": "kustomer", "name": "Acme", "api_host": "acme",
        "api_key": key,
    })
}

#[test]
fn an_accounts_key_is_sealed_and_never_seen_again() {
    let mut desk = Desk::new();
    let address = "/v1/admin/accounts/acme";
    let plain = account(&json!("sesame, open"));
    let put = desk.call(FIRST, "PUT", address, &plain);
    assert_eq!(put.status, 201, "{}", put.body);
    let read = desk.call(FIRST, "GET", address, &Value::Null);
    assert_eq!(read.body["api_key"], json!({ "sealed": true }));
    // What was read may be written back, with another name, and the key stays.
    let mut other = read.body.clone();
    other["name"] = json!("Acme Inc.");
    let sealed = desk.published.last().unwrap().1.clone().unwrap();
    assert_eq!(desk.call_with(FIRST, "PUT", address, &other, Some("\"1\"")).status, 200);
    let kept: Value =
        serde_json::from_str(&desk.published.last().unwrap().1.clone().unwrap()).unwrap();
    let sealed: Value = serde_json::from_str(&sealed).unwrap();
    assert_eq!(kept["api_key"], sealed["api_key"]);
    let again = desk.call_with(FIRST, "PUT", address, &plain, Some("*"));
    assert_eq!(again.body["revision"], 3);

    for address in ["/v1/admin/accounts", "/v1/admin/export"] {
        let shown = desk.call(FIRST, "GET", address, &Value::Null).reply.body.unwrap();
        assert!(!shown.contains("v1.") && !shown.contains("sesame"), "{shown}");
    }
    let audit: Vec<&Row> = desk.rows.iter().filter(|it| matches!(it, Row::Audit { .. })).collect();
    assert!(!format!("{audit:?}").contains("v1."), "the log has not even the sealed one");
    assert!(!format!("{:?} {:?}", desk.rows, desk.published).contains("sesame"));

    // Sealed it may leave, and comes back where the same Worker secret is set.
    let file = desk.call(FIRST, "GET", "/v1/admin/export?secrets=sealed", &Value::Null).body;
    assert!(file.to_string().contains("v1."));
    let same = desk.call(FIRST, "POST", "/v1/admin/import?mode=replace", &file);
    assert_eq!((same.status, &same.body["changed"]), (200, &json!([])));
    let without = desk.call(FIRST, "GET", "/v1/admin/export", &Value::Null).body;
    assert_eq!(desk.call(FIRST, "POST", "/v1/admin/import", &without).status, 200, "kept");
    let mut elsewhere = Desk::new();
    let refused = elsewhere.call(FIRST, "POST", "/v1/admin/import", &without);
    assert_eq!(refused.body["problems"][0]["path"], "$[\"account:acme\"].api_key");
}

#[test]
fn secrets_are_sealed_anew_by_one_request() {
    let mut desk = Desk::new();
    desk.call(FIRST, "PUT", "/v1/admin/accounts/acme", &account(&json!("sesame, open")));
    let new = "/////////////////////////////////////////w8";
    desk.office.settings.seals = Some(SealKeys::new(Some(new), Some(SEAL)).unwrap());
    let sealed = desk.call(FIRST, "POST", "/v1/admin/seal-anew", &Value::Null);
    assert_eq!(sealed.body["changed"], json!(["account:acme"]), "{}", sealed.body);
    let again = desk.call(FIRST, "POST", "/v1/admin/seal-anew", &Value::Null);
    assert_eq!(again.body["changed"], json!([]));
    // The old one may go now; and too soon it is told which secret would be lost.
    desk.office.settings.seals = Some(seals(new));
    assert_eq!(desk.call(FIRST, "POST", "/v1/admin/seal-anew", &Value::Null).status, 200);
    desk.office.settings.seals = Some(seals(SEAL));
    let refused = desk.call(FIRST, "POST", "/v1/admin/seal-anew", &Value::Null);
    assert_eq!(refused.code(), (409, "sealed_key_unknown"));
    assert!(refused.body["title"].as_str().unwrap().contains("account:acme api_key"));
    desk.office.settings.seals = None;
    let refused = desk.call(FIRST, "POST", "/v1/admin/seal-anew", &Value::Null);
    assert_eq!(refused.code(), (503, "seal_secret_missing"));
    let body = account(&json!("another"));
    let refused = desk.call_with(FIRST, "PUT", "/v1/admin/accounts/acme", &body, Some("*"));
    assert_eq!(refused.body["problems"][0]["code"], "sealed_form");
}

/// The audit log outlives whoever is erased: it says who asked, and never for whom.
#[test]
fn what_is_done_with_a_person_is_in_the_books_without_the_person() {
    let mut desk = Desk::new();
    let id = "c".repeat(64);
    for (method, path, what, key) in [
        (
            "GET",
            "/v1/admin/hubs/shop/customers/ada%40example.test",
            "exported",
            "customer of hub:shop",
        ),
        (
            "DELETE",
            "/v1/admin/hubs/shop/customers/ada%40example.test",
            "erased",
            "customer of hub:shop",
        ),
        ("GET", &format!("/v1/admin/conversations/{id}/visitor"), "exported", "conversation:c"),
        ("DELETE", &format!("/v1/admin/conversations/{id}/visitor"), "erased", "conversation:c"),
        ("DELETE", &format!("/v1/admin/conversations/{id}"), "erased", "conversation:c"),
    ] {
        let authorization = format!("Bearer {FIRST}");
        let ask = Ask { method, path, authorization: Some(&authorization), ..Ask::default() };
        let handled = desk.office.handle(desk.now, Random { id: 1, secret: [1, 2] }, &ask);
        assert_eq!(handled.outcome, Outcome::Through, "{path}");
        let [Row::Audit { json: line, .. }] = handled.rows.as_slice() else {
            panic!("{:?}", handled.rows)
        };
        assert!(line.contains(&format!("\"what\":\"{what}\",\"key\":\"{key}")), "{line}");
        assert!(!line.contains("ada"), "{line}");
    }
}

#[test]
fn a_secret_sealed_under_a_key_that_is_gone_is_noticed() {
    let mut desk = Desk::new();
    let account = json!({
        "version": 1, "id": "acme", "kind": "kustomer", "name": "Acme",
        "api_host": "acme", "api_key": "sesame",
    });
    assert_eq!(desk.call(FIRST, "PUT", "/v1/admin/accounts/acme", &account).status, 201);
    assert!(desk.office.can_open_all());
    desk.office.settings.seals = Some(seals("/////////////////////////////////////////w8"));
    assert!(!desk.office.can_open_all());
    desk.office.settings.seals = None;
    assert!(desk.office.can_open_all(), "that there is none at all is said elsewhere");
}

/// The shell keeps what is not older than the row says.
#[test]
fn the_audit_log_has_an_end() {
    let mut desk = Desk::new();
    let mut kept = Vec::new();
    for id in ["one", "two", "three", "four", "five"] {
        let mut hub = hub();
        hub["id"] = json!(id);
        let written = desk.call(FIRST, "PUT", &format!("/v1/admin/hubs/{id}"), &hub);
        assert_eq!(written.status, 201);
        let last = desk.rows.iter().rev().find_map(|row| match row {
            Row::Audit { seq, oldest, .. } => Some((*seq, *oldest)),
            _ => None,
        });
        kept.extend(last);
    }
    assert_eq!(kept, [(1, 0), (2, 0), (3, 1), (4, 2), (5, 3)]);
}
