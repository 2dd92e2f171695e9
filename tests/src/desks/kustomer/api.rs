//! Who may call, how often, and which call does what. Order: region, key, limit, address, role, body.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::Desk;
use super::events::{Author, View};
use super::faults::{Fault, Order};
use super::keys;
use super::limits::Count;
use super::refusal::{Refusal, Shape};
use super::route::{self, Found, Op};
use super::rules::Rule;
use super::schema::{self, Field, Strictness};
use super::store::{Kind, Record, put};
use super::trace::{Entry, What};
use super::wire::Exchange;
use crate::desks::http::{ConnId, Request, Response};

/// A call that was let in.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub now: Duration,
    pub found: &'a Found,
    pub request: &'a Request,
    pub author: Author,
    pub token: String,
    pub admin: bool,
}

impl Call<'_> {
    pub fn value(&self, place: usize) -> &str {
        self.found.value(place)
    }

    /// A value of the query.
    pub fn query(&self, name: &str) -> Option<String> {
        self.request.query().into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }
}

/// What a call comes to.
pub(super) type Answered = Result<Response, Refusal>;

impl Desk {
    /// A request came in. Its answer, if any, comes out of [`poll_output`](Self::poll_output).
    pub fn request(&mut self, now: Duration, conn: ConnId, request: Request) {
        self.tick(now);
        let found = route::find(&request);
        let (group, call) = match &found {
            Some(found) => (found.route.group, found.route.name),
            None if request.path().starts_with(super::files::UPLOADS) => ("attachments", "upload"),
            None if request.path().starts_with(super::files::DOWNLOADS) => {
                ("attachments", "download")
            }
            None => ("unknown", "unknown"),
        };
        let chat = found.as_ref().and_then(|found| self.chat_of(found));
        let entry = Entry::new(now, What::Received, call);
        self.wire.trace.push(Entry { conn: Some(conn.0), chat: chat.clone(), ..entry });
        let fault = self.faults.for_request(group, call, chat.as_deref());
        let exchange = Exchange { conn, call, chat, fault: fault.clone() };
        match fault.as_ref().map(|order| order.fault) {
            Some(Fault::DropRequest) => return self.wire.close(now, exchange),
            Some(Fault::Html502) => {
                let page =
                    "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>";
                return self.wire.answer(now, exchange, Response::html(502, page));
            }
            _ => {}
        }
        let response = match call {
            "upload" => self.upload(&request),
            "download" => self.download(now, &request),
            _ => self.rest(now, found.as_ref(), &request, fault.as_ref()),
        };
        let response = match fault.as_ref().filter(|order| order.fault == Fault::AfterWrite) {
            Some(order) => self.refuse(&Refusal::broken(order.status())),
            None => response,
        };
        self.wire.answer(now, exchange, response);
        self.send_due(now);
    }

    /// The conversation that an address names.
    fn chat_of(&self, found: &Found) -> Option<String> {
        let id = found.values.first()?;
        self.store.get(Kind::Conversation, id).map(|record| record.id.clone())
    }

    fn rest(
        &mut self,
        now: Duration,
        found: Option<&Found>,
        request: &Request,
        fault: Option<&Order>,
    ) -> Response {
        let (token, author, admin) = match self.authenticate(now, request) {
            Ok(known) => known,
            Err(refusal) => return self.refuse(&refusal),
        };
        let limit = self.faults.switch(Fault::OrgLimit).map(|order| order.natural("limit"));
        let limit = limit.unwrap_or(self.config.org_limit);
        let forced = fault.filter(|order| order.fault == Fault::Limit);
        let waits = self.told_to_wait.get(&token).is_some_and(|until| now < *until);
        let mut count = self.limits.count(now, "org", limit);
        if let Some(order) = forced {
            let resets = now + Duration::from_secs(order.natural("reset_s"));
            count = Count { limit, remaining: 0, exceeded: true, resets };
        }
        if waits {
            // The client was told when the limit ends and did not wait.
            let call = found.map_or("unknown", |found| found.route.name);
            self.wire.note(now, What::Breach, call, Some("early_again"));
        }
        let answered = if count.exceeded && (forced.is_some() || self.rules.hold(Rule::OrgLimit)) {
            self.told_to_wait.insert(token, count.resets);
            Err(Refusal::limited(self.epoch_s(count.resets)))
        } else if let Some(order) = fault.filter(|order| order.fault == Fault::Status) {
            Err(Refusal::broken(order.status()))
        } else {
            self.authorized(now, found, request, author, token, admin)
        };
        let response = answered.unwrap_or_else(|refusal| self.refuse(&refusal));
        self.with_limits(response, &count)
    }

