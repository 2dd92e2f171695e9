//! Who answers whom: stories about resources, hubs and flows, told through the steps that the shell makes.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests, which may unwrap"
)]

use std::collections::BTreeMap;

use parlor_edge::{
    access::{Verdict, origin_verdict},
    registry::{
        self, Date, DocumentId, Environment, Facts, FlowId, Flows, Hub, LocalTime, Nobody, Reason,
        Resource,
    },
};
use parlor_shared::id::ResourceId;
use serde_json::{Value, json};

const SHOP: &str = "3f0c2d1e-9a4b-4c3d-8e2f-001122334455";

/// What lies in KV: documents by key.
struct Kv(BTreeMap<String, String>);

impl Kv {
    /// A shop: German and French help pages have their own agents; at night others answer; gold customers have
    /// somebody of their own, while somebody is there. The chain is sales, night, a message.
    fn shop() -> Self {
        let mut kv = Self(BTreeMap::new());
        kv.put(
            &format!("resource:{SHOP}"),
            json!({
                "version": 1, "id": SHOP, "kind": "web_chat", "hub": "shop", "name": "Shop",
                "allowed_origins": ["https://shop.example"],
            }),
        );
        kv.put(
            "hub:shop",
            json!({
                "version": 1, "id": "shop", "name": "Shop", "default_flow": "sales",
                "rules": [
                    {"when": {"language": ["de", "fr"], "page": "/help/*"}, "flow": "help"},
                    {"when": {"hours": "closed"}, "flow": "night"},
                    {"when": {"attribute": {"key": "plan", "equals": "gold"}, "available": true}, "flow": "gold"},
                ],
                "hours": {
                    "time_zone": "Europe/Berlin",
                    "week": {"monday": [["09:00", "18:00"]]},
                    "holidays": ["2026-12-28"],
                },
            }),
        );
        kv.flow("sales", json!({"next_flow": "night"}));
        kv.flow("night", json!("leave_message"));
        kv.flow("help", json!({"closed": "Our help is back on Monday."}));
        kv.flow("gold", json!({"next_flow": "sales"}));
        kv
    }

    fn put(&mut self, key: &str, document: Value) {
        self.0.insert(key.to_owned(), document.to_string());
    }

    fn flow(&mut self, id: &str, when_nobody: Value) {
        let document = json!({
            "version": 1, "id": id, "hub": "shop", "name": id, "type": "relay",
            "relay": {
                "type": "salesforce", "button_id": "573000000000001", "deployment_id": "572000000000001",
                "organization_id": "00D000000000001", "api_hostname": "d.la1-c1-phx.salesforceliveagent.com",
            },
            "when_nobody": when_nobody,
        });
        self.put(&format!("flow:{id}"), document);
    }

    fn edit(&mut self, key: &str, pointer: &str, value: Value) {
        let mut document: Value = serde_json::from_str(&self.0[key]).unwrap();
        *document.pointer_mut(pointer).unwrap() = value;
        self.put(key, document);
    }

    fn open<D: registry::Stored>(&self, id: &D::Id) -> Result<D, registry::LookupError> {
        let found = self.0.get(&id.key()).map(String::as_bytes);
        registry::open(id, found, Environment::Production).map(|it| it.value)
    }
}

/// Tells who answers a visitor, in one line.
///
/// The visitor's facts are separated by `;`: `site ORIGIN`, `language TAG`, `page ADDRESS`, `KEY=VALUE`,
/// `at DATE HH:MM` (local time), `nobody at FLOW`, `somebody at FLOW`. Unless told, she comes from the shop's
/// site at an hour at which the shop is open.
fn route(kv: &Kv, visitor: &str) -> String {
    let mut facts = Facts::default();
    let mut site = "https://shop.example";
    let mut local = local_time("2026-12-21 10:00");
    for fact in visitor.split(';').map(str::trim).filter(|it| !it.is_empty()) {
        match fact.split_once(' ') {
            Some(("site", origin)) => site = origin,
            Some(("language", tag)) => facts.language = Some(tag.to_owned()),
            Some(("page", address)) => facts.page = Some(address.to_owned()),
            Some(("at", "unknown")) => local = None,
            Some(("at", time)) => local = local_time(time),
            Some(("nobody", flow)) => drop(facts.available.insert(at_flow(flow), false)),
            Some(("somebody", flow)) => drop(facts.available.insert(at_flow(flow), true)),
            _ => {
                let (key, value) = fact.split_once('=').expect("a fact of the list above");
                facts.attributes.insert(key.to_owned(), value.to_owned());
            }
        }
    }
    steps(kv, site, local, facts).unwrap_or_else(|code| code)
}

