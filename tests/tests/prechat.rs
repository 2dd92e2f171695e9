//! What a visitor answers before the conversation, and what is known of her, on their way to the agent.

use std::{collections::BTreeMap, time::Duration};

use parlor_edge::{
    conversation::About,
    registry::{Environment, Flow},
    relay::{
        Command, Effect, Route,
        call::{CallId, Outcome, Request},
        live_agent::Machine,
    },
};
use parlor_shared::Timestamp;
use parlor_tests::{desks::live_agent::Config, world::World};
use serde_json::{Value, json};

fn flow(prechat: &Value) -> Flow {
    let document = json!({
        "version": 1, "id": "sales", "hub": "shop", "name": "Sales", "type": "relay",
        "relay": {
            "type": "salesforce", "button_id": "573000000000001", "deployment_id": "572000000000001",
            "organization_id": "00D000000000001", "api_hostname": "d.la1-c2-frf.salesforceliveagent.com",
            "prechat": prechat,
        },
        "when_nobody": "leave_message",
    });
    Flow::parse(document.to_string(), Environment::Production).expect("the flow is valid").value
}

fn mapping() -> Value {
    json!({
        "visitor_name": "name",
        "details": [
            { "from": "form.email", "label": "E-Mail", "transcript_fields": ["Email__c"] },
            { "from": "form.order", "label": "Order" },
            { "from": "attribute.plan", "label": "Plan", "display_to_agent": false },
            { "from": "visitor_name", "label": "Name" },
            { "from": "page", "label": "Page" },
            { "from": "language", "label": "Language" },
        ],
        "entities": [
            {
                "entity": "Contact", "show_on_create": true, "save_to_transcript": "ContactId",
                "link_to": { "entity": "Case", "field": "ContactId" },
                "fields": [
                    { "field": "Email", "label": "E-Mail", "find": true, "exact_match": true },
                    { "field": "LastName", "label": "Name", "create": true },
                    { "field": "Order__c", "label": "Order", "create": true },
                ],
            },
            { "entity": "Order", "fields": [{ "field": "Number", "label": "Order", "find": true }] },
        ],
    })
}

fn about() -> About {
    let map = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    };
    About {
        conversation: "c".repeat(64),
        visitor: "7f2a".to_owned(),
        visitor_name: "Visitor 7F2A".to_owned(),
        language: Some("en-GB".to_owned()),
        page: Some("https://shop.example/wren-9".to_owned()),
        attributes: map(&[("plan", "gold")]),
        verified: None,
        accounts: BTreeMap::new(),
        form: map(&[("name", "Ada"), ("email", "ada@shop.example")]),
    }
}

fn calls(machine: &mut Machine) -> Vec<(CallId, Request)> {
    std::iter::from_fn(|| machine.poll())
        .filter_map(|effect| match effect {
            Effect::Call(call, request) => Some((call, request)),
            _ => None,
        })
        .collect()
}

/// The body of ChasitorInit for this mapping.
fn chasitor_init(prechat: &Value) -> Value {
    let flow = flow(prechat);
    let Some(Route::LiveAgent(config)) = about().route(&flow.relay) else {
        panic!("the flow leads to Live Agent")
    };
    let mut machine = Machine::new(config, about().introduction(&flow.relay));
    let now = Timestamp::from_ms(1_760_000_000_000);
    machine.command(now, Command::Deliver { seq: 1, text: "hello".to_owned() });
    let (call, _) = calls(&mut machine).remove(0);
    let session = json!({ "id": "s", "key": "k", "affinityToken": "a", "clientPollTimeout": 40 });
    let body = session.to_string().into_bytes();
    machine.reply(now, 0, call, Outcome::Answer { status: 200, body });
    let (_, init) = calls(&mut machine).remove(0);
    assert_eq!(init.label, "ChasitorInit");
    serde_json::from_str(init.body.expect("it has a body").expose()).expect("of JSON")
}

