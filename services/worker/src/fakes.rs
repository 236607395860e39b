//! The worker's two neighbours, for tests: real servers on loopback, since what is at stake is how the
//! clients behave.

mod internal_api;
mod sqs;

use std::time::Duration;

use click_contract::{BatchBuilder, Click};
use runtime::Clock;
use uuid::Uuid;

pub(crate) use internal_api::{Answer, InternalApi};
pub(crate) use sqs::FakeSqs;

/// The time in every test, in seconds since the Unix epoch.
pub(crate) const NOW: i64 = 1_700_000_000;
pub(crate) const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// A clock that stands at [`NOW`].
#[derive(Debug)]
pub(crate) struct Standing;

impl Clock for Standing {
    fn since_epoch(&self) -> Duration {
        Duration::from_secs(NOW.unsigned_abs())
    }
}

/// The body of a message with `clicks` clicks, and the identifier of its batch.
pub(crate) fn body(clicks: u64) -> (Uuid, String) {
    body_at(NOW, clicks)
}

/// The same, with the clicks at a given time.
pub(crate) fn body_at(at: i64, clicks: u64) -> (Uuid, String) {
    let id = Uuid::from_u128(u128::from(clicks));
    let mut builder = BatchBuilder::new(id, at);
    for visitor in 0..clicks {
        let user_agent = "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0";
        builder.push(&Click { link: id, at, user_agent, referrer_host: "", country: "DE", visitor });
    }
    (id, builder.build().encode().unwrap())
}
