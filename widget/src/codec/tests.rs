//! Holds the hand-written codec against serde, which the edge uses, for every frame there is.

use parlor_shared::{
    Redacted,
    wire::{EndedBy, FailureReason, ResourceView, StartRequest, UnavailableReason, http::Theme},
};
use serde_json::{Value, json};

use super::*;

impl Json for Value {
    fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    fn get(&self, name: &str) -> Option<Self> {
        self.as_object()?.get(name).filter(|value| !value.is_null()).cloned()
    }

    fn members(&self) -> Vec<(String, Self)> {
        self.as_object()
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }

    fn items(&self) -> Option<Vec<Self>> {
        self.as_array().cloned()
    }

    fn text(&self) -> Option<String> {
        self.as_str().map(str::to_owned)
    }

    fn number(&self) -> Option<f64> {
        self.as_f64()
    }

    fn flag(&self) -> Option<bool> {
        self.as_bool()
    }
}

fn id() -> MessageId {
    MessageId::from_random(7)
}

fn conversation_id() -> ConversationId {
    ConversationId::parse("0f".repeat(32)).unwrap()
}

fn maya() -> Agent {
    Agent { key: u32::MAX, name: "Maya \"M\" Okafor".to_owned(), avatar: None }
}

/// One of each. A new kind does not compile here until it is added, and then fails until it can be read.
fn every_what() -> Vec<What> {
    let all = vec![
        What::Visitor { id: id(), text: "a\n\u{1f44b}\"\\".to_owned() },
        What::Agent {
            agent: maya(),
            body: vec![
                Block::Paragraph(vec![
                    Span::Text("x".to_owned()),
                    Span::Break {},
                    Span::Link {
                        href: "https://shop.example/".to_owned(),
                        text: "here".to_owned(),
                    },
                ]),
                Block::Paragraph(vec![]),
                Block::Choices(vec!["Yes".to_owned(), "No".to_owned()]),
            ],
            auto: false,
        },
        What::Agent {
            agent: Agent { avatar: Some("https://cdn.example/maya.png".to_owned()), ..maya() },
            body: vec![
                Block::List {
                    ordered: true,
                    items: vec![
                        vec![Span::Strong(vec![Span::Emphasis(vec![Span::Code("x".to_owned())])])],
                        vec![],
                    ],
                },
                Block::List { ordered: false, items: vec![] },
                Block::Code("let x = 1;\n".to_owned()),
            ],
            auto: true,
        },
        What::Redacted { of: 3 },
        What::Delivered { of: 3 },
        What::Failed { of: 3, reason: FailureReason::DeskUnreachable },
        What::Retried { of: 3 },
        What::Requested {},
        What::Queued { place: Some(2), wait_s: None },
        What::Joined { agent: maya() },
        What::Left { agent: maya() },
        What::Transferring { to: Some("Billing".to_owned()) },
        What::Transferring { to: None },
        What::Hidden { of: 3 },
        What::FileRequested { agent: maya() },
        What::Custom { kind: "offer".to_owned(), data: "{}".to_owned() },
        What::Unavailable { reason: None, text: None, leave_message: false },
        What::Unavailable {
            reason: Some(UnavailableReason::Blocked),
            text: Some("Closed".to_owned()),
            leave_message: true,
        },
        What::Ended { by: EndedBy::Other("flood".to_owned()) },
        What::Reopened {},
        What::Rated { score: 4, note: Some("Quick.".to_owned()) },
        What::Rated { score: 1, note: None },
    ];
    for what in &all {
        match what {
            What::Visitor { .. }
            | What::Agent { .. }
            | What::Delivered { .. }
            | What::Failed { .. }
            | What::Retried { .. }
            | What::Requested {}
            | What::Queued { .. }
            | What::Joined { .. }
            | What::Left { .. }
            | What::Transferring { .. }
            | What::Hidden { .. }
            | What::FileRequested { .. }
            | What::Custom { .. }
            | What::Unavailable { .. }
            | What::Ended { .. }
            | What::Redacted { .. }
            | What::Rated { .. }
            | What::Reopened {} => {}
        }
    }
    all
}

