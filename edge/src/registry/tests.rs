//! Documents, from outside: what is written parses, and what is wrong is told, all of it.

use std::{collections::BTreeMap, time::Duration};

use parlor_shared::id::ResourceId;
use serde_json::{Value, json};

mod guide;

use super::*;
use Environment::{Development, Production};

const RESOURCE_ID: &str = "3f0c2d1e-9a4b-4c3d-8e2f-001122334455";

fn written_resource() -> document::Resource {
    document::Resource {
        version: VERSION,
        id: RESOURCE_ID.to_owned(),
        kind: "web_chat",
        hub: "shop".to_owned(),
        name: "Example Shop".to_owned(),
        allowed_origins: vec![
            "https://shop.example".to_owned(),
            "https://*.shop.example".to_owned(),
        ],
        theme: document::Theme {
            accent: Some("#0A7D5B".to_owned()),
            scheme: Some("follow".to_owned()),
        },
        texts: BTreeMap::from([("greeting".to_owned(), "Hello!".to_owned())]),
        prechat: None,
    }
}

fn written_hub() -> document::Hub {
    let rule = |when, flow: &str| document::Rule { when, flow: flow.to_owned() };
    document::Hub {
        version: VERSION,
        id: "shop".to_owned(),
        name: "Shop".to_owned(),
        default_flow: "sales".to_owned(),
        rules: vec![
            rule(
                document::When {
                    attribute: Some(document::Attribute {
                        key: "plan".to_owned(),
                        equals: "gold".to_owned(),
                    }),
                    language: Some(vec!["de".to_owned(), "pt-BR".to_owned()]),
                    page: Some("/help/*".to_owned()),
                    ..Default::default()
                },
                "help",
            ),
            rule(
                document::When {
                    hours: Some("closed".to_owned()),
                    available: Some(true),
                    ..Default::default()
                },
                "night",
            ),
        ],
        hours: Some(document::Hours {
            time_zone: "Europe/Berlin".to_owned(),
            week: BTreeMap::from([(
                "monday".to_owned(),
                vec![["09:00".to_owned(), "18:00".to_owned()]],
            )]),
            holidays: vec!["2026-12-25".to_owned()],
        }),
        grace_period_s: 600,
        sneak_peek: false,
        retention_days: None,
        region: None,
    }
}

fn written_flow(when_nobody: document::WhenNobody) -> document::Flow {
    document::Flow {
        version: VERSION,
        id: "sales".to_owned(),
        hub: "shop".to_owned(),
        name: "Sales".to_owned(),
        kind: "relay",
        relay: document::Relay::Salesforce {
            button_id: "573B0000000005MIAQ".to_owned(),
            deployment_id: "572000000000001".to_owned(),
            organization_id: "00D000000000001EAA".to_owned(),
            api_hostname: "https://d.la1-c2-frf.salesforceliveagent.com/chat/rest/".to_owned(),
            prechat: None,
        },
        when_nobody,
    }
}

fn flow_id(text: &str) -> FlowId {
    FlowId::parse(text).unwrap()
}

/// Every problem and warning of the document, as `code at path`.
fn complaints<T>(parsed: Result<Parsed<T>, Problems>) -> String {
    match parsed {
        Ok(parsed) if parsed.warnings.is_empty() => "none".to_owned(),
        Ok(parsed) => format!("warned: {}", parsed.warnings),
        Err(problems) => problems.to_string(),
    }
}

/// `document` with the value at `pointer` (RFC 6901) replaced, added, or by null removed.
fn with(document: &impl serde::Serialize, pointer: &str, value: Value) -> String {
    let mut document = serde_json::to_value(document).unwrap();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match document.pointer_mut(parent).unwrap() {
        Value::Array(items) => items[name.parse::<usize>().unwrap()] = value,
        parent => parent[name] = value,
    }
    document.to_string()
}

