//! Attachments: section 7.4.

use parlor_tests::desks::http::Request;
use parlor_tests::desks::kustomer::{Control, Fault, Upload};
use serde_json::{Value, json};

use crate::client::{Play, Seen, message};

const BYTES: &[u8] = b"gear chart";

/// The announcement's answer.
fn announced(play: &mut Play) -> Value {
    let body =
        json!({ "name": "chart.txt", "contentType": "text/plain", "contentLength": BYTES.len() });
    let made = play.post("/v1/attachments", body).ok();
    assert_eq!(made["data"]["attributes"]["uploaded"], false);
    made
}

fn fields(made: &Value) -> Vec<(String, String)> {
    let fields = made["meta"]["upload"]["fields"].as_object().unwrap().iter();
    fields.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect()
}

/// A form in the order given; `file` stands for the file.
fn form(parts: &[(String, String)]) -> Request {
    let mut body = Vec::new();
    for (name, value) in parts {
        let extra = if name == "file" {
            "; filename=\"chart.txt\"\r\nContent-Type: text/plain"
        } else {
            ""
        };
        body.extend(
            format!("--xyz\r\nContent-Disposition: form-data; name=\"{name}\"{extra}\r\n\r\n")
                .bytes(),
        );
        body.extend(value.bytes());
        body.extend(b"\r\n");
    }
    body.extend(b"--xyz--\r\n");
    Request::post("/storage/upload", body)
        .header("Content-Type", "multipart/form-data; boundary=xyz")
}

fn file() -> (String, String) {
    ("file".to_owned(), String::from_utf8(BYTES.to_vec()).unwrap())
}

fn upload(play: &mut Play, parts: &[(String, String)]) -> Seen {
    play.raw(form(parts))
}

#[test]
pub fn a_file_goes_to_the_storage_with_all_fields_and_comes_back_by_a_link_for_a_while() {
    let (mut play, talk) = Play::talking();
    let made = announced(&mut play);
    let id = made["data"]["id"].as_str().unwrap().to_owned();
    assert_eq!(made["meta"]["upload"]["url"], "https://desk.example/storage/upload");
    let parts = [fields(&made), vec![file()]].concat();
    assert_eq!(parts.iter().find(|(name, _)| name == "X-Amz-Meta-Attachment-Id").unwrap().1, id);
    assert_eq!(upload(&mut play, &parts).status(), 204);

    let mut body = message("See the chart", "m-2");
    body["attachments"] = json!([{ "_id": id, "name": "chart.txt", "contentType": "text/plain", "contentLength": BYTES.len() }]);
    let sent = play.post(&format!("/v1/conversations/{talk}/messages"), body).ok();
    assert_eq!(
        sent["data"]["relationships"]["attachments"]["data"],
        json!([{ "type": "attachment", "id": id }])
    );
    let message = sent["data"]["id"].as_str().unwrap();
    let file = play.get(&format!("/v1/messages/{message}/attachments/{id}")).ok();
    assert_eq!(file["data"]["attributes"]["uploaded"], true);
    let link = file["data"]["links"]["related"]
        .as_str()
        .unwrap()
        .strip_prefix("https://desk.example")
        .unwrap()
        .to_owned();
    assert_eq!(play.raw(Request::get(&*link)).response().body, BYTES);
    let listed = play.get(&format!("/v1/conversations/{talk}/messages?include=attachments")).ok();
    assert_eq!(listed["included"][0]["id"], id.as_str());
    assert_eq!(play.get(&format!("/v1/conversations/{talk}/attachments")).list().len(), 1);
    play.pass(3_600_000);
    assert_eq!(play.raw(Request::get(&*link)).status(), 403, "the link was for a while");
}

#[test]
pub fn an_upload_without_a_field_is_refused() {
    let mut play = Play::new();
    let made = announced(&mut play);
    for missing in ["key", "Policy", "X-Amz-Signature", "Content-Type"] {
        let kept = fields(&made).into_iter().filter(|(name, _)| name != missing);
        let parts: Vec<_> = kept.chain([file()]).collect();
        assert_eq!(upload(&mut play, &parts).status(), 403, "{missing}");
    }
    let parts = [fields(&made), vec![file()]].concat();
    assert_eq!(upload(&mut play, &parts).status(), 204);
}

#[test]
pub fn the_file_comes_last() {
    let mut play = Play::new();
    let made = announced(&mut play);
    let parts = [vec![file()], fields(&made)].concat();
    assert_eq!(upload(&mut play, &parts).status(), 400);
}

#[test]
pub fn an_upload_bears_no_key() {
    let mut play = Play::new();
    let made = announced(&mut play);
    let parts = [fields(&made), vec![file()]].concat();
    assert_eq!(play.raw(form(&parts).header("Authorization", "Bearer x")).status(), 400);
}

#[test]
fn an_upload_of_another_size_or_form_is_refused() {
    let mut play = Play::new();
    let made = announced(&mut play);
    let short = [fields(&made), vec![("file".to_owned(), "x".to_owned())]].concat();
    assert_eq!(upload(&mut play, &short).status(), 400);
    assert_eq!(upload(&mut play, &fields(&made)).status(), 400);
    assert_eq!(play.raw(Request::post("/storage/upload", "x")).status(), 400);
    assert_eq!(play.raw(Request::get("/storage/files/none")).status(), 404);
}

#[test]
pub fn a_file_of_our_own_storage_is_only_linked() {
    let mut play = Play::new();
    let body = |url: &str| json!({ "name": "a", "contentType": "text/plain", "contentLength": 1, "externalUrl": url });
    let made = play.post("/v1/attachments", body("https://files.example/a")).ok();
    assert_eq!(made["data"]["attributes"]["uploaded"], true);
    assert!(made.get("meta").is_none());
    assert_eq!(made["data"]["links"]["related"], "https://files.example/a");
    for wrong in ["http://files.example/a", "https://me:secret@files.example/a"] {
        assert_eq!(
            play.post("/v1/attachments", body(wrong)).refusal(),
            (400, "externalUrl".to_owned())
        );
    }
}

#[test]
fn an_agents_file_hangs_on_the_message_and_its_link_may_be_dead() {
    let (mut play, talk) = Play::talking();
    let upload = Upload {
        name: "chart.txt".to_owned(),
        content_type: "text/plain".to_owned(),
        bytes: BYTES.to_vec(),
    };
    play.control(Control::Reply {
        chat: talk,
        text: String::new(),
        agent: None,
        file: Some(upload),
    });
    let data = play.events().remove(0)["data"].clone();
    let id = data["relationships"]["attachments"]["data"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/messages/{}/attachments/{id}", data["id"].as_str().unwrap());
    let link = play.get(&path).ok()["data"]["links"]["related"].as_str().unwrap().to_owned();
    let link = link.strip_prefix("https://desk.example").unwrap();
    assert_eq!(play.raw(Request::get(link)).status(), 200);
    play.fault(Fault::LinksExpired);
    assert_eq!(play.raw(Request::get(link)).status(), 403);
}

#[test]
fn an_unknown_attachment_is_400() {
    let (mut play, talk) = Play::talking();
    let mut body = message("x", "m-2");
    body["attachments"] = json!(["66f0c1aa5be0a40011c0ffee"]);
    let seen = play.post(&format!("/v1/conversations/{talk}/messages"), body);
    assert_eq!(seen.refusal(), (400, "attachments".to_owned()));
}