    fn authorized(
        &mut self,
        now: Duration,
        found: Option<&Found>,
        request: &Request,
        author: Author,
        token: String,
        admin: bool,
    ) -> Answered {
        let found = found.ok_or_else(Refusal::no_address)?;
        let without = self.faults.switch(Fault::MissingRole).map(|order| order.text("role"));
        let key = self.config.keys.iter().find(|key| key.token == token);
        let roles = key.into_iter().flat_map(|key| &key.roles).map(String::as_str);
        let allowed = keys::allows(roles, found.route.roles, without.as_deref());
        if !allowed && self.rules.hold(Rule::Roles) {
            return Err(Refusal::forbidden(found.route.roles));
        }
        if request.body.len() > LARGEST_BODY {
            return Err(Refusal::too_large());
        }
        let call = Call { now, found, request, author, token, admin };
        self.perform(&call)
    }

    /// Sections 1.1 to 1.3. An admin's key is told apart for the fields that only it may set.
    fn authenticate(
        &self,
        now: Duration,
        request: &Request,
    ) -> Result<(String, Author, bool), Refusal> {
        if let Some(order) = self.faults.switch(Fault::WrongPod) {
            return Err(Refusal::wrong_pod(order.status(), &order.text("pod"), &self.config.pod));
        }
        let asked = request.header_value("host").and_then(pod_of);
        if asked.is_some_and(|pod| pod != self.config.pod) && self.rules.hold(Rule::Region) {
            let asked = asked.unwrap_or_default();
            return Err(Refusal::wrong_pod(401, &self.config.pod, asked));
        }
        let bearer =
            request.header_value("authorization").and_then(|it| it.strip_prefix("Bearer "));
        let key = bearer.and_then(|token| self.config.keys.iter().find(|key| key.token == token));
        let key = match key {
            Some(key) => key,
            None if self.rules.hold(Rule::Bearer) => {
                return Err(Refusal::unauthorized("Unauthorized"));
            }
            None => {
                self.config.keys.first().ok_or_else(|| Refusal::unauthorized("Unauthorized"))?
            }
        };
        let expired =
            key.expires.is_some_and(|expires| now >= expires) && self.rules.hold(Rule::Expiry);
        if expired || self.faults.is_on(Fault::KeyExpired) {
            return Err(Refusal::unauthorized("Token expired"));
        }
        let user = self.machines.get(&key.token).cloned();
        let admin = key.roles.iter().any(|role| role == "org.admin");
        Ok((key.token.clone(), Author { user, client: "api-gw" }, admin))
    }

    fn perform(&mut self, call: &Call<'_>) -> Answered {
        match call.found.route.op {
            Op::FindCustomer => self.find_customer(call),
            Op::GetCustomer => self.single(call, Kind::Customer, "id"),
            Op::CreateCustomer => self.create_customer(call),
            Op::UpdateCustomer => self.update_customer(call, false),
            Op::ReplaceCustomer => self.update_customer(call, true),
            Op::SearchCustomers => self.search_customers(call),
            Op::ListConversations => self.list_conversations(call),
            Op::CreateConversation => self.create_conversation(call, None),
            Op::CreateConversationOf => self.create_conversation(call, Some(call.value(0))),
            Op::FindConversation => self.find_by_external_id(call, Kind::Conversation),
            Op::GetConversations => self.several(call, Kind::Conversation),
            Op::UpdateConversation => self.update_conversation(call, false),
            Op::ReplaceConversation => self.update_conversation(call, true),
            Op::DeleteConversation => self.delete_conversation(call),
            Op::AddTags => self.tag(call, true),
            Op::RemoveTags => self.tag(call, false),
            Op::ListMessages => self.list_messages(call),
            Op::ListNotes => self.list_of(call, Kind::Note, call.value(0)),
            Op::CreateNote => self.create_note(call),
            Op::ListAttachments => self.list_attachments(call),
            Op::CreateMessage => self.create_message(call, None, None),
            Op::CreateMessageIn => self.create_message(call, Some(call.value(0)), None),
            Op::CreateMessageOf => self.create_message(call, None, Some(call.value(0))),
            Op::FindMessage => self.find_by_external_id(call, Kind::Message),
            Op::GetMessage => self.single(call, Kind::Message, "id"),
            Op::UpdateMessage => self.update_message(call),
            Op::RedactMessage => self.redact_message(call),
            Op::GetAttachment => self.get_attachment(call),
            Op::CreateDraft => self.create_draft(call),
            Op::CreateAttachment => self.create_attachment(call),
            Op::CurrentUser => self.current_user(call),
            Op::GetUsers => self.several(call, Kind::User),
            Op::ListUsers => self.list_all(call, Kind::User),
            Op::CurrentOrg => self.current_org(call),
            Op::CurrentToken => self.current_token(call),
            Op::ListTeams => self.list_all(call, Kind::Team),
            Op::ListQueues => self.list_all(call, Kind::Queue),
            Op::QueueMetrics => self.queue_metrics(call),
            Op::CreateWorkItem => self.create_work_item(call),
            Op::ListWorkItems => self.list_of(call, Kind::WorkItem, call.value(0)),
            Op::ListWebhooks => self.list_all(call, Kind::Webhook),
            Op::WebhookEvents => self.webhook_events(),
            Op::CreateWebhook => self.create_webhook(call),
            Op::GetWebhook => self.single(call, Kind::Webhook, "id"),
            Op::UpdateWebhook => self.update_webhook(call),
            Op::DeleteWebhook => self.delete_webhook(call),
            Op::GetSatisfaction => self.single(call, Kind::Satisfaction, "id"),
            Op::OpenSession => self.open_session(call),
            Op::ListSessions => self.list_sessions(call),
            Op::ListChatMessages => self.list_chat_messages(call),
            Op::ChatMessage => self.chat_message(call),
            Op::OutboundChatMessage => self.outbound_chat_message(call),
            Op::OutboundTyping => self.outbound_typing(call),
            Op::Handoff => self.handoff(call),
            Op::RateSatisfaction => self.rate_satisfaction(call),
        }
    }

