//! Where a slug leads, prepared so that a redirect only copies it.

use axum::http::{HeaderValue, StatusCode};
use uuid::Uuid;

use crate::links::target::{Blocklist, TargetUrl};

/// What the redirect path reads of a link.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) id: Uuid,
    pub(crate) target: String,
    pub(crate) redirect_status: i16,
    /// Seconds since the Unix epoch.
    pub(crate) valid_from: Option<i64>,
    /// Seconds since the Unix epoch.
    pub(crate) expires_at: Option<i64>,
    pub(crate) limited: bool,
    pub(crate) exhausted: bool,
    pub(crate) withdrawn: bool,
}

/// A link, ready to redirect.
#[derive(Clone, Debug)]
pub(crate) struct Destination {
    pub(crate) link: Uuid,
    pub(crate) location: HeaderValue,
    pub(crate) status: StatusCode,
    pub(crate) limited: bool,
    exhausted: bool,
    withdrawn: bool,
    valid_from: i64,
    expires_at: i64,
}

/// Whether a link redirects at a given moment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Availability {
    /// It does.
    Open,
    /// Not yet: nobody may learn that it exists.
    NotYet,
    /// Not any more.
    Gone,
}

impl Destination {
    /// Prepares `row`; a target on the operator's blocklist is withdrawn whenever it was created. `None` when
    /// the stored target cannot be a header, which no accepted target is.
    pub(crate) fn prepare(row: Row, blocklist: &Blocklist) -> Option<Self> {
        let blocked = blocklist.blocks(TargetUrl::host_of(&row.target));
        Some(Self {
            link: row.id,
            status: StatusCode::from_u16(u16::try_from(row.redirect_status).ok()?).ok()?,
            location: HeaderValue::from_maybe_shared(axum::body::Bytes::from(row.target)).ok()?,
            limited: row.limited,
            exhausted: row.exhausted,
            withdrawn: row.withdrawn || blocked,
            valid_from: row.valid_from.unwrap_or(i64::MIN),
            expires_at: row.expires_at.unwrap_or(i64::MAX),
        })
    }

    /// Whether it redirects at `now`, in seconds since the Unix epoch.
    pub(crate) fn availability(&self, now: i64) -> Availability {
        if self.withdrawn || self.exhausted || now >= self.expires_at {
            Availability::Gone
        } else if now < self.valid_from {
            Availability::NotYet
        } else {
            Availability::Open
        }
    }

    /// A browser that keeps a permanent redirect hides later clicks and changes from us, so even those are
    /// kept for a minute only.
    pub(crate) fn cache_control(&self) -> HeaderValue {
        match self.status {
            StatusCode::MOVED_PERMANENTLY | StatusCode::PERMANENT_REDIRECT => {
                HeaderValue::from_static("private, max-age=60")
            }
            _ => HeaderValue::from_static("private, no-store"),
        }
    }

    /// Bytes that the entry takes in the cache beside its fixed part.
    pub(crate) fn weight(&self) -> usize {
        size_of::<Self>() + self.location.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> Row {
        Row {
            id: Uuid::nil(),
            target: "https://www.example.com/a?b#c".to_owned(),
            redirect_status: 302,
            valid_from: Some(10),
            expires_at: Some(20),
            limited: false,
            exhausted: false,
            withdrawn: false,
        }
    }

    fn availability(row: Row, now: i64) -> Availability {
        Destination::prepare(row, &Blocklist::default()).unwrap().availability(now)
    }

    #[test]
    fn a_link_is_open_from_its_start_until_its_end() {
        let moments = [
            (9, Availability::NotYet),
            (10, Availability::Open),
            (19, Availability::Open),
            (20, Availability::Gone),
        ];
        for (now, expected) in moments {
            assert_eq!(availability(row(), now), expected, "at {now}");
        }
    }

    #[test]
    fn a_withdrawn_or_exhausted_link_is_gone() {
        assert_eq!(availability(Row { withdrawn: true, ..row() }, 15), Availability::Gone);
        assert_eq!(availability(Row { exhausted: true, ..row() }, 15), Availability::Gone);
    }

    #[test]
    fn a_target_that_was_blocked_later_is_gone() {
        let blocklist = Blocklist::parse(".example.com").unwrap();
        let destination = Destination::prepare(row(), &blocklist).unwrap();
        assert_eq!(destination.availability(15), Availability::Gone);
    }

    #[test]
    fn a_target_that_is_no_header_value_is_refused() {
        let row = Row { target: "https://example.com/\r\nX: y".to_owned(), ..row() };
        assert!(Destination::prepare(row, &Blocklist::default()).is_none());
    }
}
