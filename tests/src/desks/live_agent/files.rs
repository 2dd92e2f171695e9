//! Files, which go to another origin than the chat's.
//!
//! Source: Help, "Transfer Files in Chat",
//! <https://help.salesforce.com/apex/HTViewHelpDoc?id=service.live_agent_transfer_files.htm>, for the rules; the request's
//! shape was seen in two published clients (IBM's and a LINE bridge). How the servlet answers is not documented: the
//! outcome comes in the poll.

use std::time::Duration;

use super::Desk;
use super::faults::Fault;
use super::messages;
use super::rules::Rule;
use super::trace::{Entry, What};
use super::wire::{Exchange, Reply};
use crate::desks::http::{ConnId, Request, Response};

/// Where files go, below the upload origin. The vendor's own path is not documented: clients take what they are told.
pub const UPLOAD_PATH: &str = "/servlet/chat-upload";

/// Largest file, in bytes. Source: Help, "Transfer Files in Chat": 5 MB.
pub const LARGEST_FILE: usize = 5_000_000;

impl Desk {
    /// A request has come in at the upload origin. Its answer is an output; `conn` must be new.
    pub fn upload(&mut self, now: Duration, conn: ConnId, request: Request) {
        self.tick(now);
        let query = request.query();
        let param = |name: &str| {
            query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
        };
        let chat = param("chatKey")
            .filter(|key| self.sessions.iter().any(|session| session.id == *key))
            .map(str::to_owned);
        self.wire.trace.push(Entry {
            conn: Some(conn.0),
            chat: chat.clone(),
            method: Some(request.method.clone()),
            ..Entry::new(now, What::Received, "Upload")
        });
        let exchange = Exchange { conn, noun: "Upload".to_owned(), chat, fault: None };
        let reply = self.take_file(now, &request, &param);
        self.wire.answer(now, exchange, reply);
        self.settle(now);
    }

    fn take_file<'a>(
        &mut self,
        now: Duration,
        request: &Request,
        param: &impl Fn(&str) -> Option<&'a str>,
    ) -> Reply {
        let rules = self.rules;
        if request.path() != UPLOAD_PATH {
            return Response::text(404, "Not Found").into();
        }
        if request.method != "POST" {
            return Response::text(405, "Method Not Allowed").into();
        }
        let refused = |code| Reply::breach(code, Response::text(400, "Bad Request"));
        if param("encoding") != Some("UTF-8") && rules.hold(Rule::FileEncoding) {
            return refused("upload_encoding");
        }
        let by_token = |token: &str| {
            self.sessions.iter().find(|session| {
                session.chat.as_ref().is_some_and(|chat| chat.file_token.as_deref() == Some(token))
            })
        };
        let by_key =
            self.sessions.iter().find(|session| Some(session.id.as_str()) == param("chatKey"));
        let asked = param("fileToken").and_then(by_token);
        let Some(session) = asked.or(by_key.filter(|_| !rules.hold(Rule::FileAsked))) else {
            return Reply::breach("upload_unasked", Response::text(403, "Forbidden"));
        };
        if param("chatKey") != Some(session.id.as_str()) && rules.hold(Rule::FileChatKey) {
            return refused("upload_chat_key");
        }
        let organization = session.chat.as_ref().map(|chat| chat.organization.clone());
        let own = param("orgId")
            .zip(organization)
            .is_some_and(|(named, own)| messages::same_id(named, &own));
        if !own && rules.hold(Rule::FileOrganization) {
            return refused("upload_organization");
        }
        let id = session.id.clone();
        let file = part_named_file(request);
        let Some((name, size)) =
            file.or((!rules.hold(Rule::FilePart)).then(|| ("?".to_owned(), 0)))
        else {
            return refused("upload_part");
        };
        let fails = self.faults.next("file_fails", Some(&id)).is_some();
        let too_large = size > LARGEST_FILE && rules.hold(Rule::FileSize);
        let outcome = if fails || too_large { "Failure" } else { "Success" };
        let Some(session) = self.session(&id) else { return refused("upload_unasked") };
        if let (Some(chat), true) = (&mut session.chat, rules.hold(Rule::FileOnce)) {
            chat.file_token = None;
        }
        if rules.hold(Rule::FileTold) {
            session.enqueue(vec![messages::file_transfer(outcome, None)]);
        }
        let text = match outcome {
            "Success" => format!("The visitor sent the file {name}, {size} bytes"),
            _ => format!("The file {name} did not arrive: {size} bytes"),
        };
        self.notice(now, &id, text);
        if fails {
            self.wire.note(now, What::Fault, "Upload", Some(&id), Fault::FileFails.name());
        }
        Response::text(200, "OK").into()
    }
}

/// Name and size of the one part called `file` in a multipart body; `None` where there is not exactly one.
///
/// Source: RFC 7578. Only what browsers and HTTP libraries send is read: no nesting, no transfer encodings.
fn part_named_file(request: &Request) -> Option<(String, usize)> {
    let kind = request.header_value("content-type")?;
    let (form, boundary) = kind.split_once("boundary=")?;
    if !form.trim_start().to_ascii_lowercase().starts_with("multipart/form-data") {
        return None;
    }
    let boundary = boundary.split(';').next()?.trim().trim_matches('"');
    let mark = format!("--{boundary}").into_bytes();
    let mut files = Vec::new();
    for part in split(&request.body, &mark) {
        let Some(part) = part.strip_prefix(b"\r\n") else { continue };
        let at = find(part, b"\r\n\r\n")?;
        let (head, rest) = part.split_at(at);
        let content = rest.get(4..)?;
        let content = content.strip_suffix(b"\r\n").unwrap_or(content);
        let head = String::from_utf8_lossy(head).into_owned();
        if head.contains("name=\"file\"") {
            let name = head.split("filename=\"").nth(1).and_then(|rest| rest.split('"').next());
            files.push((name.unwrap_or("without a name").to_owned(), content.len()));
        }
    }
    if files.len() == 1 { files.pop() } else { None }
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

fn split<'a>(text: &'a [u8], mark: &[u8]) -> Vec<&'a [u8]> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = find(rest, mark) {
        let (part, after) = rest.split_at(at);
        parts.push(part);
        rest = after.get(mark.len()..).unwrap_or_default();
    }
    parts.push(rest);
    parts
}

#[cfg(test)]
mod tests {
    use super::part_named_file;
    use crate::desks::http::Request;

    fn body(parts: &str) -> Request {
        Request::post("/", parts.replace('\n', "\r\n"))
            .header("Content-Type", "multipart/form-data; boundary=XX")
    }

    #[test]
    fn the_part_named_file_is_found_with_its_name_and_size() {
        let one = "--XX\nContent-Disposition: form-data; name=\"filename\"\n\nnote.txt\n--XX\nContent-Disposition: form-data; name=\"file\"; filename=\"note.txt\"\nContent-Type: text/plain\n\nhello\n--XX--\n";
        assert_eq!(part_named_file(&body(one)), Some(("note.txt".to_owned(), 5)));
    }

    #[test]
    fn none_or_two_of_that_name_are_refused() {
        let part = "--XX\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\n\nx\n";
        assert_eq!(part_named_file(&body(&format!("{part}{part}--XX--\n"))), None);
        assert_eq!(part_named_file(&body("--XX--\n")), None);
        let other = part.replace("\"file\"", "\"data\"");
        assert_eq!(part_named_file(&body(&format!("{other}--XX--\n"))), None);
    }
}
