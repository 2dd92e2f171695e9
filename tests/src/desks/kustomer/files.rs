//! Attachments (section 7.4): announced, uploaded elsewhere with the fields that were handed out, named on a message.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::Desk;
use super::api::{Answered, Call};
use super::control::Upload;
use super::events::{Author, View};
use super::faults::Fault;
use super::iso;
use super::people::object;
use super::refusal::Refusal;
use super::rules::Rule;
use super::schema;
use super::store::{Kind, Record, put, put_at};
use crate::desks::http::{Request, Response};

/// What the storage keeps of an attachment.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    /// What the upload must bear.
    fields: Vec<(String, String)>,
    length: usize,
    /// The bytes, once they are there.
    pub bytes: Option<Vec<u8>>,
    /// Makes download links unguessable.
    secret: String,
}

impl Desk {
    /// Section 7.4, step 1. With `externalUrl` no upload follows.
    pub(super) fn create_attachment(&mut self, call: &Call<'_>) -> Answered {
        let body = self.body(call, schema::ATTACHMENT)?;
        let external = body.get("externalUrl").and_then(Value::as_str).map(str::to_owned);
        let fine =
            external.as_ref().is_none_or(|url| url.starts_with("https://") && !url.contains('@'));
        if !fine && self.rules.hold(Rule::ExternalUrl) {
            return Err(Refusal::bad_param("externalUrl", "Must be https, without credentials"));
        }
        let id = self.announce(call.now, &call.author, body, external.is_some());
        let record =
            self.store.get(Kind::Attachment, &id).ok_or_else(|| Refusal::not_found("id"))?;
        let mut answer = json!({ "data": self.show_file(call.now, record) });
        if let Some(stored) = self.files.get(&id) {
            let fields: Map<String, Value> =
                stored.fields.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
            let url = format!("{}{UPLOADS}", self.config.base_url);
            put(&mut answer, "meta", json!({ "upload": { "url": url, "fields": fields } }));
        }
        Ok(Response::json(201, &answer))
    }

    fn announce(
        &mut self,
        now: Duration,
        author: &Author,
        mut body: Map<String, Value>,
        external: bool,
    ) -> String {
        body.insert("uploaded".to_owned(), json!(external));
        let kind = body.get("contentType").and_then(Value::as_str).unwrap_or_default().to_owned();
        let length = body.get("contentLength").and_then(Value::as_u64).unwrap_or_default();
        let id = self.create(now, author, Kind::Attachment, body, BTreeMap::new());
        if external {
            return id;
        }
        let date = iso::text(self.at_ms(now)).replace(['-', ':'], "");
        let date = format!("{}Z", date.split('.').next().unwrap_or_default());
        let secret = format!("{}{}", self.dice.hex8(), self.dice.hex8());
        // The names of section 7.4, those of an S3 POST policy.
        let fields = [
            ("key", format!("{}/{id}", self.org)),
            ("acl", "private".to_owned()),
            ("Content-Type", kind),
            ("X-Amz-Meta-Attachment-Id", id.clone()),
            ("bucket", "attachments".to_owned()),
            ("X-Amz-Algorithm", "AWS4-HMAC-SHA256".to_owned()),
            ("X-Amz-Credential", "SIMULATED/us-east-1/s3/aws4_request".to_owned()),
            ("X-Amz-Date", date),
            ("Policy", format!("policy-{}", self.dice.hex8())),
            ("X-Amz-Signature", secret.clone()),
        ];
        let fields = fields.map(|(name, value)| (name.to_owned(), value)).to_vec();
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        self.files.insert(id.clone(), Stored { fields, length, bytes: None, secret });
        id
    }

    /// Section 7.4, step 2, at the storage: every field, the file last under the name `file`, no Authorization.
    /// Refusals are XML with S3's codes.
    pub(super) fn upload(&mut self, request: &Request) -> Response {
        if request.method != "POST" {
            return xml(405, "MethodNotAllowed");
        }
        if request.header_value("authorization").is_some()
            && self.rules.hold(Rule::UploadWithoutKey)
        {
            return xml(400, "InvalidArgument");
        }
        let kind = request.header_value("content-type").unwrap_or_default();
        let Some(parts) = multipart(kind, &request.body) else {
            return xml(400, "MalformedPOSTRequest");
        };
        let file = parts.iter().position(|(name, _)| name == "file");
        let Some(file) = file else { return xml(400, "InvalidArgument") };
        if file + 1 != parts.len() && self.rules.hold(Rule::FileLast) {
            return xml(400, "InvalidArgument");
        }
        let given = |name: &str| {
            let part = parts.iter().find(|(known, _)| known == name);
            part.map(|(_, value)| String::from_utf8_lossy(value).into_owned())
        };
        let id = given("X-Amz-Meta-Attachment-Id").unwrap_or_default();
        let Some(stored) = self.files.get_mut(&id) else { return xml(403, "AccessDenied") };
        let complete =
            stored.fields.iter().all(|(name, value)| given(name).as_ref() == Some(value));
        if !complete && self.rules.hold(Rule::UploadFields) {
            return xml(403, "AccessDenied");
        }
        let bytes = parts.into_iter().nth(file).map(|(_, value)| value).unwrap_or_default();
        if bytes.len() != stored.length {
            return xml(
                400,
                if bytes.len() > stored.length { "EntityTooLarge" } else { "EntityTooSmall" },
            );
        }
        stored.bytes = Some(bytes);
        if let Some(record) = self.store.get_mut(Kind::Attachment, &id) {
            record.set("uploaded", true);
        }
        self.changed();
        Response::empty(204)
    }

