//! Files: asked for in the poll, sent to another origin, told of in the poll again.

use parlor_tests::desks::http::Request;
use parlor_tests::desks::live_agent::{Control, Fault, LARGEST_FILE, UPLOAD_PATH};
use serde_json::json;

use crate::client::Play;

/// A chat whose agent has asked for a file, and the query that the upload must bear. The next `ack` is 2.
fn asked() -> (Play, String) {
    let mut play = Play::established();
    play.control(Control::AskForFile { chat: play.chat_id() });
    let answer = play.poll_now(1);
    assert_eq!(answer.types(), ["FileTransfer"]);
    let message = answer.message(0);
    assert_eq!(message["type"], "Requested");
    assert_eq!(message["uploadServletUrl"], format!("https://files.desk.example{UPLOAD_PATH}"));
    assert!(message["cdmServletUrl"].as_str().unwrap().starts_with("https://files.desk.example/"));
    let token = message["fileToken"].as_str().unwrap();
    let query = format!(
        "orgId=00D000000000001&chatKey={}&fileToken={token}&encoding=UTF-8",
        play.chat_id()
    );
    (play, query)
}

#[test]
pub fn a_file_that_was_asked_for_arrives_once() {
    let (mut play, query) = asked();
    assert!(play.chat().file_asked);
    assert_eq!(play.upload(&query, 12).status(), 200);
    let answer = play.poll_now(2);
    assert_eq!(answer.types(), ["FileTransfer"]);
    assert_eq!(answer.message(0), json!({ "type": "Success" }));
    assert_eq!(play.chat().lines.last().unwrap().text, "The visitor sent the file a.txt, 12 bytes");
    assert!(!play.chat().file_asked);
    assert_eq!(play.upload(&query, 12).status(), 403, "one token, one file");
}

#[test]
pub fn a_file_that_nobody_asked_for_is_refused() {
    let mut play = Play::established();
    let query = format!(
        "orgId=00D000000000001&chatKey={}&fileToken=00000000&encoding=UTF-8",
        play.chat_id()
    );
    assert_eq!(play.upload(&query, 12).status(), 403);
    assert_eq!(play.breaches(), ["upload_unasked"]);
    let poll = play.poll(1);
    assert!(play.seen(poll).is_pending(), "nobody is told of it");
}

#[test]
pub fn each_parameter_of_an_upload_is_checked() {
    let chat = |play: &Play| play.chat_id();
    for (wrong, code) in [
        ("orgId=00D000000000002", "upload_organization"),
        ("chatKey=another", "upload_chat_key"),
        ("encoding=latin1", "upload_encoding"),
    ] {
        let (mut play, query) = asked();
        let name = wrong.split('=').next().unwrap();
        let query: Vec<String> = query
            .split('&')
            .map(|pair| if pair.starts_with(name) { wrong.to_owned() } else { pair.to_owned() })
            .collect();
        assert_eq!(play.upload(&query.join("&"), 12).status(), 400, "{wrong}");
        assert_eq!(play.breaches(), [code]);
        assert!(play.chat().file_asked, "the request stands");
        assert!(!chat(&play).is_empty());
    }
}

#[test]
pub fn an_upload_must_be_multipart_with_one_file() {
    let (mut play, query) = asked();
    let plain = Request::post(format!("{UPLOAD_PATH}?{query}"), "hello");
    assert_eq!(play.upload_as(plain.header("Content-Type", "text/plain")).status(), 400);
    assert_eq!(play.breaches(), ["upload_part"]);
    assert_eq!(play.upload_as(Request::get(UPLOAD_PATH)).status(), 405);
    assert_eq!(play.upload_as(Request::post("/elsewhere", "")).status(), 404);
    assert_eq!(play.upload(&query, 1).status(), 200, "the request stands");
}

#[test]
pub fn more_than_five_megabytes_fail() {
    let (mut play, query) = asked();
    assert_eq!(play.upload(&query, LARGEST_FILE + 1).status(), 200);
    assert_eq!(play.poll_now(2).message(0), json!({ "type": "Failure" }));
    let (mut play, query) = asked();
    play.upload(&query, LARGEST_FILE);
    assert_eq!(play.poll_now(2).message(0), json!({ "type": "Success" }));
}

#[test]
pub fn a_request_that_was_taken_back_takes_no_file() {
    let (mut play, query) = asked();
    play.control(Control::WithdrawFile { chat: play.chat_id() });
    assert_eq!(play.poll_now(2).message(0), json!({ "type": "Canceled" }));
    assert_eq!(play.upload(&query, 12).status(), 403);
    let again = Control::WithdrawFile { chat: play.chat_id() };
    let now = std::time::Duration::from_millis(play.now);
    assert_eq!(play.desk.control(now, again).unwrap_err().code(), "wrong_state");
}

#[test]
pub fn an_upload_is_in_the_trace_without_its_token() {
    let (mut play, query) = asked();
    play.fault(Fault::FileFails);
    play.upload(&query, 12);
    let token = query.split("fileToken=").nth(1).unwrap().split('&').next().unwrap();
    let trace = serde_json::to_string(&play.desk.trace()).unwrap();
    assert!(trace.contains("\"Upload\"") && !trace.contains(token), "{trace}");
}
