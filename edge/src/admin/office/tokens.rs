//! Named tokens: made, listed, revoked.

use std::time::Duration;

use parlor_shared::Timestamp;

use super::{AdminError, Handled, Office, Outcome, Random, Reply, Row, Who, ok, read_body};
use crate::{
    admin::{
        routes::Role,
        token::{self, Hash, Named},
        wire::{self, MintToken, TokenRow, TokenView},
    },
    registry::ledger::WriteError,
};

/// Most tokens.
const MAX_TOKENS: usize = 200;

/// Longest name of a token, in characters.
const MAX_NAME_CHARS: usize = 100;

/// Longest life of a token that has an end, in days.
const MAX_EXPIRY_DAYS: u32 = 3_650;

impl Office {
    pub(super) fn mint(
        &mut self,
        now: Timestamp,
        who: &Who,
        random: Random,
        body: &[u8],
    ) -> Result<Handled, AdminError> {
        let wanted: MintToken = read_body(body)?;
        let wrong = |field: &str, what: &str| AdminError::Body {
            field: Some(field.to_owned()),
            what: what.to_owned(),
        };
        let name = wanted.name.trim();
        let readable = parlor_shared::text::MessageText::parse(name).is_ok()
            && !name.contains(['\n', '\t'])
            && name.chars().count() <= MAX_NAME_CHARS;
        if !readable {
            return Err(wrong("name", "a name has 1 to 100 characters, on one line"));
        }
        // The audit log tells people apart by it.
        if name == "ADMIN_TOKEN" || self.tokens.values().any(|it| it.name == name) {
            return Err(wrong("name", "there is a token of this name"));
        }
        let role = Role::parse(&wanted.role)
            .ok_or_else(|| wrong("role", "one of read_only, support, admin is expected"))?;
        let expires = match wanted.expires_in_days {
            None => None,
            Some(days @ 1..=MAX_EXPIRY_DAYS) => {
                Some(now + Duration::from_secs(u64::from(days) * 86_400))
            }
            Some(_) => return Err(wrong("expires_in_days", "1 to 3650 days are expected")),
        };
        if self.tokens.len() >= MAX_TOKENS {
            return Err(WriteError::Full.into());
        }
        let (id, text) = token::mint(random.id, random.secret);
        let token = Named {
            id: id.clone(),
            name: name.to_owned(),
            role,
            hash: Hash::of(text.expose()),
            created: now,
            created_by: who.name.clone(),
            expires,
        };
        let outcome = Reply { status: 201, ..ok(wire::text(&view(&token, Some(text.expose())))) };
        let after = serde_json::to_value(view(&token, None)).ok();
        let rows = vec![
            Row::Token(id.clone(), Some(wire::text(&row(&token)))),
            self.line(now, &who.name, "token_created", format!("token:{id}"), None, after),
        ];
        self.tokens.insert(id, token);
        Ok(Handled { rows, publish: Vec::new(), outcome: Outcome::Reply(outcome) })
    }

    pub(super) fn revoke(
        &mut self,
        now: Timestamp,
        who: &Who,
        id: &str,
    ) -> Result<Handled, AdminError> {
        let token = self.tokens.remove(id).ok_or(AdminError::NoSuchToken)?;
        let before = serde_json::to_value(view(&token, None)).ok();
        let rows = vec![
            Row::Token(token.id, None),
            self.line(now, &who.name, "token_revoked", format!("token:{id}"), before, None),
        ];
        let outcome = Outcome::Reply(Reply { status: 204, ..Reply::default() });
        Ok(Handled { rows, publish: Vec::new(), outcome })
    }
}

pub(super) fn view<'a>(token: &'a Named, text: Option<&'a str>) -> TokenView<'a> {
    TokenView {
        id: &token.id,
        name: &token.name,
        role: token.role.as_str(),
        created_at: token.created,
        created_by: &token.created_by,
        expires_at: token.expires,
        token: text,
    }
}

fn row(token: &Named) -> TokenRow {
    TokenRow {
        id: token.id.clone(),
        name: token.name.clone(),
        role: token.role.as_str().to_owned(),
        sha256: token.hash.as_str().to_owned(),
        created_at: token.created,
        created_by: token.created_by.clone(),
        expires_at: token.expires,
    }
}

/// A token of a role that this edge does not know is none: it must not be taken for less, nor for more.
pub(super) fn named(row: TokenRow) -> Option<Named> {
    Some(Named {
        role: Role::parse(&row.role)?,
        id: row.id,
        name: row.name,
        hash: Hash::stored(&row.sha256),
        created: row.created_at,
        created_by: row.created_by,
        expires: row.expires_at,
    })
}