#[test]
fn every_frame_of_the_edge_is_read_as_serde_reads_it() {
    let capabilities = Capabilities {
        agent_typing: true,
        visitor_typing: false,
        read_receipts: true,
        sneak_peek: true,
    };
    let mut frames = vec![
        ServerFrame::Welcome {
            version: 1,
            conversation: conversation_id(),
            last: 9_007_199_254_740_991,
            capabilities,
        },
        ServerFrame::Accepted { id: id(), seq: 4 },
        ServerFrame::Typing { on: true },
        ServerFrame::Capabilities(capabilities),
        ServerFrame::Idle { ends_in_s: Some(120) },
        ServerFrame::Idle { ends_in_s: None },
        ServerFrame::Refused {
            id: Some(id()),
            code: "text_empty".to_owned(),
            detail: Some("x".to_owned()),
        },
        ServerFrame::Refused { id: None, code: "frame_unknown".to_owned(), detail: None },
    ];
    frames.extend(every_what().into_iter().map(|what| {
        ServerFrame::Event(Event { seq: 1, at: Timestamp::from_ms(1_700_000_000_000), what })
    }));
    for frame in frames {
        let json = serde_json::to_value(&frame).unwrap();
        assert_eq!(server_frame(&json), Some(frame), "{json}");
    }
}

#[test]
fn every_frame_to_the_edge_is_written_as_serde_writes_it() {
    let frames = [
        ClientFrame::Hello { version: 1, after: 17 },
        ClientFrame::Say {
            id: id(),
            text: "\"quoted\" \\ \u{0}\u{1f}\n\t \u{2028} Grüße \u{1f44b}".to_owned(),
        },
        ClientFrame::Retry { id: id() },
        ClientFrame::Typing { on: false },
        ClientFrame::End {},
        ClientFrame::Stay {},
        ClientFrame::Peek { text: "\"so far".to_owned() },
        ClientFrame::Rate { score: 5, note: Some("\"quick\"".to_owned()) },
        ClientFrame::Rate { score: 1, note: None },
    ];
    for frame in frames {
        let written: ClientFrame = serde_json::from_str(&client_frame(&frame)).unwrap();
        assert_eq!(written, frame);
        let ours: Value = serde_json::from_str(&client_frame(&frame)).unwrap();
        assert_eq!(ours, serde_json::to_value(&frame).unwrap());
    }
}