/// KV holds these, and exported files: whoever published before a deploy must still be read after it.
#[test]
fn document_formats_unchanged() {
    let bytes = |document: Result<String, serde_json::Error>| document.unwrap();
    assert_eq!(
        bytes(serde_json::to_string(&written_resource())),
        r##"{"version":1,"id":"3f0c2d1e-9a4b-4c3d-8e2f-001122334455","kind":"web_chat","hub":"shop","name":"Example Shop","allowed_origins":["https://shop.example","https://*.shop.example"],"theme":{"accent":"#0A7D5B","scheme":"follow"},"texts":{"greeting":"Hello!"}}"##,
    );
    assert_eq!(
        bytes(serde_json::to_string(&written_hub())),
        r#"{"version":1,"id":"shop","name":"Shop","default_flow":"sales","rules":[{"when":{"attribute":{"key":"plan","equals":"gold"},"language":["de","pt-BR"],"page":"/help/*"},"flow":"help"},{"when":{"hours":"closed","available":true},"flow":"night"}],"hours":{"time_zone":"Europe/Berlin","week":{"monday":[["09:00","18:00"]]},"holidays":["2026-12-25"]},"grace_period_s":600}"#,
    );
    let flow = |when_nobody| bytes(serde_json::to_string(&written_flow(when_nobody)));
    let before = r#"{"version":1,"id":"sales","hub":"shop","name":"Sales","type":"relay","relay":{"type":"salesforce","button_id":"573B0000000005MIAQ","deployment_id":"572000000000001","organization_id":"00D000000000001EAA","api_hostname":"https://d.la1-c2-frf.salesforceliveagent.com/chat/rest/"},"when_nobody":"#;
    for (when_nobody, expected) in [
        (document::WhenNobody::LeaveMessage, r#""leave_message""#),
        (document::WhenNobody::NextFlow("b".to_owned()), r#"{"next_flow":"b"}"#),
        (document::WhenNobody::Closed("Bye".to_owned()), r#"{"closed":"Bye"}"#),
    ] {
        assert_eq!(flow(when_nobody), format!("{before}{expected}}}"));
    }
}

#[test]
fn a_written_resource_is_read() {
    let json = serde_json::to_vec(&written_resource()).unwrap();
    let Parsed { value, warnings } = Resource::parse(&json, Production).unwrap();
    assert!(warnings.is_empty(), "{warnings}");
    assert_eq!(value.id.as_str(), RESOURCE_ID);
    assert_eq!(value.hub.as_str(), "shop");
    assert_eq!(value.name, "Example Shop");
    assert_eq!(value.theme.accent.as_deref(), Some("#0a7d5b"));
    assert_eq!(value.theme.scheme.as_deref(), Some("follow"));
    assert_eq!(value.texts.get("greeting").map(String::as_str), Some("Hello!"));
    let origins: Vec<String> = value.allowed_origins.iter().map(ToString::to_string).collect();
    assert_eq!(origins, ["https://shop.example", "https://*.shop.example"]);
}

#[test]
fn a_written_hub_is_read() {
    let json = serde_json::to_vec(&written_hub()).unwrap();
    let Parsed { value, warnings } = Hub::parse(&json, Production).unwrap();
    assert!(warnings.is_empty(), "{warnings}");
    assert_eq!(value.default_flow, flow_id("sales"));
    assert_eq!(value.grace_period, Duration::from_secs(600));
    assert_eq!(value.time_zone(), Some("Europe/Berlin"));
    let [first, second] = value.rules.as_slice() else { panic!("{:?}", value.rules) };
    assert_eq!(
        (&first.flow, &first.when),
        (
            &flow_id("help"),
            &When {
                attribute: Some(Attribute { key: "plan".to_owned(), equals: "gold".to_owned() }),
                language: vec!["de".to_owned(), "pt-br".to_owned()],
                page: Some(PagePattern::parse("/help/*").unwrap()),
                open: None,
                available: None,
            }
        )
    );
    assert_eq!(
        (&second.flow, &second.when),
        (&flow_id("night"), &When { open: Some(false), available: Some(true), ..When::default() })
    );
}

#[test]
fn a_written_flow_is_read() {
    for (written, read) in [
        (document::WhenNobody::LeaveMessage, WhenNobody::LeaveMessage),
        (document::WhenNobody::NextFlow("b".to_owned()), WhenNobody::NextFlow(flow_id("b"))),
        (document::WhenNobody::Closed("Bye".to_owned()), WhenNobody::Closed("Bye".to_owned())),
    ] {
        let json = serde_json::to_vec(&written_flow(written)).unwrap();
        let Parsed { value, warnings } = Flow::parse(&json, Production).unwrap();
        assert!(warnings.is_empty(), "{warnings}");
        assert_eq!(value.when_nobody, read);
        let Relay::LiveAgent(relay) = value.relay else { panic!("Live Agent") };
        assert_eq!(relay.button_id.as_str(), "573B0000000005M");
        assert_eq!(relay.deployment_id.as_str(), "572000000000001");
        assert_eq!(relay.organization_id.as_str(), "00D000000000001");
        assert_eq!(relay.base_url(), "https://d.la1-c2-frf.salesforceliveagent.com");
    }
}

#[test]
fn what_may_be_left_out_has_a_default() {
    let json = json!({"version": 1, "id": "shop", "name": "Shop", "default_flow": "sales"});
    let hub = Hub::parse(json.to_string(), Production).unwrap().value;
    assert_eq!((hub.grace_period, hub.rules.len()), (Duration::from_secs(600), 0));
    assert_eq!(hub.is_open(None), Some(true), "without hours always open");

    let json = with(&written_resource(), "/theme", Value::Null);
    let resource = Resource::parse(json, Production).unwrap().value;
    assert_eq!(resource.theme.accent, None);
}

#[test]
fn each_mistake_in_a_resource_is_told() {
    let told = |pointer: &str, value: Value| {
        complaints(Resource::parse(with(&written_resource(), pointer, value), Production))
    };
    for (pointer, value, expected) in [
        ("/id", json!("not-a-uuid"), "id_form at $.id"),
        ("/id", json!(7), "wrong_type at $.id"),
        ("/id", Value::Null, "missing at $.id"),
        ("/kind", json!("kustomer"), "other_kind at $.kind"),
        ("/kind", json!("sms"), "unknown_value at $.kind"),
        ("/hub", json!("A hub"), "id_form at $.hub"),
        ("/name", json!(""), "empty at $.name"),
        ("/name", json!("two\nlines"), "bad_character at $.name"),
        ("/name", json!("x".repeat(101)), "too_long at $.name"),
        ("/allowed_origins", json!([]), "empty at $.allowed_origins"),
        ("/allowed_origins", json!("https://a.example"), "wrong_type at $.allowed_origins"),
        ("/allowed_origins", json!(vec!["https://a.example"; 51]), "too_many at $.allowed_origins"),
        ("/allowed_origins/1", json!("https://a.example/"), "origin_form at $.allowed_origins[1]"),
        ("/allowed_origins/1", json!("*"), "origin_form at $.allowed_origins[1]"),
        (
            "/allowed_origins/0",
            json!("https://*.example"),
            "origin_wildcard at $.allowed_origins[0]",
        ),
        (
            "/allowed_origins/0",
            json!("http://a.example"),
            "warned: origin_insecure at $.allowed_origins[0]",
        ),
        ("/allowed_origins/0", json!("http://localhost:8000"), "none"),
        ("/theme/accent", json!("red"), "colour_form at $.theme.accent"),
        ("/theme/accent", json!("#12345g"), "colour_form at $.theme.accent"),
        ("/theme/accent", json!("#1234567"), "colour_form at $.theme.accent"),
        ("/theme/accent", json!("#12345é"), "colour_form at $.theme.accent"),
        ("/theme/scheme", json!("sepia"), "unknown_value at $.theme.scheme"),
        ("/theme/radius", json!(1), "warned: unknown_member at $.theme.radius"),
        ("/theme", json!("dark"), "wrong_type at $.theme"),
        ("/theme/accent_dark", json!("#80c1aa"), "none"),
        ("/theme/accent_dark", json!("80c1aa"), "colour_form at $.theme.accent_dark"),
        ("/consent", json!({}), "none"),
        ("/consent", json!({"privacy_url": "https://a.example/p"}), "none"),
        ("/consent", json!(true), "wrong_type at $.consent"),
        (
            "/consent",
            json!({"privacy_url": "javascript:alert(1)"}),
            "address_form at $.consent.privacy_url",
        ),
        ("/rating", json!({"kind": "scale"}), "none"),
        ("/rating", json!({"kind": "scale", "url": 1}), "warned: unknown_member at $.rating.url"),
        ("/rating", json!({"kind": "link", "url": "https://a.example/rate"}), "none"),
        ("/rating", json!({"kind": "link"}), "missing at $.rating.url"),
        (
            "/rating",
            json!({"kind": "link", "url": "http://a.example"}),
            "address_form at $.rating.url",
        ),
        ("/rating", json!({"kind": "stars"}), "unknown_value at $.rating.kind"),
        ("/rating", json!({}), "missing at $.rating.kind"),
        ("/reply_minutes", json!(2), "none"),
        ("/reply_minutes", json!(0), "out_of_range at $.reply_minutes"),
        ("/reply_minutes", json!(1_441), "out_of_range at $.reply_minutes"),
        ("/leave_message", json!(true), "none"),
        ("/leave_message", json!("yes"), "wrong_type at $.leave_message"),
        ("/texts/greeting", json!(1), "wrong_type at $.texts.greeting"),
        ("/texts/Greeting", json!("Hi"), "id_form at $.texts.Greeting"),
        ("/texts/greeting", json!("x".repeat(501)), "too_long at $.texts.greeting"),
        ("/revision", json!(3), "warned: unknown_member at $.revision"),
    ] {
        assert_eq!(told(pointer, value.clone()), expected, "{pointer} {value}");
    }
}

#[test]
fn each_mistake_in_a_hub_is_told() {
    let told = |pointer: &str, value: Value| {
        complaints(Hub::parse(with(&written_hub(), pointer, value), Production))
    };
    for (pointer, value, expected) in [
        ("/default_flow", Value::Null, "missing at $.default_flow"),
        ("/grace_period_s", json!(86_401), "out_of_range at $.grace_period_s"),
        ("/grace_period_s", json!(0), "none"),
        ("/grace_period_s", json!("600"), "wrong_type at $.grace_period_s"),
        ("/rules", json!({}), "wrong_type at $.rules"),
        ("/rules", json!(vec![7; 101]), "too_many at $.rules"),
        ("/rules/1", json!({"flow": "a"}), "missing at $.rules[1].when"),
        (
            "/rules/1",
            json!({"when": {}, "flow": "A"}),
            "rule_without_condition at $.rules[1].when, id_form at $.rules[1].flow",
        ),
        (
            "/rules/1",
            json!({"when": {"languages": ["de"]}, "flow": "a"}),
            "rule_without_condition at $.rules[1].when",
        ),
        (
            "/rules/0/when/attribute",
            json!({"key": " ", "equals": 1}),
            "empty at $.rules[0].when.attribute.key, wrong_type at $.rules[0].when.attribute.equals",
        ),
        ("/rules/0/when/language", json!([]), "empty at $.rules[0].when.language"),
        ("/rules/0/when/language", json!("de"), "wrong_type at $.rules[0].when.language"),
        (
            "/rules/0/when/language",
            json!(["en", "english please", "d", "de_DE", ""]),
            "language_form at $.rules[0].when.language[1], language_form at $.rules[0].when.language[2], \
             language_form at $.rules[0].when.language[3], language_form at $.rules[0].when.language[4]",
        ),
        ("/rules/0/when/page", json!("help"), "page_form at $.rules[0].when.page"),
        ("/rules/0/when/hours", json!("always"), "unknown_value at $.rules[0].when.hours"),
        ("/rules/0/when/available", json!("yes"), "wrong_type at $.rules[0].when.available"),
        ("/hours", Value::Null, "hours_missing at $.rules[1].when.hours"),
        ("/hours/time_zone", json!("Berlin"), "time_zone_form at $.hours.time_zone"),
        ("/hours/time_zone", json!("UTC"), "none"),
        ("/hours/time_zone", json!("America/Argentina/Buenos_Aires"), "none"),
        ("/hours/time_zone", json!("Etc/GMT+5"), "none"),
        ("/hours/time_zone", json!("Europe/../x"), "time_zone_form at $.hours.time_zone"),
        ("/hours/week", json!({}), "empty at $.hours.week"),
        ("/hours/week", json!({"montag": []}), "empty at $.hours.week"),
        (
            "/hours/week/monday",
            json!([["22:00", "06:00"], ["9", "10"], ["09:00"], "09:00-18:00", ["09:00", 18]]),
            "time_form at $.hours.week.monday[0], time_form at $.hours.week.monday[1], \
             time_form at $.hours.week.monday[2], wrong_type at $.hours.week.monday[3], \
             time_form at $.hours.week.monday[4]",
        ),
        (
            "/hours/week/monday",
            json!([["13:00", "18:00"], ["09:00", "12:00"]]),
            "time_overlap at $.hours.week.monday[1]",
        ),
        (
            "/hours/week/monday",
            json!([["09:00", "12:00"], ["11:59", "18:00"]]),
            "time_overlap at $.hours.week.monday[1]",
        ),
        ("/hours/week/monday", json!([["09:00", "12:00"], ["12:00", "24:00"]]), "none"),
        ("/hours/holidays", json!(["2026-12-25", "25.12."]), "date_form at $.hours.holidays[1]"),
    ] {
        assert_eq!(told(pointer, value.clone()), expected, "{pointer} {value}");
    }
}

#[test]
fn each_mistake_in_a_flow_is_told() {
    let flow = written_flow(document::WhenNobody::LeaveMessage);
    let told = |pointer: &str, value: Value| {
        complaints(Flow::parse(with(&flow, pointer, value), Production))
    };
    for (pointer, value, expected) in [
        ("/type", json!("bot"), "reserved at $.type"),
        ("/type", json!("agent"), "unknown_value at $.type"),
        ("/relay", Value::Null, "missing at $.relay"),
        (
            "/relay/type",
            json!("kustomer"),
            "missing at $.relay.datasource_id, missing at $.relay.resource_id",
        ),
        ("/relay/type", json!("salesforce_messaging"), "reserved at $.relay.type"),
        ("/relay/type", json!("zendesk"), "unknown_value at $.relay.type"),
        ("/relay/button_id", json!("572000000000001"), "salesforce_id_kind at $.relay.button_id"),
        ("/relay/button_id", json!("573"), "salesforce_id_form at $.relay.button_id"),
        ("/relay/button_id", json!(" "), "empty at $.relay.button_id"),
        (
            "/relay/organization_id",
            json!("00D000000000001AAA"),
            "salesforce_id_checksum at $.relay.organization_id",
        ),
        ("/relay/api_hostname", json!("chat.example"), "host_not_allowed at $.relay.api_hostname"),
        (
            "/relay/api_hostname",
            json!("http://127.0.0.1:1"),
            "host_not_allowed at $.relay.api_hostname",
        ),
        ("/relay/api_hostname", json!("ftp://x"), "host_form at $.relay.api_hostname"),
        (
            "/relay/api_hostname",
            json!("c.la1-c2-frf.salesforceliveagent.com"),
            "warned: host_doubtful at $.relay.api_hostname",
        ),
        ("/when_nobody", Value::Null, "missing at $.when_nobody"),
        ("/when_nobody", json!("shrug"), "unknown_value at $.when_nobody"),
        ("/when_nobody", json!({}), "unknown_value at $.when_nobody"),
        ("/when_nobody", json!(["leave_message"]), "wrong_type at $.when_nobody"),
        (
            "/when_nobody",
            json!({"next_flow": "b", "closed": "Bye"}),
            "unknown_value at $.when_nobody",
        ),
        ("/when_nobody", json!({"next_flow": "sales"}), "next_is_self at $.when_nobody.next_flow"),
        ("/when_nobody", json!({"closed": ""}), "empty at $.when_nobody.closed"),
    ] {
        assert_eq!(told(pointer, value.clone()), expected, "{pointer} {value}");
    }
}

#[test]
fn every_problem_of_a_document_is_told_at_once() {
    let json = json!({
        "version": 1,
        "id": "Sales!",
        "name": " ",
        "type": "relay",
        "relay": {"type": "salesforce", "button_id": "572000000000001", "deployment_id": 7,
                  "api_hostname": "evil.example"},
        "when_nobody": {"next_flow": "-"},
    });
    assert_eq!(
        complaints(Flow::parse(json.to_string(), Production)),
        "id_form at $.id, missing at $.hub, empty at $.name, salesforce_id_kind at $.relay.button_id, \
         wrong_type at $.relay.deployment_id, missing at $.relay.organization_id, \
         host_not_allowed at $.relay.api_hostname, id_form at $.when_nobody.next_flow"
    );
}

#[test]
fn a_mistaken_id_is_named_and_its_place_in_setup_told() {
    let flow = written_flow(document::WhenNobody::LeaveMessage);
    let message = |name: &str, value: &str| {
        let json = with(&flow, &format!("/relay/{name}"), json!(value));
        let problems = Flow::parse(json, Production).unwrap_err();
        let messages: Vec<String> = problems.iter().map(|it| it.message.clone()).collect();
        messages.join("\n")
    };
    assert_eq!(
        message("button_id", "572000000000001"),
        "This is a deployment id: it starts with 572. A button id starts with 573. Salesforce shows it under \
         Setup, Chat Buttons & Invitations: open the button; it is in the Chat Button Code, in the call of \
         liveagent.startChat."
    );
    assert!(message("deployment_id", "573000000000001").contains("liveagent.init"));
    assert!(message("organization_id", "005000000000001").starts_with("This is a user id"));
    assert!(message("organization_id", "00d000000000001").contains("Company Information"));
    assert!(message("api_hostname", "acme.my.salesforce.com").contains("Chat API Endpoint"));
}

#[test]
fn a_site_without_tls_is_no_news_in_development() {
    let json = with(&written_resource(), "/allowed_origins/0", json!("http://192.168.1.7:8000"));
    assert_eq!(complaints(Resource::parse(&json, Development)), "none");
    assert_eq!(
        complaints(Resource::parse(&json, Production)),
        "warned: origin_insecure at $.allowed_origins[0]"
    );
}

#[test]
fn a_simulator_is_named_in_development_only() {
    let flow = written_flow(document::WhenNobody::LeaveMessage);
    let json = with(&flow, "/relay/api_hostname", json!("http://127.0.0.1:8790"));
    let Relay::LiveAgent(relay) = Flow::parse(&json, Development).unwrap().value.relay else {
        panic!("Live Agent")
    };
    assert_eq!(relay.base_url(), "http://127.0.0.1:8790");
    assert_eq!(Environment::from_var(Some("development")), Development);
    for var in [None, Some(""), Some("Development"), Some("production")] {
        assert_eq!(Environment::from_var(var), Production, "{var:?}");
    }
}

#[test]
fn no_broken_document_panics() {
    let documents = [
        serde_json::to_string(&written_resource()).unwrap(),
        serde_json::to_string(&written_hub()).unwrap(),
        serde_json::to_string(&written_flow(document::WhenNobody::LeaveMessage)).unwrap(),
    ];
    let parse_all = |json: &[u8]| {
        let resource = Resource::parse(json, Development).is_ok();
        let hub = Hub::parse(json, Development).is_ok();
        let flow = Flow::parse(json, Development).is_ok();
        usize::from(resource) + usize::from(hub) + usize::from(flow)
    };
    for json in &documents {
        assert_eq!(parse_all(json.as_bytes()), 1, "each is one kind of document only: {json}");
        for at in 0..json.len() {
            assert_eq!(parse_all(&json.as_bytes()[..at]), 0, "cut at {at}");
            for byte in [0, b'"', b'9', b'-', b'{', b'*', 0xff] {
                let mut bytes = json.clone().into_bytes();
                bytes[at] = byte;
                parse_all(&bytes);
            }
        }
    }
    // Every value replaced by every kind of value.
    for json in &documents {
        let document: Value = serde_json::from_str(json).unwrap();
        for pointer in pointers(&document, "") {
            for value in [
                json!(null),
                json!(true),
                json!(-1),
                json!(""),
                json!("é"),
                json!([[]]),
                json!({"a": 1}),
            ] {
                let mut document = document.clone();
                *document.pointer_mut(&pointer).unwrap() = value;
                parse_all(document.to_string().as_bytes());
            }
        }
    }
}

fn pointers(value: &Value, at: &str) -> Vec<String> {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(name, it)| (name.clone(), it)).collect(),
        Value::Array(items) => {
            items.iter().enumerate().map(|(at, it)| (at.to_string(), it)).collect()
        }
        _ => Vec::new(),
    };
    let below = children.into_iter().flat_map(|(name, it)| pointers(it, &format!("{at}/{name}")));
    std::iter::once(at.to_owned()).chain(below).collect()
}

#[test]
fn what_lies_in_kv_is_used_or_the_reason_told() {
    let id = ResourceId::parse(RESOURCE_ID).unwrap();
    let json = serde_json::to_vec(&written_resource()).unwrap();
    assert_eq!(open::<Resource>(&id, Some(&json), Production).unwrap().value.id, id);

    let error = open::<Resource>(&id, None, Production).unwrap_err();
    assert_eq!(error.code(), "resource_unknown");
    assert_eq!(error.to_string(), format!("there is no document resource:{RESOURCE_ID}"));

    let hub = HubId::parse("shop").unwrap();
    assert_eq!(open::<Hub>(&hub, None, Production).unwrap_err().code(), "hub_missing");
    assert_eq!(open::<Flow>(&flow_id("a"), None, Production).unwrap_err().code(), "flow_missing");

    let error = open::<Hub>(&hub, Some(b"{}"), Production).unwrap_err();
    assert_eq!(error.code(), "document_invalid");
    assert_eq!(error.to_string(), "the document hub:shop is not valid: missing at $.version");

    let other = ResourceId::parse(RESOURCE_ID.replace('5', "6")).unwrap();
    let error = open::<Resource>(&other, Some(&json), Production).unwrap_err();
    assert_eq!(error.code(), "document_id_mismatch");
}

#[test]
fn the_widget_learns_what_it_may() {
    let resource = Resource::parse(serde_json::to_vec(&written_resource()).unwrap(), Production)
        .unwrap()
        .value;
    let hub = Hub::parse(serde_json::to_vec(&written_hub()).unwrap(), Production).unwrap().value;
    // Clocks that show 10 o'clock, and the minutes from there on.
    let now = Timestamp::from_ms(999_999_960_000);
    let seen_on = |resource: &Resource, date: &str| {
        let date = Date::parse(date);
        let clock = move |at: Timestamp| {
            let minutes = (at.as_ms() + 600 * 60_000).checked_sub(now.as_ms())? / 60_000;
            let (hour, minute) = (minutes / 60, minutes % 60);
            LocalTime::new(date?, u8::try_from(hour).ok()?, u8::try_from(minute).ok()?)
        };
        view(resource, &hub, now, &clock)
    };
    let seen = seen_on(&resource, "2026-12-21");
    assert_eq!(
        serde_json::to_value(&seen).unwrap(),
        json!({
            "id": RESOURCE_ID,
            "name": "Example Shop",
            "theme": {
                "accent": "#0a7d5b",
                "scheme": "follow",
                "launcher": "#0a7d5b #ffffff #6ec5a2 #042016",
                "light": {
                    "accent": "#0a7d5b", "on-accent": "#ffffff", "accent-edge": "#0a7d5b",
                    "accent-ink": "#0a7d5b", "accent-soft": "#e3f5ed", "out": "#0a7d5b",
                    "on-out": "#ffffff",
                },
                "dark": {
                    "accent": "#6ec5a2", "on-accent": "#042016", "accent-edge": "#6ec5a2",
                    "accent-ink": "#6ec5a2", "accent-soft": "#1d3028", "out": "#006549",
                    "on-out": "#ffffff",
                },
            },
            "texts": {"greeting": "Hello!"},
            "open": true,
            "kept_days": 30,
            "hours": {
                "time_zone": "Europe/Berlin",
                "spans": [[999_996_360_000_u64, 1_000_028_760_000_u64]],
            },
        })
    );
    assert!(!seen_on(&resource, "2026-12-22").open, "only Mondays have hours");
    assert!(view(&resource, &hub, now, &|_| None).open, "an unknown zone closes nothing");

    let full = json!({
        "consent": {}, "rating": {"kind": "scale"}, "reply_minutes": 2, "leave_message": true,
    });
    let mut written = serde_json::to_value(written_resource()).unwrap();
    written.as_object_mut().unwrap().extend(full.as_object().unwrap().clone());
    let resource = Resource::parse(written.to_string(), Production).unwrap().value;
    let seen = seen_on(&resource, "2026-12-21");
    assert_eq!((seen.reply_minutes, seen.leave_message), (Some(2), false), "open");
    assert_eq!(seen.rating, Some(parlor_shared::wire::Rating::Scale {}));
    assert_eq!((seen.consent.unwrap().privacy_url, seen.kept_days), (None, 30));
    assert!(seen_on(&resource, "2026-12-22").leave_message);
}

mod kustomer {
    //! Documents of a relay to Kustomer.

    use super::*;

    const SEALED: &str = "v1.62c0f482.BwcHBwcHBwcHBwcHewXNOQFj1quCv_7CCpo8t_6xJC9S";

    pub fn written_flow() -> document::Flow {
        document::Flow {
            relay: document::Relay::Kustomer(Box::new(document::KustomerRelay {
                datasource_id: "acme".to_owned(),
                resource_id: RESOURCE_ID.to_owned(),
                webhook_secret_key: Some(SEALED.to_owned()),
                webhook_secret_key_previous: Some(SEALED.to_owned()),
                webhook_header: Some(document::WebhookHeader {
                    name: "X-Relay-Key".to_owned(),
                    value: SEALED.to_owned(),
                }),
                mode: "core",
                opening: "eager",
                reopen: true,
                team_id: Some("620c4386f1346613f49604a1".to_owned()),
                queue_id: Some("61c243261402b84ceba21242".to_owned()),
            })),
            ..super::written_flow(document::WhenNobody::LeaveMessage)
        }
    }

    pub fn written_account() -> document::Account {
        document::Account {
            version: VERSION,
            id: "acme".to_owned(),
            kind: "kustomer",
            name: "Acme".to_owned(),
            api_host: "acme".to_owned(),
            api_key: SEALED.to_owned(),
            organization_id: Some("5f8481c6a22ab5b9d5f2dd8a".to_owned()),
        }
    }

    pub fn written_resource() -> document::KustomerResource {
        document::KustomerResource {
            version: VERSION,
            id: RESOURCE_ID.to_owned(),
            kind: "kustomer",
            hub: "shop".to_owned(),
            name: "Kustomer".to_owned(),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let json = serde_json::to_vec(&written_flow()).unwrap();
        let Relay::Kustomer(flow) = Flow::parse(json, Production).unwrap().value.relay else {
            panic!("Kustomer")
        };
        assert!(flow.eager && flow.reopen && !flow.chat);
        assert_eq!(flow.webhook_header.as_ref().unwrap().name, "x-relay-key");
        let id = flow_id("sales");
        let places: Vec<String> = flow.secrets(&id).map(|(place, _)| place).collect();
        assert_eq!(
            places,
            ["flow:sales relay.webhook_secret_key", "flow:sales relay.webhook_secret_key_previous"]
        );
        let json = serde_json::to_vec(&written_account()).unwrap();
        let account = Account::parse(&json, Production).unwrap().value;
        assert_eq!(account.host.base_url(), "https://acme.api.kustomerapp.com");
        assert_eq!(account.bucket(), "kustomer/5f8481c6a22ab5b9d5f2dd8a");
        let json = serde_json::to_vec(&written_resource()).unwrap();
        assert!(KustomerResource::parse(&json, Production).is_ok());
        assert_eq!(
            complaints(Resource::parse(&json, Production)),
            "other_kind at $.kind, missing at $.allowed_origins"
        );
    }

    #[test]
    fn conversations_of_one_organisation_share_a_bucket() {
        let bucket = |host: &str, organization: Option<&str>| {
            let document = document::Account {
                api_host: host.to_owned(),
                organization_id: organization.map(str::to_owned),
                ..written_account()
            };
            let json = serde_json::to_vec(&document).unwrap();
            Account::parse(&json, Production).unwrap().value.bucket()
        };
        assert_eq!(bucket("acme", None), "kustomer/https://acme.api.kustomerapp.com");
        assert_eq!(bucket("api.prod2.kustomerapp.com", None), "kustomer/account/acme");
        assert_eq!(bucket("api.prod2.kustomerapp.com", Some("o1")), "kustomer/o1");
    }

    #[test]
    fn each_mistake_in_a_flow_is_told() {
        let told = |pointer: &str, value: Value| {
            complaints(Flow::parse(with(&written_flow(), pointer, value), Production))
        };
        for (pointer, value, expected) in [
            ("/relay/datasource_id", json!("Acme"), "id_form at $.relay.datasource_id"),
            ("/relay/resource_id", json!("acme"), "id_form at $.relay.resource_id"),
            (
                "/relay/webhook_secret_key",
                json!("secret"),
                "sealed_form at $.relay.webhook_secret_key",
            ),
            ("/relay/webhook_secret_key", json!(""), "sealed_form at $.relay.webhook_secret_key"),
            (
                "/relay/webhook_secret_key_previous",
                json!(1),
                "wrong_type at $.relay.webhook_secret_key_previous",
            ),
            (
                "/relay/webhook_header/name",
                json!("a b"),
                "header_form at $.relay.webhook_header.name",
            ),
            (
                "/relay/webhook_header/value",
                json!("x"),
                "sealed_form at $.relay.webhook_header.value",
            ),
            ("/relay/mode", json!("native"), "unknown_value at $.relay.mode"),
            ("/relay/opening", json!(true), "wrong_type at $.relay.opening"),
            ("/relay/reopen", json!("yes"), "wrong_type at $.relay.reopen"),
            ("/relay/team_id", json!("a/b"), "id_form at $.relay.team_id"),
            ("/relay/queue_id", json!(""), "id_form at $.relay.queue_id"),
            ("/relay/api_key", json!("x"), "warned: unknown_member at $.relay.api_key"),
        ] {
            assert_eq!(told(pointer, value.clone()), expected, "{pointer} {value}");
        }
    }

    #[test]
    fn each_mistake_in_an_account_is_told() {
        let told = |pointer: &str, value: Value| {
            complaints(Account::parse(
                with(&written_account(), pointer, value).as_bytes(),
                Production,
            ))
        };
        for (pointer, value, expected) in [
            ("/id", json!("A"), "id_form at $.id"),
            ("/kind", json!("salesforce"), "unknown_value at $.kind"),
            ("/api_host", json!("acme.kustomerapp.com"), "host_not_allowed at $.api_host"),
            ("/api_host", json!("http://127.0.0.1:8"), "host_not_allowed at $.api_host"),
            ("/api_host", json!("http://acme"), "host_form at $.api_host"),
            ("/api_key", json!("eyJ.eyJ.x"), "sealed_form at $.api_key"),
            ("/organization_id", json!("a b"), "id_form at $.organization_id"),
        ] {
            assert_eq!(told(pointer, value.clone()), expected, "{pointer} {value}");
        }
    }

    /// A problem is shown to admins and logged: a secret that somebody forgot to seal must not be in it.
    #[test]
    fn a_secret_that_is_not_sealed_is_not_repeated() {
        let flow = with(&written_flow(), "/relay/webhook_secret_key", json!("top secret"));
        let problems = Flow::parse(flow, Production).unwrap_err();
        assert!(!format!("{problems:?}").contains("top secret"));
    }
}
