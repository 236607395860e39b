//! Waiting for a condition.

use std::thread;
use std::time::{Duration, Instant};

use crate::ClusterError;

/// How often a condition is looked at.
const POLL: Duration = Duration::from_millis(200);

/// Asks `condition` until it gives a value; what it said last is in the error.
///
/// # Errors
///
/// When it gives none within `limit`.
pub fn until<T>(
    what: &str,
    limit: Duration,
    mut condition: impl FnMut() -> Result<T, String>,
) -> Result<T, ClusterError> {
    let begun = Instant::now();
    loop {
        match condition() {
            Ok(value) => return Ok(value),
            Err(last) if begun.elapsed() > limit => {
                return Err(ClusterError::Timeout { what: what.to_owned(), limit, last });
            }
            Err(_) => thread::sleep(POLL),
        }
    }
}