    /// `GET /v1/messages/{mid}/attachments/{aid}`.
    pub(super) fn get_attachment(&self, call: &Call<'_>) -> Answered {
        let message =
            self.store.get(Kind::Message, call.value(0)).ok_or_else(|| Refusal::not_found("id"))?;
        let id = message.many("attachments").iter().find(|id| *id == call.value(1));
        let file = id.and_then(|id| self.store.get(Kind::Attachment, id));
        let file = file.ok_or_else(|| Refusal::not_found("attachment"))?;
        Ok(Response::json(200, &json!({ "data": self.show_file(call.now, file) })))
    }

    pub(super) fn list_attachments(&self, call: &Call<'_>) -> Answered {
        let talk = &self.conversation(call.value(0))?.id;
        let messages = self.store.of(Kind::Message, "conversation", talk);
        let files = messages.flat_map(|message| message.many("attachments"));
        let files: Vec<&Record> =
            files.filter_map(|id| self.store.get(Kind::Attachment, id)).collect();
        let mut page = self.page_json(call, &files);
        let shown: Vec<Value> = files.iter().map(|file| self.show_file(call.now, file)).collect();
        put(&mut page, "data", shown);
        Ok(Response::json(200, &page))
    }

    /// A file's metadata with its download link, which works for a while only.
    pub(super) fn show_file(&self, now: Duration, file: &Record) -> Value {
        let mut shown = self.show(file, View::Single);
        let external = file.text("externalUrl");
        let link = match self.files.get(&file.id) {
            Some(stored) => {
                let until = self.at_ms(now + self.config.link_life);
                let base = &self.config.base_url;
                format!("{base}{DOWNLOADS}{}?expires={until}&signature={}", file.id, stored.secret)
            }
            None => external.to_owned(),
        };
        put_at(&mut shown, "/links", "related", link);
        shown
    }

    /// The storage again, for those who have a link.
    pub(super) fn download(&self, now: Duration, request: &Request) -> Response {
        let id = request.path().strip_prefix(DOWNLOADS).unwrap_or_default();
        let query = request.query();
        let value = |name: &str| {
            query.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
        };
        let Some(stored) = self.files.get(id) else { return xml(404, "NoSuchKey") };
        let until = value("expires").and_then(|text| text.parse::<i64>().ok()).unwrap_or_default();
        let expired = self.at_ms(now) >= until || self.faults.is_on(Fault::LinksExpired);
        if expired || value("signature").as_ref() != Some(&stored.secret) {
            return xml(403, "AccessDenied");
        }
        match &stored.bytes {
            Some(bytes) => Response {
                body: bytes.clone(),
                content_type: Some("application/octet-stream"),
                ..Response::empty(200)
            },
            None => xml(404, "NoSuchKey"),
        }
    }

    /// Section 5.2: objects `{_id, name, contentType, contentLength}` or plain ids.
    pub(super) fn named_files(&self, list: Option<Value>) -> Result<Vec<String>, Refusal> {
        let mut ids = Vec::new();
        for entry in list.as_ref().and_then(Value::as_array).into_iter().flatten() {
            let id = entry.as_str().or_else(|| entry.get("_id").and_then(Value::as_str));
            let known = id.filter(|id| self.store.get(Kind::Attachment, id).is_some());
            ids.push(
                known
                    .ok_or_else(|| Refusal::bad_param("attachments", "Unknown attachment"))?
                    .to_owned(),
            );
        }
        Ok(ids)
    }

    /// An agent's file: there at once.
    pub(super) fn agent_file(&mut self, now: Duration, author: &Author, upload: Upload) -> String {
        let length = upload.bytes.len();
        let body = object(json!({
            "name": upload.name, "contentType": upload.content_type, "contentLength": length,
        }));
        let id = self.announce(now, author, body, false);
        if let Some(stored) = self.files.get_mut(&id) {
            stored.bytes = Some(upload.bytes);
        }
        if let Some(record) = self.store.get_mut(Kind::Attachment, &id) {
            record.set("uploaded", true);
        }
        id
    }
}

fn xml(status: u16, code: &str) -> Response {
    let body =
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code></Error>");
    Response {
        content_type: Some("application/xml"),
        body: body.into_bytes(),
        ..Response::empty(status)
    }
}

/// The parts of a multipart/form-data body in order: name and bytes. `None` where it is none.
fn multipart(content_type: &str, body: &[u8]) -> Option<Vec<(String, Vec<u8>)>> {
    let parameters = content_type.strip_prefix("multipart/form-data")?;
    let boundary = parameters.split(';').find_map(|part| part.trim().strip_prefix("boundary="))?;
    let marker = format!("--{}", boundary.trim_matches('"')).into_bytes();
    let mut rest = body.strip_prefix(marker.as_slice())?;
    let mut parts = Vec::new();
    loop {
        if rest.starts_with(b"--") {
            return Some(parts);
        }
        rest = rest.strip_prefix(b"\r\n")?;
        let head_end = find(rest, b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(rest.get(..head_end)?).into_owned();
        rest = rest.get(head_end + 4..)?;
        let end = find(rest, &[b"\r\n", marker.as_slice()].concat())?;
        let disposition = head
            .lines()
            .find(|line| line.to_ascii_lowercase().starts_with("content-disposition:"))?;
        let name = disposition.split(';').find_map(|part| part.trim().strip_prefix("name="))?;
        parts.push((name.trim_matches('"').to_owned(), rest.get(..end)?.to_vec()));
        rest = rest.get(end + 2 + marker.len()..)?;
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

/// Where files are uploaded to and fetched from.
pub(super) const UPLOADS: &str = "/storage/upload";
pub(super) const DOWNLOADS: &str = "/storage/files/";