/// What the shell does, with the error's code where it ends early.
fn steps(
    kv: &Kv,
    site: &str,
    local: Option<LocalTime>,
    mut facts: Facts,
) -> Result<String, String> {
    let id = ResourceId::parse(SHOP).unwrap();
    let resource: Resource = kv.open(&id).map_err(|it| it.code().to_owned())?;
    let verdict = origin_verdict(&resource, Some(site));
    if !matches!(verdict, Verdict::Allowed(_)) {
        return Err(verdict.code().unwrap().to_owned());
    }
    let hub: Hub = kv.open(&resource.hub).map_err(|it| it.code().to_owned())?;
    let mut flows = Flows::default();
    loop {
        let wanted = flows.wanted(&hub);
        if wanted.is_empty() {
            break;
        }
        for id in wanted {
            let found = kv.open(&id);
            flows.put(id, found);
        }
    }
    facts.open = hub.is_open(local);
    let choice =
        registry::choose(&hub, &flows, &facts).map_err(|it| format!("{}: {it}", it.code()))?;
    let mut told = match choice.reason {
        Reason::Rule(at) => format!("rule {at}: "),
        Reason::Default => "default: ".to_owned(),
    };
    for passed in &choice.passed {
        told.push_str(&format!("not {passed}, "));
    }
    told.push_str(choice.flow.id.as_str());
    match &choice.nobody {
        None => {}
        Some(Nobody::LeaveMessage) => told.push_str(" takes a message"),
        Some(Nobody::Closed { text }) => told.push_str(&format!(" says: {text}")),
    }
    Ok(told)
}

fn at_flow(text: &str) -> FlowId {
    FlowId::parse(text.strip_prefix("at ").expect("`nobody at FLOW`")).unwrap()
}

fn local_time(text: &str) -> Option<LocalTime> {
    let (date, time) = text.split_once(' ').unwrap();
    let (hour, minute) = time.split_once(':').unwrap();
    LocalTime::new(Date::parse(date).unwrap(), hour.parse().unwrap(), minute.parse().unwrap())
}

/// The one door: who answers this visitor of [`Kv::shop`].
#[track_caller]
fn check(visitor: &str, expected: &str) {
    assert_eq!(route(&Kv::shop(), visitor), expected, "{visitor}");
}

#[test]
fn whom_no_rule_means_the_default_flow_answers() {
    check("", "default: sales");
    check("language en; page https://shop.example/help/returns", "default: sales");
    check("plan=silver", "default: sales");
}

#[test]
fn all_conditions_of_a_rule_must_hold() {
    check("language de; page https://shop.example/help/returns?order=7", "rule 0: help");
    check("language de; page https://shop.example/", "default: sales");
    check("language de", "default: sales");
    check("page https://shop.example/help/returns", "default: sales");
}

#[test]
fn a_language_means_its_regions_too() {
    let page = "page https://shop.example/help/a";
    check(&format!("language de-AT; {page}"), "rule 0: help");
    check(&format!("language FR-ca; {page}"), "rule 0: help");
    check(&format!("language den; {page}"), "default: sales");
    check(&format!("language d; {page}"), "default: sales");
    check(&format!("language é; {page}"), "default: sales");
}

#[test]
fn the_first_rule_that_matches_decides() {
    check(
        "language de; page https://shop.example/help/a; at 2026-12-21 20:00; somebody at help",
        "rule 0: help says: Our help is back on Monday.",
    );
    check("plan=gold; at 2026-12-21 20:00", "rule 1: night");
    check("plan=gold", "rule 2: gold");
}

#[test]
fn hours_are_those_of_the_hub() {
    check("at 2026-12-21 08:59", "rule 1: night");
    check("at 2026-12-21 09:00", "default: sales");
    check("at 2026-12-21 17:59", "default: sales");
    check("at 2026-12-21 18:00", "rule 1: night");
    check("at 2026-12-22 10:00", "rule 1: night");
    check("at 2026-12-28 10:00", "rule 1: night");
}

#[test]
fn a_time_zone_that_the_platform_does_not_know_closes_nothing() {
    check("at unknown", "default: sales");
}

#[test]
fn a_closed_hub_is_nobody_unless_a_rule_asked_for_hours() {
    let mut kv = Kv::shop();
    kv.edit("hub:shop", "/rules", json!([]));
    assert_eq!(route(&kv, "at 2026-12-21 20:00"), "default: not sales, night");
    assert_eq!(
        route(&kv, "at 2026-12-21 20:00; nobody at night"),
        "default: not sales, night takes a message"
    );
    check("at 2026-12-21 20:00", "rule 1: night");
    check("at 2026-12-21 20:00; nobody at night", "rule 1: night takes a message");
}

#[test]
fn where_nobody_is_the_next_flow_is_asked() {
    check("nobody at sales", "default: not sales, night");
    check("nobody at sales; nobody at night", "default: not sales, night takes a message");
    check("nobody at night", "default: sales");
    check("nobody at sales; somebody at night", "default: not sales, night");
    check(
        "language de; page https://shop.example/help/a; nobody at help",
        "rule 0: help says: Our help is back on Monday.",
    );
}

