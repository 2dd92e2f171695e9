use super::*;
use parlor_shared::Redacted;

const URL: &str = "https://chat.example/v1/resources/kustomer/8c2f/receive-message";

fn reach(organization: Option<&str>) -> Reach {
    Reach {
        account: "acme".into(),
        bucket: "kustomer/acme".into(),
        base_url: "https://acme.api.kustomerapp.com".into(),
        organization: organization.map(str::to_owned),
    }
}

fn wanted() -> Wanted {
    Wanted {
        url: URL.into(),
        secrets: vec![Redacted::new("s1".to_owned()), Redacted::new("s0".to_owned())],
        header: None,
    }
}

/// What is found where the desk answers like this, by the call's label; what is not told is a 404, as it is for ids
/// that nobody has.
fn found(mut check: LiveCheck, answers: &[(&str, u16, &str)]) -> Vec<String> {
    while let Some(request) = check.ask() {
        assert!(request.charge.is_some() && request.body.is_none(), "only reads, with the key");
        let told = answers.iter().find(|(label, ..)| *label == request.label);
        let (status, body) = told.map_or((404, ""), |(_, status, body)| (*status, *body));
        check.answer(Timestamp::default(), Outcome::Answer { status, body: body.into() });
    }
    let mark = |it: &Finding| match it.mark {
        Mark::Good => "+",
        Mark::Doubt => "?",
        Mark::Bad => "-",
    };
    check.findings().iter().map(|it| format!("{} {}", mark(it), it.text)).collect()
}

fn account(answers: &[(&str, u16, &str)]) -> Vec<String> {
    found(LiveCheck::new(reach(None), Named::default(), None), answers)
}

