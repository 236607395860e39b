//! The environment, read once, with every fault reported together.
//!
//! A service that stops at the first wrong variable makes its operator restart it once per mistake; one
//! that falls back silently is worse. So a [`Reader`] collects faults while settings are read, and
//! [`Reader::finish`] returns all of them.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

/// One thing that is wrong with the environment.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fault {
    /// The variable's name.
    pub variable: String,
    /// What is wrong and what is expected. Never holds the variable's value: it may be a secret.
    pub detail: String,
}

impl Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.variable, self.detail)
    }
}

/// Reads variables and remembers what was wrong with them.
#[derive(Debug)]
pub struct Reader {
    variables: BTreeMap<String, String>,
    faults: Vec<Fault>,
}

impl Reader {
    /// The process's own environment.
    #[must_use]
    pub fn from_process() -> Self {
        let mut faults = Vec::new();
        let mut variables = BTreeMap::new();
        for (name, value) in std::env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            match value.into_string() {
                Ok(value) => drop(variables.insert(name, value)),
                Err(_) => faults.push(Fault { variable: name, detail: "is not valid UTF-8".to_owned() }),
            }
        }
        Self { variables, faults }
    }

    /// A given environment, for tests.
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let variables = pairs.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
        Self { variables, faults: Vec::new() }
    }

    /// A variable that must be present and must parse; `None` after a fault was noted.
    pub fn required<T>(&mut self, variable: &str) -> Option<T>
    where
        T: FromStr,
        T::Err: Display,
    {
        if self.text(variable).is_none() {
            self.fault(variable, "is required but not set");
            return None;
        }
        self.optional(variable)
    }

    /// A variable that may be absent; a value that does not parse is a fault.
    pub fn optional<T>(&mut self, variable: &str) -> Option<T>
    where
        T: FromStr,
        T::Err: Display,
    {
        match self.text(variable)?.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.fault(variable, format!("{error}"));
                None
            }
        }
    }

    /// A variable with a default for when it is absent.
    pub fn or_default<T>(&mut self, variable: &str, default: T) -> T
    where
        T: FromStr,
        T::Err: Display,
    {
        self.optional(variable).unwrap_or(default)
    }

    /// A number that must lie in `range`; the default is used when the variable is absent.
    pub fn in_range(&mut self, variable: &str, default: u64, range: std::ops::RangeInclusive<u64>) -> u64 {
        let value = self.or_default(variable, default);
        if !range.contains(&value) {
            self.fault(variable, format!("must be from {} to {}", range.start(), range.end()));
        }
        value
    }

    /// Notes a fault when `variable` is present at all.
    pub fn refuse(&mut self, variable: &str, why: &str) {
        if self.variables.contains_key(variable) {
            self.fault(variable, format!("must not be set: {why}"));
        }
    }

    /// Notes a fault.
    pub fn fault(&mut self, variable: &str, detail: impl Into<String>) {
        self.faults.push(Fault { variable: variable.to_owned(), detail: detail.into() });
    }

    /// The settings, if nothing at all was wrong.
    ///
    /// # Errors
    /// Every fault that was noted, in the order in which it was found.
    pub fn finish<T>(self, settings: Option<T>) -> Result<T, Vec<Fault>> {
        match settings {
            Some(settings) if self.faults.is_empty() => Ok(settings),
            _ => Err(self.faults),
        }
    }

    /// An empty value counts as absent: manifests render unset options that way.
    fn text(&self, variable: &str) -> Option<&str> {
        self.variables.get(variable).map(String::as_str).filter(|value| !value.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_reported_at_once() {
        let mut reader = Reader::from_pairs([("PORT", "many"), ("AWS_ACCESS_KEY_ID", "x"), ("SIZE", "9")]);
        let port: Option<u16> = reader.required("PORT");
        let host: Option<String> = reader.required("HOST");
        reader.in_range("SIZE", 1, 1..=5);
        reader.refuse("AWS_ACCESS_KEY_ID", "no static keys");
        let faults = reader.finish(port.zip(host)).unwrap_err();
        let names: Vec<_> = faults.iter().map(|fault| fault.variable.as_str()).collect();
        assert_eq!(names, ["PORT", "HOST", "SIZE", "AWS_ACCESS_KEY_ID"]);
    }

    #[test]
    fn a_fault_does_not_repeat_the_value() {
        let mut reader = Reader::from_pairs([("TOKEN_LIFE", "s3cr3t")]);
        let life: Option<u32> = reader.required("TOKEN_LIFE");
        let faults = reader.finish(life).unwrap_err();
        assert!(faults.iter().all(|fault| !fault.to_string().contains("s3cr3t")));
    }

    #[test]
    fn an_empty_variable_is_absent_but_still_refused() {
        let mut reader = Reader::from_pairs([("OPTION", ""), ("AWS_PROFILE", "")]);
        assert_eq!(reader.optional::<String>("OPTION"), None);
        reader.refuse("AWS_PROFILE", "no profiles");
        assert_eq!(reader.finish(Some(())).unwrap_err().len(), 1);
    }
}