    /// The body, in which every field is as the list says.
    pub(super) fn body(
        &self,
        call: &Call<'_>,
        fields: &'static [Field],
    ) -> Result<Map<String, Value>, Refusal> {
        let strictness = Strictness {
            custom: &self.config.custom,
            unknown_fields: self.rules.hold(Rule::UnknownFields),
            forms: self.rules.hold(Rule::Forms),
            custom_keys: self.rules.hold(Rule::CustomKeys),
            required: self.rules.hold(Rule::Required),
        };
        schema::read(&call.request.body, fields, strictness)
    }

    pub(super) fn single(&self, call: &Call<'_>, kind: Kind, parameter: &str) -> Answered {
        let record =
            self.store.get(kind, call.value(0)).ok_or_else(|| Refusal::not_found(parameter))?;
        Ok(self.shown(200, record))
    }

    pub(super) fn shown(&self, status: u16, record: &Record) -> Response {
        let mut body = json!({});
        put(&mut body, "data", self.show(record, View::Single));
        Response::json(status, &body)
    }

    /// Section 2: several ids with commas give a list, one gives a single resource.
    fn several(&self, call: &Call<'_>, kind: Kind) -> Answered {
        if !call.value(0).contains(',') {
            return self.single(call, kind, "id");
        }
        let records = call.value(0).split(',').filter_map(|id| self.store.get(kind, id));
        let records: Vec<&Record> = records.collect();
        Ok(self.page(call, &records))
    }

    fn find_by_external_id(&self, call: &Call<'_>, kind: Kind) -> Answered {
        let record = self.store.by_external_id(kind, call.value(1));
        let record = record.ok_or_else(|| Refusal::not_found("externalId"))?;
        Ok(self.shown(200, record))
    }

    fn list_all(&self, call: &Call<'_>, kind: Kind) -> Answered {
        let records: Vec<&Record> = self.store.all(kind).collect();
        Ok(self.page(call, &records))
    }

    fn list_of(&self, call: &Call<'_>, kind: Kind, conversation: &str) -> Answered {
        self.conversation(conversation)?;
        let records: Vec<&Record> = self.store.of(kind, "conversation", conversation).collect();
        Ok(self.page(call, &records))
    }

    pub(super) fn page(&self, call: &Call<'_>, records: &[&Record]) -> Response {
        Response::json(200, &self.page_json(call, records))
    }

    /// Section 2: `page` counts from 1, `pageSize` is 100 unless told.
    pub(super) fn page_json(&self, call: &Call<'_>, records: &[&Record]) -> Value {
        let number = |name: &str, preset: usize| {
            let given = call.query(name).and_then(|text| text.parse::<usize>().ok());
            given.filter(|number| *number > 0).unwrap_or(preset)
        };
        let (page, mut size) = (number("page", 1), number("pageSize", 100).min(1_000));
        if !self.rules.hold(Rule::Pages) {
            size = usize::MAX;
        }
        let path = call.request.path();
        let link = |page: usize| json!(format!("{path}?page={page}&pageSize={size}"));
        let first = (page - 1).saturating_mul(size);
        let shown = records.iter().skip(first).take(size);
        let data: Vec<Value> = shown.map(|record| self.show(record, View::Listed)).collect();
        let more = first.saturating_add(size) < records.len();
        let mut body = json!({
            "meta": { "page": page, "pageSize": size },
            "links": {
                "self": link(page), "first": link(1),
                "prev": if page > 1 { link(page - 1) } else { Value::Null },
                "next": if more { link(page + 1) } else { Value::Null },
            },
        });
        // Moved: `json!` would write all of it anew, and lists are what storms ask for most.
        put(&mut body, "data", data);
        body
    }