#[test]
fn a_rule_may_ask_whether_somebody_is_there() {
    check("plan=gold; somebody at gold", "rule 2: gold");
    check("plan=gold; nobody at gold", "default: sales");
    check("plan=gold; nobody at gold; nobody at sales", "default: not sales, night");
    let mut kv = Kv::shop();
    kv.edit("hub:shop", "/rules/2/when/available", json!(false));
    assert_eq!(route(&kv, "plan=gold"), "default: sales", "not known counts as somebody");
    assert_eq!(route(&kv, "plan=gold; nobody at gold"), "rule 2: not gold, sales");
}

#[test]
fn an_unknown_resource_and_a_foreign_site_are_refused_before_anything_is_chosen() {
    let mut kv = Kv::shop();
    assert_eq!(route(&kv, "site https://evil.example"), "origin_not_allowed");
    assert_eq!(route(&kv, "site http://shop.example"), "origin_not_allowed");
    kv.0.remove(&format!("resource:{SHOP}"));
    assert_eq!(route(&kv, "site https://evil.example"), "resource_unknown");
}

#[test]
fn a_missing_document_is_an_error_only_where_it_comes_up() {
    let mut kv = Kv::shop();
    kv.0.remove("flow:sales");
    assert_eq!(route(&kv, ""), "flow_missing: flow sales, named by hub:shop, cannot be used");
    assert_eq!(route(&kv, "plan=gold"), "rule 2: gold");
    let mut kv = Kv::shop();
    kv.0.remove("flow:night");
    assert_eq!(route(&kv, ""), "default: sales");
    assert_eq!(
        route(&kv, "nobody at sales"),
        "flow_missing: flow night, named by flow:sales, cannot be used"
    );
    kv.0.remove("hub:shop");
    assert_eq!(route(&kv, ""), "hub_missing");
}

#[test]
fn a_document_that_is_not_valid_is_an_error_with_a_code() {
    let mut kv = Kv::shop();
    kv.edit("flow:sales", "/relay/button_id", json!("572000000000001"));
    assert_eq!(route(&kv, ""), "document_invalid: flow sales, named by hub:shop, cannot be used");
    assert_eq!(route(&kv, "at 2026-12-22 10:00"), "rule 1: night");
    kv.0.insert("hub:shop".to_owned(), "<html>".to_owned());
    assert_eq!(route(&kv, ""), "document_invalid");
    let mut kv = Kv::shop();
    kv.edit("flow:sales", "/id", json!("sale"));
    assert!(route(&kv, "").starts_with("document_id_mismatch"));
}

#[test]
fn a_flow_of_another_hub_is_not_borrowed() {
    let mut kv = Kv::shop();
    kv.edit("flow:night", "/hub", json!("bank"));
    assert_eq!(route(&kv, ""), "default: sales");
    assert_eq!(
        route(&kv, "nobody at sales"),
        "flow_of_other_hub: flow night belongs to another hub"
    );
}

#[test]
fn flows_that_name_one_another_end_somewhere() {
    let mut kv = Kv::shop();
    kv.flow("night", json!({"next_flow": "sales"}));
    assert_eq!(route(&kv, "nobody at sales"), "default: not sales, night");
    assert_eq!(
        route(&kv, "nobody at sales; nobody at night"),
        "flow_circle: nobody is there, and the next flow sales was asked already"
    );

    let mut kv = Kv::shop();
    for at in 1..20 {
        kv.flow(&format!("f{at}"), json!({"next_flow": format!("f{}", at + 1)}));
    }
    kv.edit("hub:shop", "/default_flow", json!("f1"));
    let nobody =
        |up_to: usize| -> String { (1..=up_to).map(|at| format!("nobody at f{at};")).collect() };
    assert_eq!(
        route(&kv, &nobody(7)),
        "default: not f1, not f2, not f3, not f4, not f5, not f6, not f7, f8"
    );
    assert_eq!(
        route(&kv, &nobody(8)),
        "flow_chain_too_long: nobody is there in 8 flows one after the other, up to f8"
    );
}

#[test]
fn choosing_before_reading_is_the_callers_mistake_and_has_a_code() {
    let hub: Hub = Kv::shop().open(&registry::HubId::parse("shop").unwrap()).unwrap();
    let flows = Flows::default();
    let wanted: Vec<String> = flows.wanted(&hub).iter().map(ToString::to_string).collect();
    assert_eq!(wanted, ["gold", "help", "night", "sales"]);
    let error = registry::choose(&hub, &flows, &Facts::default()).unwrap_err();
    assert_eq!(error.code(), "flow_not_read");
}