#[test]
fn the_bodies_around_the_link_agree_with_serde() {
    let mut request = Start {
        resource: ResourceId::parse("a0e9c1de-0000-4000-8000-000000000001").unwrap(),
        visitor: None,
        after: None,
        page: None,
        language: None,
        form: Pairs::default(),
        attributes: Pairs::default(),
        leave_message: false,
    };
    for _ in 0..2 {
        let written: Value = serde_json::from_str(&start_request(&request)).unwrap();
        let map = |pairs: &Pairs| pairs.0.iter().cloned().collect();
        let expected = StartRequest {
            resource: request.resource.clone(),
            visitor_token: request.visitor.as_ref().map(|token| token.expose().clone()),
            // The frame's document puts it in: boot.js.
            identity: None,
            after: request.after.clone(),
            page: request.page.clone(),
            language: request.language.clone(),
            form: map(&request.form),
            attributes: map(&request.attributes),
            leave_message: request.leave_message,
        };
        assert_eq!(written, serde_json::to_value(&expected).unwrap());
        request.visitor = Some(Redacted::new("v".to_owned()));
        request.leave_message = true;
        request.after = Some(conversation_id());
        request.page = Some("https://shop.example/\"".to_owned());
        request.language = Some("en-GB".to_owned());
        request.form = [("email", "ada@\"x"), ("topic", "Orders")]
            .map(|(key, answer)| (key.to_owned(), answer.to_owned()))
            .into();
        request.attributes = [("plan", "gold"), ("na\"me", "x\n")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into();
    }
    let mut answer = StartAnswer {
        conversation: conversation_id(),
        token: "t".to_owned(),
        token_expires_in_s: 300,
        now: None,
        visitor_token: None,
    };
    for _ in 0..2 {
        let json = serde_json::to_value(&answer).unwrap();
        assert_eq!(start_answer(&json), Some(answer.clone()));
        answer.visitor_token = Some("v".to_owned());
        answer.now = Some(Timestamp::from_ms(1_760_000_000_000));
    }
    let mut view = ResourceView {
        id: request.resource,
        name: "Larkspur Bicycles".to_owned(),
        theme: Theme::default(),
        texts: [("write".to_owned(), "Ask".to_owned())].into(),
        open: true,
        prechat: None,
        hours: None,
        reply_minutes: None,
        leave_message: false,
        consent: None,
        rating: None,
        kept_days: 30,
    };
    for _ in 0..3 {
        let json = serde_json::to_value(&view).unwrap();
        let read = Site {
            id: view.id.clone(),
            name: view.name.clone(),
            asks: view.prechat.is_some(),
            consent: view.consent.is_some(),
            leave_message: view.leave_message,
            rating: view.rating.is_some(),
            reply: None,
        };
        assert_eq!(site(&json), Some(read));
        view.theme.accent = Some("#175c49".to_owned());
        view.theme.scheme = Some("dark".to_owned());
        view.texts.clear();
        view.open = false;
        view.prechat = Some(parlor_shared::wire::Prechat {
            title: None,
            privacy_url: None,
            fields: Vec::new(),
        });
    }
}

#[test]
fn the_bridge_agrees_with_its_types() {
    for frame in [
        ToPage::Ready {},
        ToPage::Close {},
        ToPage::Unread { count: 2 },
        ToPage::Active { on: true },
        ToPage::Sound { on: false },
        ToPage::Done { n: 1 },
        ToPage::Refused { n: u32::MAX, code: "text_empty".to_owned() },
        ToPage::Sent { text: None },
        ToPage::Sent { text: Some("a \"b\"".to_owned()) },
        ToPage::Received { text: None },
        ToPage::Received { text: Some("hi".to_owned()) },
        ToPage::Joined { name: "Maya".to_owned() },
        ToPage::PageEvent { key: "basket".to_owned(), data: "{\"n\":1}".to_owned() },
    ] {
        assert_eq!(to_page(&frame), serde_json::to_string(&frame).unwrap(), "{frame:?}");
    }
    for frame in [
        ToFrame::Opened {
            page: "https://shop.example/wren".to_owned(),
            full: true,
            focus: false,
            silent: false,
        },
        ToFrame::Opened {
            page: "https://shop.example/wren".to_owned(),
            full: false,
            focus: true,
            silent: true,
        },
        ToFrame::Closed {},
        ToFrame::Attributes { n: 1, set: [("plan".to_owned(), "gold".to_owned())].into() },
        ToFrame::Attributes { n: 1, set: Pairs::default() },
        ToFrame::Say { n: 2, text: "hello".to_owned() },
        ToFrame::Reset { n: 3 },
        ToFrame::Texts { on: true },
    ] {
        assert_eq!(to_frame(&serde_json::to_value(&frame).unwrap()), Some(frame));
    }
}

#[test]
fn what_is_broken_is_not_read() {
    for json in [
        json!(null),
        json!([]),
        json!("welcome"),
        json!({}),
        json!({"typing": {"on": 1}}),
        json!({"typing": {"on": true}, "accepted": {}}),
        json!({"accepted": {"id": "x", "seq": 1}}),
        json!({"accepted": {"id": id().as_str(), "seq": -1}}),
        json!({"accepted": {"id": id().as_str(), "seq": 1e300}}),
        json!({"event": {"seq": 1, "at": 1, "what": {"agent": {"agent": {"key": 1, "name": "M"}, "body": [{"table": []}]}}}}),
    ] {
        assert_eq!(server_frame(&json), None, "{json}");
    }
}

/// The same lines go through the edge's own reader and writer in `tests/tests/formats.rs`.
#[test]
fn the_pinned_frames_mean_the_same_as_to_the_edge() {
    for line in include_str!("../../../tests/fixtures/link/server.jsonl").lines() {
        let json = Value::parse(line).unwrap();
        let frame: ServerFrame = serde_json::from_str(line).unwrap();
        assert_eq!(server_frame(&json), Some(frame), "{line}");
    }
    for line in include_str!("../../../tests/fixtures/link/client.jsonl").lines() {
        let frame: ClientFrame = serde_json::from_str(line).unwrap();
        // The same value: the codec writes a line feed as \u000a, which is as good as \n and less code.
        let written = Value::parse(&client_frame(&frame)).unwrap();
        assert_eq!(written, Value::parse(line).unwrap(), "{line}");
    }
}
