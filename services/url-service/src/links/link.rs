//! A link as its owner sees it.

use serde::Serialize;
use time::OffsetDateTime;
use uuid::Uuid;

/// A row of `links`.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) id: Uuid,
    pub(crate) slug: String,
    pub(crate) values: Values,
    pub(crate) visits: i64,
    pub(crate) version: i64,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) updated_at: OffsetDateTime,
}

/// What an owner may set and change.
#[derive(Clone, Debug)]
pub(crate) struct Values {
    pub(crate) target: String,
    pub(crate) title: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) redirect_status: i16,
    pub(crate) valid_from: Option<OffsetDateTime>,
    pub(crate) expires_at: Option<OffsetDateTime>,
    pub(crate) max_visits: Option<i64>,
    pub(crate) disabled: bool,
}

/// What a link does at a given moment.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    /// It redirects.
    Active,
    /// It will redirect from `validFrom` on.
    Scheduled,
    /// `expiresAt` has passed.
    Expired,
    /// `maxVisits` is used up.
    Exhausted,
    /// Its owner switched it off.
    Disabled,
}

impl Link {
    /// What the link does at `now`.
    pub(crate) fn status(&self, now: OffsetDateTime) -> Status {
        let values = &self.values;
        if values.disabled {
            Status::Disabled
        } else if values.expires_at.is_some_and(|end| end <= now) {
            Status::Expired
        } else if values.max_visits.is_some_and(|most| self.visits >= most) {
            Status::Exhausted
        } else if values.valid_from.is_some_and(|start| start > now) {
            Status::Scheduled
        } else {
            Status::Active
        }
    }
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;

    #[test]
    fn the_status_follows_from_the_values_and_the_clock() {
        let now = OffsetDateTime::UNIX_EPOCH;
        let link = |change: fn(&mut Values)| {
            let mut values = Values {
                target: "https://example.com/".to_owned(),
                title: None,
                tags: Vec::new(),
                redirect_status: 302,
                valid_from: None,
                expires_at: None,
                max_visits: None,
                disabled: false,
            };
            change(&mut values);
            let id = Uuid::nil();
            Link {
                id,
                slug: "slug".to_owned(),
                values,
                visits: 3,
                version: 1,
                created_at: now,
                updated_at: now,
            }
        };
        let at = |change| link(change).status(now);
        assert_eq!(at(|_| ()), Status::Active);
        assert_eq!(at(|v| v.disabled = true), Status::Disabled);
        assert_eq!(at(|v| v.expires_at = Some(OffsetDateTime::UNIX_EPOCH)), Status::Expired);
        assert_eq!(
            at(|v| v.expires_at = Some(OffsetDateTime::UNIX_EPOCH + Duration::SECOND)),
            Status::Active
        );
        assert_eq!(at(|v| v.max_visits = Some(3)), Status::Exhausted);
        assert_eq!(at(|v| v.max_visits = Some(4)), Status::Active);
        assert_eq!(
            at(|v| v.valid_from = Some(OffsetDateTime::UNIX_EPOCH + Duration::SECOND)),
            Status::Scheduled
        );
        assert_eq!(at(|v| v.valid_from = Some(OffsetDateTime::UNIX_EPOCH)), Status::Active);
    }
}
