//! The Durable Object of a rate limit: one per organisation at a desk. It lives in memory: one that was evicted is
//! full once, which the limit has room for.

use std::{cell::RefCell, panic::AssertUnwindSafe};

use serde::{Deserialize, Serialize};
use worker::{DurableObject, Env, Request, Response, Result, State, Stub, durable_object};

use super::{clock, entropy, start::post};
use crate::relay::{
    bucket::{self, RateHeaders, Verdict},
    call::{Charge, Rank},
};
use parlor_shared::Timestamp;

/// One organisation's limit.
#[durable_object]
pub struct Bucket {
    bucket: AssertUnwindSafe<RefCell<bucket::Bucket>>,
}

#[derive(Deserialize, Serialize)]
enum Order {
    Ask {
        rank: u8,
    },
    Report {
        status: u16,
        limit: Option<u64>,
        remaining: Option<u64>,
        reset: Option<u64>,
        after: Option<u64>,
    },
}

/// `until`: not before then.
#[derive(Deserialize, Serialize)]
struct Answer {
    until: Option<Timestamp>,
}

impl DurableObject for Bucket {
    fn new(_state: State, _env: Env) -> Self {
        Self { bucket: AssertUnwindSafe(RefCell::default()) }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let order: Order = request.json().await?;
        let now = clock::now();
        let mut bucket = self.bucket.borrow_mut();
        let until = match order {
            Order::Ask { rank } => match bucket.ask(now, rank_of(rank)) {
                Verdict::Go => None,
                Verdict::Wait(until) => Some(until),
            },
            Order::Report { status, limit, remaining, reset, after } => {
                let headers = RateHeaders { limit, remaining, reset, retry_after: after };
                bucket.report(now, entropy::dice(), status, &headers)
            }
        };
        Response::from_json(&Answer { until })
    }
}

/// Asks whether a call may be made. `Some`: not before then.
pub async fn ask(env: &Env, charge: &Charge) -> Result<Option<Timestamp>> {
    let rank = match charge.rank {
        Rank::Reconcile => 0,
        Rank::Read => 1,
        Rank::Write => 2,
    };
    tell(env, charge, &Order::Ask { rank }).await
}

/// Tells what an answer said of the limit. `Some`: the call was turned away, and nobody calls before then.
pub async fn report(
    env: &Env,
    charge: &Charge,
    status: u16,
    headers: &RateHeaders,
) -> Result<Option<Timestamp>> {
    if !headers.worth_reporting(status) {
        return Ok(None);
    }
    let RateHeaders { limit, remaining, reset, retry_after } = *headers;
    tell(env, charge, &Order::Report { status, limit, remaining, reset, after: retry_after }).await
}

async fn tell(env: &Env, charge: &Charge, order: &Order) -> Result<Option<Timestamp>> {
    let stub: Stub = env.durable_object("BUCKET")?.get_by_name(&charge.bucket)?;
    let mut response = post(&stub, "https://object/", &serde_json::to_string(order)?).await?;
    Ok(response.json::<Answer>().await?.until)
}

const fn rank_of(number: u8) -> Rank {
    match number {
        0 => Rank::Reconcile,
        1 => Rank::Read,
        _ => Rank::Write,
    }
}