    /// Counts something of a customer's, section 9.
    pub(super) fn count(
        &mut self,
        call: &Call<'_>,
        rule: Rule,
        what: &str,
        customer: &str,
        body: &Map<String, Value>,
    ) -> Result<(), Refusal> {
        let imported = body.get("importedAt").is_some_and(|it| !it.is_null());
        if imported && self.rules.hold(Rule::ImportsUncounted) {
            return Ok(());
        }
        let name = format!("{what} {customer} {}", call.token);
        let count = self.limits.count(call.now, &name, self.config.customer_limit);
        self.over(&count, rule)
    }

    pub(super) fn over(&self, count: &Count, rule: Rule) -> Result<(), Refusal> {
        if count.exceeded && self.rules.hold(rule) {
            Err(Refusal::limited(self.epoch_s(count.resets)))
        } else {
            Ok(())
        }
    }

    /// Section 3.3 and 5.4: what becomes of a second record of one external id is not established.
    pub(super) fn duplicate(
        &mut self,
        now: Duration,
        kind: Kind,
        field: &str,
        taken: bool,
    ) -> Result<(), Refusal> {
        if !taken {
            return Ok(());
        }
        let name = match kind {
            Kind::Message => "create_message",
            Kind::Conversation => "create_conversation",
            _ => "create_customer",
        };
        self.wire.note(now, What::Breach, name, Some("duplicate"));
        let policy = self.faults.switch(Fault::DuplicatesPolicy).map(|order| order.text("policy"));
        match policy.as_deref() {
            _ if !self.rules.hold(Rule::Duplicates) => Ok(()),
            Some("accept") => Ok(()),
            Some("bad_request") => Err(Refusal::duplicate(400, field)),
            _ => Err(Refusal::duplicate(409, field)),
        }
    }

    pub(super) fn refuse(&self, refusal: &Refusal) -> Response {
        let shape = self.faults.switch(Fault::ErrorShape).map(|order| order.text("shape"));
        let shape = match shape.as_deref() {
            Some("jsonapi") => Shape::JsonApi,
            Some(_) => Shape::Current,
            None => refusal.shape,
        };
        let response = refusal.response(shape, self.faults.is_on(Fault::StatusAsText));
        let response = response.with_header("x-kustomer-pod", self.config.pod.clone());
        match refusal.reset_s {
            Some(reset_s) => {
                let response = response.with_header("x-ratelimit-reset", reset_s.to_string());
                if self.faults.is_on(Fault::RetryAfter) {
                    response.with_header("retry-after", "5")
                } else {
                    response
                }
            }
            None => response,
        }
    }

    fn with_limits(&self, response: Response, count: &Count) -> Response {
        let response = if response.header_value("x-kustomer-pod").is_none() {
            response.with_header("x-kustomer-pod", self.config.pod.clone())
        } else {
            response
        };
        if !self.rules.hold(Rule::LimitHeaders) {
            return response;
        }
        let response = response
            .with_header("x-ratelimit-limit", count.limit.to_string())
            .with_header("x-ratelimit-remaining", count.remaining.to_string());
        if !self.rules.hold(Rule::ResetWhenExceeded) && response.status != 429 {
            return response
                .with_header("x-ratelimit-reset", self.epoch_s(count.resets).to_string());
        }
        response
    }

    /// Section 9: epoch seconds, rounded up so that the window is over then.
    pub(super) fn epoch_s(&self, at: Duration) -> i64 {
        self.at_ms(at).div_euclid(1_000) + i64::from(self.at_ms(at).rem_euclid(1_000) > 0)
    }
}

/// Section 1.1. An organisation's own host routes to its region by itself.
fn pod_of(host: &str) -> Option<&'static str> {
    match host.split(':').next().unwrap_or_default() {
        "api.kustomerapp.com" => Some("prod1"),
        "api.prod2.kustomerapp.com" => Some("prod2"),
        "api.prod4.kustomerapp.com" => Some("prod4"),
        _ => None,
    }
}

/// Larger bodies are 413. The real size is not documented for the API; inbound hooks take 400 kB (section 9).
const LARGEST_BODY: usize = 1_000_000;
