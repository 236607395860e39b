//! How long to wait after a failure, with jitter: workers that failed together must not return together.
//! (<https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/>)

use std::time::Duration;

/// Where random numbers come from, evenly spread over all values.
pub(crate) type Random = fn() -> u32;

/// The wait before a message is tried again, before doubling. With the queue's five receives, an outage of
/// url-service may last two and a half to five minutes before a message that it caught goes to the
/// dead-letter queue; messages that were not received yet simply wait in the queue, see [`pause`].
const MESSAGE_BASE: Duration = Duration::from_secs(10);
/// The longest wait before a message is tried again.
const MESSAGE_MOST: Duration = Duration::from_mins(15);
/// The longest pause between two polls.
const PAUSE_MOST: Duration = Duration::from_secs(30);

/// How long a message that was received `receive_count` times stays hidden before it is tried again:
/// `2^receive_count × 10 s`, at most 15 minutes, of which the second half is left to chance.
pub(crate) fn retry_after(receive_count: u32, random: u32) -> Duration {
    half_at_random(doubled(MESSAGE_BASE, receive_count).min(MESSAGE_MOST), random)
}

/// How long a poller rests after `setbacks` in a row, at most 30 s. Receiving messages that cannot be
/// delivered would only use up their receives.
pub(crate) fn pause(setbacks: u32, random: u32) -> Duration {
    half_at_random(doubled(Duration::from_secs(1), setbacks).min(PAUSE_MOST), random)
}

fn doubled(base: Duration, times: u32) -> Duration {
    base.saturating_mul(2_u32.saturating_pow(times))
}

fn half_at_random(full: Duration, random: u32) -> Duration {
    full.mul_f64(0.5 + 0.5 * f64::from(random) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_with_each_receive_up_to_its_bound() {
        for (receive_count, least, most) in [
            (1, 10, 20),
            (2, 20, 40),
            (3, 40, 80),
            (4, 80, 160),
            (6, 320, 640),
            (7, 450, 900),
            (u32::MAX, 450, 900),
        ] {
            assert_eq!(retry_after(receive_count, 0), Duration::from_secs(least), "{receive_count}");
            assert_eq!(retry_after(receive_count, u32::MAX), Duration::from_secs(most), "{receive_count}");
        }
    }

    #[test]
    fn a_pause_stays_far_below_what_liveness_allows() {
        assert_eq!((pause(1, 0), pause(1, u32::MAX)), (Duration::from_secs(1), Duration::from_secs(2)));
        assert_eq!(pause(u32::MAX, u32::MAX), Duration::from_secs(30));
    }
}
