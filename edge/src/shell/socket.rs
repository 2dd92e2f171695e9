//! The link's door: everything is checked here, before a conversation is woken.

use parlor_shared::{id::ConversationId, wire};
use worker::{Env, Request, Response, Result, WebSocketPair};

use super::{clock, frame::own_origin, log, problem::Refusal, start::keys};
use crate::{
    access::{self, Claims, Conversation, TokenError, Verdict},
    conversation::CLOSE_ERASED,
};

/// `GET /v1/conversations/{id}/socket`.
pub async fn open(request: Request, env: &Env, id: &str) -> Result<Response> {
    let upgrade = request.headers().get("Upgrade")?.unwrap_or_default();
    if !upgrade.eq_ignore_ascii_case("websocket") {
        let title = "This address is a WebSocket's.";
        return Refusal::new(426, "upgrade_required", title).into_response();
    }
    match try_open(request, env, id).await {
        Ok(response) => Ok(response),
        Err(Closing { code, reason }) => {
            log::line(reason, None, None);
            closed(code, reason)
        }
    }
}

/// A refusal, as a close: a browser cannot read the status of a refused handshake.
struct Closing {
    code: u16,
    reason: &'static str,
}

async fn try_open(request: Request, env: &Env, id: &str) -> std::result::Result<Response, Closing> {
    let close = |code, reason| Closing { code, reason };
    let failed = |_: worker::Error| close(1013, "platform_failed");
    let own = own_origin(&request).map_err(|_| close(4400, "address_malformed"))?;
    let origin = request.headers().get("Origin").map_err(failed)?;
    // Only pages of the edge's own open links. What is no browser says no origin, and has a token or not.
    if access::own_origin_verdict(&own, origin.as_deref()) == Verdict::NotAllowed {
        return Err(close(4401, "origin_not_allowed"));
    }
    let header = request.headers().get("Sec-WebSocket-Protocol").map_err(failed)?;
    let offer = access::offer(header.as_deref()).map_err(|error| close(4400, error.code()))?;
    let keys = keys(env).map_err(|_| close(1013, "secret_missing"))?;
    let claims = verify::<Conversation>(&keys, offer.token.expose())
        .map_err(|error| close(4401, error.code()))?;
    if claims.conversation.as_str() != id || ConversationId::parse(id).is_err() {
        return Err(close(4401, "token_of_other_conversation"));
    }
    // A forged or foreign id is refused here, before any object wakes.
    let stub = env
        .durable_object("CONVERSATION")
        .and_then(|namespace| namespace.id_from_string(id)?.get_stub())
        .map_err(|_| close(4404, "conversation_unknown"))?;
    let mut inner = Request::new("https://object/socket", worker::Method::Get).map_err(failed)?;
    let headers = inner.headers_mut().map_err(failed)?;
    headers.set("Upgrade", "websocket").map_err(failed)?;
    headers.set("Sec-WebSocket-Protocol", wire::SUBPROTOCOL).map_err(failed)?;
    let response = stub.fetch_with_request(inner).await.map_err(failed)?;
    match response.status_code() {
        101 => Ok(response),
        404 => Err(close(4404, "conversation_unknown")),
        410 => Err(close(CLOSE_ERASED, "conversation_erased")),
        _ => Err(close(1013, "conversation_failed")),
    }
}

pub(super) fn verify<C: Claims>(
    keys: &access::Keys,
    token: &str,
) -> std::result::Result<C, TokenError> {
    keys.verify::<C>(clock::now(), token).map(|verified| verified.claims)
}

fn closed(code: u16, reason: &str) -> Result<Response> {
    let pair = WebSocketPair::new()?;
    pair.server.accept()?;
    pair.server.close(Some(code), Some(reason))?;
    let mut response = Response::from_websocket(pair.client)?;
    response.headers_mut().set("Sec-WebSocket-Protocol", wire::SUBPROTOCOL)?;
    Ok(response)
}
