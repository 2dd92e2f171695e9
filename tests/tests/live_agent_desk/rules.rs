//! The vendor's rules, each by name, in virtual time.

use parlor_tests::desks::live_agent::{Control, Speaker};
use serde_json::json;

use crate::client::Play;

#[test]
fn a_whole_chat_goes_both_ways_and_ends() {
    let mut play = Play::established();
    assert_eq!(play.chat().state, "active");
    assert_eq!(play.chat().visitor.details.len(), 1, "what is not for the agent is not shown");

    let poll = play.poll(1);
    assert_eq!(play.say("Hello").text(), "OK");
    assert_eq!(play.said_by_visitor(), ["Hello"]);

    play.control(Control::Typing { chat: play.chat_id(), on: true });
    assert_eq!(play.seen(poll).types(), ["AgentTyping"]);
    play.agent_says("Hello Ada");
    let answer = play.poll_now(2);
    assert_eq!(answer.types(), ["ChatMessage", "AgentNotTyping"]);
    assert_eq!(answer.message(0)["text"], "Hello Ada");

    play.post("ChasitorTyping", json!({}));
    assert!(play.chat().visitor_typing);
    play.post("ChasitorNotTyping", json!({}));
    assert!(!play.chat().visitor_typing);

    let poll = play.poll(3);
    play.control(Control::End { chat: play.chat_id(), reason: None });
    assert_eq!(play.seen(poll).types(), ["ChatEnded"]);
    assert_eq!(play.seen(poll).message(0)["reason"], "agent");
    assert_eq!(play.poll_now(4).status(), 403);
    assert_eq!(play.chat().ended_by.as_deref(), Some("agent"));
    let froms: Vec<Speaker> = play.chat().lines.into_iter().map(|line| line.from).collect();
    assert_eq!(froms, [Speaker::Notice, Speaker::Visitor, Speaker::Agent, Speaker::Notice]);
}
