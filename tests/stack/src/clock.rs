//! The wall clock and randomness: the only place of this crate that reads either.

use rand::distr::{Alphanumeric, SampleString as _};
use time::OffsetDateTime;

/// The time now, in UTC.
#[expect(
    clippy::disallowed_methods,
    reason = "the stack is an edge: it mints what services read the time of"
)]
pub(crate) fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

/// A random string of letters and digits, `length` characters long (5.95 bits each).
#[expect(clippy::disallowed_methods, reason = "passwords and names of one run must not be foreseeable")]
pub(crate) fn random_text(length: usize) -> String {
    Alphanumeric.sample_string(&mut rand::rng(), length)
}