const TOKEN: (&str, u16, &str) = ("check key", 200, r#"{"data":{"id":"t"}}"#);
const ORG: (&str, u16, &str) =
    ("check organization", 200, r#"{"data":{"id":"5f84","attributes":{"name":"acme"}}}"#);

#[test]
fn a_key_that_works_says_so_in_three_sentences() {
    assert_eq!(
        account(&[TOKEN, ORG]),
        [
            "+ acme.api.kustomerapp.com takes the key.",
            "+ The organization is acme. With organization_id 5f84 in the account, events of others are dropped at the \
             door.",
            "+ The key may read customers, conversations, messages, users, queues. Whether it may write shows at the \
             first message: a role that is missing then is named in the edge's log (role_missing).",
        ]
    );
}

#[test]
fn a_bad_key_an_other_region_and_nobody_there_are_told_apart_and_end_it() {
    let pod = r#"{"errors":[{"code":"x","message":"Auth token associated with pod prod2 but request is being handled by prod1"}]}"#;
    for (status, body, start) in [
        (401, "", "- acme.api.kustomerapp.com refuses the key (401)"),
        (401, pod, "- The key is of another region: \"Auth token associated with pod prod2"),
        (400, pod, "- The key is of another region"),
        (
            403,
            "",
            "- acme.api.kustomerapp.com refuses the key whatever its roles (403). If it was restricted",
        ),
        (404, "", "- acme.api.kustomerapp.com does not answer as Kustomer's API does"),
        (200, "<html>", "- acme.api.kustomerapp.com does not answer as Kustomer's API does"),
        (503, "", "- acme.api.kustomerapp.com answered with 503"),
    ] {
        let told = account(&[("check key", status, body)]);
        assert!(told.len() == 1 && told[0].starts_with(start), "{status} {body}: {told:?}");
    }
    let failed = |failure| {
        let mut check = LiveCheck::new(reach(None), Named::default(), None);
        check.answer(Timestamp::default(), Outcome::Failed(failure));
        assert_eq!(check.ask(), None);
        check.findings().remove(0).text
    };
    assert!(failed(Failure::Network).contains("cannot be reached"));
    assert!(failed(Failure::Timeout).contains("did not answer in time"));
    assert!(failed(Failure::NoCredentials).contains("SEAL_SECRET"));
    let until = Timestamp::from_ms(9_000);
    assert!(failed(Failure::Held { until }).contains("in 10 s"));
}

#[test]
fn each_role_that_is_missing_is_named_with_what_it_costs() {
    for (label, role, mark) in [
        ("check customers", "org.permission.customer", "-"),
        ("check conversations", "org.permission.conversation", "-"),
        ("check messages", "org.permission.message", "-"),
        ("check users", "org.permission.user", "?"),
        ("check queues", "org.permission.routing", "?"),
    ] {
        let told = account(&[TOKEN, ORG, (label, 403, "")]);
        let start = format!("{mark} The key lacks {role}: ");
        assert!(told.iter().any(|it| it.starts_with(&start)), "{label}: {told:?}");
        assert!(told.last().unwrap().starts_with("+ The key may read"), "the others are asked");
    }
}

#[test]
fn an_organization_that_is_another_is_told() {
    let check = |ours| found(LiveCheck::new(reach(ours), Named::default(), None), &[TOKEN, ORG]);
    assert_eq!(check(Some("5f84"))[1], "+ The organization is acme, 5f84.");
    assert!(check(Some("77"))[1].starts_with("- organization_id is 77, and the key is of 5f84"));
    let other = ("check organization", 200, r#"{"data":{"id":"5f84","attributes":{"name":"b"}}}"#);
    let told = account(&[TOKEN, other]);
    assert!(told.contains(&"? api_host is acme's, and the key is b's.".to_owned()), "{told:?}");
    assert!(account(&[TOKEN, ("check organization", 403, "")])[1].starts_with("? Whose key"));
    assert!(account(&[TOKEN, ("check organization", 200, "[]")])[1].starts_with("? What Kustomer"));
}

#[test]
fn what_a_flow_names_is_looked_for() {
    let named = Named { team: Some("t1".into()), queue: Some("q1".into()) };
    let check = |teams: &'static str| {
        let queues = r#"{"data":[{"id":"q1","attributes":{"name":"Repairs"}}]}"#;
        let check = LiveCheck::new(reach(None), named.clone(), None);
        found(check, &[TOKEN, ORG, ("check teams", 200, teams), ("check queues", 200, queues)])
    };
    let told = check(r#"{"data":[{"id":"t1","attributes":{"displayName":"Sales"}}]}"#);
    assert_eq!(&told[2..4], ["+ The flow's team is Sales.", "+ The flow's queue is Repairs."]);
    let told = check(r#"{"data":[]}"#);
    assert_eq!(told[2], "- There is no team t1, which the flow names.");
    let told = check(r#"{"data":[],"links":{"next":"/v1/teams?page=2"}}"#);
    assert!(told[2].starts_with("+ The flow's queue"), "more follow: nothing is claimed");
}

#[test]
fn the_webhook_is_looked_at() {
    let told = |hooks: &str| {
        let check = LiveCheck::new(reach(None), Named::default(), Some(wanted()));
        let list = format!(r#"{{"data":[{hooks}]}}"#);
        found(check, &[TOKEN, ORG, ("check webhooks", 200, &list)]).pop().unwrap()
    };
    let hook = |enabled: &str, events: &str, token: &str, url: &str| {
        format!(
            r#"{{"id":"h","attributes":{{"url":"{url}","enabled":{enabled},"events":[{events}],"token":"{token}"}}}}"#
        )
    };
    let both = r#""kustomer.message.create","kustomer.conversation.update""#;
    let good = hook("true", both, "s0", URL);
    assert_eq!(told(&good), format!("+ A webhook calls {URL} and is switched on."));
    assert!(told(&hook("true", both, "s1", "https://other")).starts_with("- No webhook calls"));
    assert!(told(&hook("false", both, "s1", URL)).contains("is switched off"));
    let lacks = told(&hook("true", r#""kustomer.message.create""#, "s1", URL));
    assert_eq!(lacks, "- The webhook does not bring kustomer.conversation.update.");
    assert!(told(&hook("true", both, "s2", URL)).contains("secret is another"));
    assert!(told(&format!("{good},{good}")).starts_with("- 2 webhooks call"));

    let check = LiveCheck::new(reach(None), Named::default(), Some(wanted()));
    let told = found(check, &[TOKEN, ORG, ("check webhooks", 403, "")]).pop().unwrap();
    assert!(told.starts_with("? The key lacks org.permission.outbound_webhook.read"), "{told}");
}
