//! Reading the members of a JSON object, with every fault reported together.

use std::fmt::Display;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

use crate::problem::{InvalidMember, Problem};

/// What a time must be, to complete "must be …".
pub(crate) const TIME: &str = "a time in RFC 3339 from 1970 to 9999, such as 2030-01-31T12:00:00Z";

/// Takes members out of an object and remembers what was wrong with them.
#[derive(Debug)]
pub(crate) struct Members {
    members: Map<String, Value>,
    faults: Vec<InvalidMember>,
}

/// What a JSON merge patch says about a member (RFC 7396).
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Patch<T> {
    /// It is absent: leave the value as it is.
    Keep,
    /// It is null: remove the value.
    Remove,
    /// The new value.
    Set(T),
}

impl<T> Patch<T> {
    /// The new value of something that may be absent.
    pub(crate) fn apply(self, old: Option<T>) -> Option<T> {
        match self {
            Self::Keep => old,
            Self::Remove => None,
            Self::Set(new) => Some(new),
        }
    }
}

impl Members {
    pub(crate) fn new(members: Map<String, Value>) -> Self {
        Self { members, faults: Vec::new() }
    }

    /// A member of type `T`; null counts as absent. `expected` completes "must be …".
    pub(crate) fn optional<T: DeserializeOwned>(&mut self, name: &str, expected: &str) -> Option<T> {
        match self.patch(name, expected) {
            Patch::Set(value) => Some(value),
            Patch::Keep | Patch::Remove => None,
        }
    }

    /// A member of type `T` as a merge patch has it.
    pub(crate) fn patch<T: DeserializeOwned>(&mut self, name: &str, expected: &str) -> Patch<T> {
        match self.members.remove(name) {
            None => Patch::Keep,
            Some(Value::Null) => Patch::Remove,
            Some(value) => {
                if let Ok(value) = serde_json::from_value(value) {
                    Patch::Set(value)
                } else {
                    self.fault(name, format!("must be {expected}"));
                    Patch::Keep
                }
            }
        }
    }

    /// A time in RFC 3339.
    pub(crate) fn time(&mut self, name: &str) -> Patch<OffsetDateTime> {
        match self.patch::<String>(name, TIME) {
            Patch::Keep => Patch::Keep,
            Patch::Remove => Patch::Remove,
            Patch::Set(text) => {
                if let Some(time) = parse_time(&text) {
                    Patch::Set(time)
                } else {
                    self.fault(name, format!("must be {TIME}"));
                    Patch::Keep
                }
            }
        }
    }

    /// Checks a value that was read, noting the rule that it breaks.
    pub(crate) fn check<T, U, E: Display>(
        &mut self,
        name: &str,
        value: Option<T>,
        rule: impl FnOnce(T) -> Result<U, E>,
    ) -> Option<U> {
        value.and_then(|value| rule(value).map_err(|error| self.fault(name, error.to_string())).ok())
    }

    /// Notes a fault with a member.
    pub(crate) fn fault(&mut self, name: &str, detail: impl Into<String>) {
        let pointer = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
        self.faults.push(InvalidMember { pointer, detail: detail.into() });
    }

    /// Whether a fault with a member was noted.
    pub(crate) fn has_fault(&self, name: &str) -> bool {
        self.faults.iter().any(|fault| fault.pointer.strip_prefix('/') == Some(name))
    }

    /// The value, if nothing was wrong and no unknown member is left.
    ///
    /// # Errors
    /// [`Problem::Invalid`] with every fault.
    pub(crate) fn finish<T>(mut self, value: Option<T>) -> Result<T, Problem> {
        let unknown: Vec<String> = self.members.keys().cloned().collect();
        for name in unknown {
            self.fault(&name, "is not a member of this object");
        }
        match value {
            Some(value) if self.faults.is_empty() => Ok(value),
            _ => Err(Problem::Invalid(self.faults)),
        }
    }
}

/// Reads a time as [`TIME`] has it, in UTC and whole microseconds: that is what PostgreSQL keeps, and what is
/// read back must be what was answered. Years outside the range would leave what the types can compute with.
pub(crate) fn parse_time(text: &str) -> Option<OffsetDateTime> {
    let time = OffsetDateTime::parse(text, &Rfc3339).ok()?.checked_to_offset(UtcOffset::UTC)?;
    (1970..=9999).contains(&time.year()).then(|| time.replace_microsecond(time.microsecond()).ok())?
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn members(value: &Value) -> Members {
        Members::new(value.as_object().unwrap().clone())
    }

    #[test]
    fn every_fault_is_reported_with_its_pointer() {
        let mut members = members(&json!({"title": 5, "expiresAt": "tomorrow", "a/b~c": 1}));
        members.optional::<String>("title", "a string");
        members.time("expiresAt");
        let Problem::Invalid(faults) = members.finish(Some(())).unwrap_err() else { panic!() };
        let pointers: Vec<_> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(pointers, ["/title", "/expiresAt", "/a~1b~0c"]);
    }

    #[test]
    fn a_time_outside_the_range_is_refused() {
        for good in ["1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2030-06-01T00:00:00+14:00"] {
            assert!(parse_time(good).is_some(), "{good}");
        }
        for bad in
            ["9999-12-31T23:30:00-01:00", "0000-01-01T00:00:00Z", "1970-01-01T00:00:00+01:00", "now", ""]
        {
            assert!(parse_time(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_merge_patch_tells_absent_null_and_a_value_apart() {
        let mut members = members(&json!({"a": null, "b": "x", "t": "2030-01-31T12:00:00.1234567+02:00"}));
        assert_eq!(members.patch::<String>("a", "a string"), Patch::Remove);
        assert_eq!(members.patch::<String>("b", "a string"), Patch::Set("x".to_owned()));
        assert_eq!(members.patch::<String>("c", "a string"), Patch::Keep);
        assert!(matches!(members.time("t"), Patch::Set(time) if time.nanosecond() == 123_456_000));
        assert!(members.finish(Some(())).is_ok());
        assert_eq!(Patch::Keep.apply(Some(1)), Some(1));
        assert_eq!(Patch::Remove.apply(Some(1)), None);
        assert_eq!(Patch::Set(2).apply(None), Some(2));
    }
}