#[test]
fn answers_become_details_and_entities_as_the_vendor_spells_them() {
    let init = chasitor_init(&mapping());
    let detail = |label: &str, value: &str, fields: Value, shown: bool| {
        json!({
            "label": label, "value": value, "entityMaps": [], "transcriptFields": fields,
            "displayToAgent": shown,
        })
    };
    assert_eq!(init["visitorName"], "Ada");
    assert_eq!(init["language"], "en-GB");
    assert_eq!(
        init["prechatDetails"],
        json!([
            detail("E-Mail", "ada@shop.example", json!(["Email__c"]), true),
            detail("Plan", "gold", json!([]), false),
            detail("Name", "Ada", json!([]), true),
            detail("Page", "https://shop.example/wren-9", json!([]), true),
            detail("Language", "en-GB", json!([]), true),
        ]),
        "what was not answered is left out"
    );
    let field = |name: &str, label: &str, [find, exact, create]: [bool; 3]| {
        json!({
            "fieldName": name, "label": label, "doFind": find, "isExactMatch": exact,
            "doCreate": create,
        })
    };
    assert_eq!(
        init["prechatEntities"],
        json!([{
            "entityName": "Contact", "showOnCreate": true, "saveToTranscript": "ContactId",
            "linkToEntityName": "Case", "linkToEntityField": "ContactId",
            "entityFieldsMaps": [
                field("Email", "E-Mail", [true, true, false]),
                field("LastName", "Name", [false, false, true]),
            ],
        }]),
        "a record of which nothing is known is not looked for"
    );
}

#[test]
fn the_desk_takes_them_and_the_agent_sees_what_she_may() {
    let flow = flow(&mapping());
    let mut world = World::opened(1, Config::default(), |opening| {
        let (Some(Route::LiveAgent(mapped)), Route::LiveAgent(config)) =
            (about().route(&flow.relay), &mut opening.route)
        else {
            panic!("both lead to Live Agent")
        };
        config.prechat = mapped.prechat;
        opening.introduction = about().introduction(&flow.relay);
    });
    world.link("link");
    world.say("link", "hello");
    world.run_until(Duration::from_secs(2));
    let visitor = world.chat().expect("a chat stands at the desk").visitor;
    let details: Vec<String> =
        visitor.details.iter().map(|it| format!("{}: {}", it.label, it.value)).collect();
    assert_eq!(visitor.name, "Ada");
    assert_eq!(
        details,
        [
            "E-Mail: ada@shop.example",
            "Name: Ada",
            "Page: https://shop.example/wren-9",
            "Language: en-GB"
        ]
    );
}

#[test]
fn without_a_mapping_the_agent_sees_the_page() {
    let init = chasitor_init(&Value::Null);
    assert_eq!(init["visitorName"], "Visitor 7F2A");
    assert_eq!(init["prechatDetails"][0]["label"], "Page");
    assert_eq!(init["prechatEntities"], json!([]));
}

#[test]
fn every_fault_of_a_mapping_is_named_with_its_place() {
    let document = json!({
        "version": 1, "id": "sales", "hub": "shop", "name": "Sales", "type": "relay",
        "relay": {
            "type": "salesforce", "button_id": "572000000000001", "deployment_id": "572000000000001",
            "organization_id": "00D000000000001EAB", "api_hostname": "shop.example",
            "prechat": {
                "visitor_name": "Name!",
                "details": [
                    { "from": "email", "label": "E-Mail" },
                    { "from": "page", "label": "Page", "transcript_fields": ["1x"] },
                    { "from": "language", "label": "Page" },
                ],
                "entities": [
                    { "entity": "Contact Person", "fields": [] },
                    { "entity": "Contact", "fields": [{ "field": "Email", "label": "Fax" }] },
                ],
            },
        },
        "when_nobody": "leave_message",
    });
    let problems = Flow::parse(document.to_string(), Environment::Production).unwrap_err();
    assert_eq!(
        problems.to_string(),
        "salesforce_id_kind at $.relay.button_id, salesforce_id_checksum at $.relay.organization_id, \
         host_not_allowed at $.relay.api_hostname, id_form at $.relay.prechat.visitor_name, \
         unknown_value at $.relay.prechat.details[0].from, \
         id_form at $.relay.prechat.details[1].transcript_fields[0], \
         duplicate at $.relay.prechat.details[2].label, \
         id_form at $.relay.prechat.entities[0].entity, empty at $.relay.prechat.entities[0].fields, \
         unknown_value at $.relay.prechat.entities[1].fields[0].label"
    );
    // Where in Salesforce Setup the four values stand is said with each.
    for problem in problems.iter().take(3) {
        assert!(problem.message.contains("Setup, "), "{}", problem.message);
    }
}
