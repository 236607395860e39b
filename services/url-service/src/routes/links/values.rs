//! Reading what an owner may set on a link, with the same rules when it is created and when it is changed.

use time::OffsetDateTime;

use crate::links::link::Values;
use crate::links::target::{TargetPolicy, TargetUrl};
use crate::members::{Members, Patch};

/// Most characters of a title.
const TITLE: usize = 200;
/// Most tags of a link, and most characters of each.
const TAGS: usize = 20;
const TAG: usize = 50;

/// What a link has unless its owner says otherwise.
pub(super) fn defaults() -> Values {
    Values {
        target: String::new(),
        title: None,
        tags: Vec::new(),
        redirect_status: 302,
        valid_from: None,
        expires_at: None,
        max_visits: None,
        disabled: false,
    }
}

/// Takes the members of a link out of `members` and puts them into `values`.
pub(super) fn read(
    members: &mut Members,
    mut values: Values,
    policy: &TargetPolicy,
    now: OffsetDateTime,
) -> Values {
    match members.patch::<String>("url", "a string") {
        Patch::Keep => {}
        Patch::Remove => members.fault("url", "is required"),
        Patch::Set(url) => {
            if let Some(target) = members.check("url", Some(url), |url| TargetUrl::parse(&url, policy)) {
                target.as_str().clone_into(&mut values.target);
            }
        }
    }
    let title = members.patch::<String>("title", "a string");
    values.title = match title {
        Patch::Set(title) => members.check("title", Some(title), check_title),
        other => other.apply(values.title),
    };
    values.tags = match members.patch::<Vec<String>>("tags", "a list of strings") {
        Patch::Keep => values.tags,
        Patch::Remove => Vec::new(),
        Patch::Set(tags) => members.check("tags", Some(tags), check_tags).unwrap_or_default(),
    };
    values.redirect_status = match members.patch::<i16>("redirectStatus", "301, 302, 307 or 308") {
        Patch::Keep => values.redirect_status,
        Patch::Remove => 302,
        Patch::Set(status) => members.check("redirectStatus", Some(status), check_status).unwrap_or(302),
    };
    values.max_visits = match members.patch::<i64>("maxVisits", "a whole number from 1") {
        Patch::Set(most) => members.check("maxVisits", Some(most), check_max_visits),
        other => other.apply(values.max_visits),
    };
    values.disabled = match members.patch::<bool>("disabled", "true or false") {
        Patch::Keep => values.disabled,
        Patch::Remove => false,
        Patch::Set(disabled) => disabled,
    };
    read_times(members, values, now)
}

fn read_times(members: &mut Members, mut values: Values, now: OffsetDateTime) -> Values {
    values.valid_from = members.time("validFrom").apply(values.valid_from);
    let expires_at = members.time("expiresAt");
    if matches!(expires_at, Patch::Set(end) if end <= now) {
        members.fault("expiresAt", "must be in the future");
    }
    values.expires_at = expires_at.apply(values.expires_at);
    if values.valid_from.zip(values.expires_at).is_some_and(|(start, end)| start >= end) {
        members.fault("expiresAt", "must be after validFrom");
    }
    values
}

fn check_title(title: String) -> Result<String, String> {
    let short = (1..=TITLE).contains(&title.chars().count());
    if short && !title.chars().any(char::is_control) {
        Ok(title)
    } else {
        Err(format!("must have 1 to {TITLE} characters, none of them a control character"))
    }
}

fn check_tags(mut tags: Vec<String>) -> Result<Vec<String>, String> {
    let good = |tag: &String| {
        (1..=TAG).contains(&tag.chars().count()) && tag.trim() == tag && !tag.chars().any(char::is_control)
    };
    tags.sort();
    tags.dedup();
    if tags.len() <= TAGS && tags.iter().all(good) {
        Ok(tags)
    } else {
        Err(format!("must be at most {TAGS} tags of 1 to {TAG} characters, without space at their ends"))
    }
}

fn check_status(status: i16) -> Result<i16, &'static str> {
    if matches!(status, 301 | 302 | 307 | 308) { Ok(status) } else { Err("must be 301, 302, 307 or 308") }
}

fn check_max_visits(most: i64) -> Result<i64, &'static str> {
    if (1..=1_000_000_000).contains(&most) { Ok(most) } else { Err("must be from 1 to 1000000000") }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::links::target::Blocklist;
    use crate::problem::Problem;

    fn apply(body: &Value, old: Values) -> Result<Values, Vec<String>> {
        let policy = TargetPolicy::new(["go.example.com"], Blocklist::default()).unwrap();
        let mut members = Members::new(body.as_object().unwrap().clone());
        let values = read(&mut members, old, &policy, OffsetDateTime::UNIX_EPOCH);
        members.finish(Some(values)).map_err(|problem| match problem {
            Problem::Invalid(faults) => faults.into_iter().map(|fault| fault.pointer).collect(),
            other => panic!("{other}"),
        })
    }

    #[test]
    fn every_invalid_member_is_named() {
        let body = json!({
            "url": "http://169.254.169.254/", "title": "", "tags": [" x"], "redirectStatus": 303, "maxVisits": 0,
            "disabled": "no", "validFrom": "now", "expiresAt": "1969-12-31T23:59:59Z", "isAdmin": true
        });
        let faults = apply(&body, defaults()).unwrap_err();
        assert_eq!(
            faults,
            [
                "/url",
                "/title",
                "/tags",
                "/redirectStatus",
                "/maxVisits",
                "/disabled",
                "/validFrom",
                "/expiresAt",
                "/isAdmin"
            ]
        );
    }

    #[test]
    fn a_link_must_end_after_it_starts() {
        let body = json!({"validFrom": "2030-01-02T00:00:00Z", "expiresAt": "2030-01-01T00:00:00Z"});
        assert_eq!(apply(&body, defaults()).unwrap_err(), ["/expiresAt"]);
    }

    #[test]
    fn a_merge_patch_changes_what_it_names_only() {
        let old =
            Values { title: Some("old".to_owned()), max_visits: Some(5), redirect_status: 308, ..defaults() };
        let new = apply(&json!({"title": null, "tags": ["b", "a", "b"]}), old).unwrap();
        assert_eq!((new.title, new.max_visits, new.redirect_status), (None, Some(5), 308));
        assert_eq!(new.tags, ["a", "b"]);
    }
}
