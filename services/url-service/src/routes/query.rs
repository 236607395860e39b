//! Reading query parameters, with every fault reported together.

use std::fmt::Display;
use std::str::FromStr;

use axum::http::Uri;

use crate::problem::{InvalidMember, Problem};

/// The parameters of a query.
#[derive(Debug)]
pub(super) struct Query {
    parameters: Vec<(String, String)>,
    faults: Vec<InvalidMember>,
}

impl Query {
    pub(super) fn of(uri: &Uri) -> Self {
        let parameters =
            url::form_urlencoded::parse(uri.query().unwrap_or("").as_bytes()).into_owned().collect();
        Self { parameters, faults: Vec::new() }
    }

    /// A parameter that `rule` accepts; given more than once is a fault.
    pub(super) fn optional<T, E: Display>(
        &mut self,
        name: &str,
        rule: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let given: Vec<String> =
            self.parameters.extract_if(.., |(own, _)| own == name).map(|(_, value)| value).collect();
        match given.as_slice() {
            [] => None,
            [value] => match rule(value) {
                Ok(value) => Some(value),
                Err(error) => {
                    self.fault(name, error.to_string());
                    None
                }
            },
            _ => {
                self.fault(name, "is given more than once");
                None
            }
        }
    }

    /// Notes a fault.
    pub(super) fn fault(&mut self, name: &str, detail: impl Into<String>) {
        self.faults.push(InvalidMember { pointer: format!("?{name}"), detail: detail.into() });
    }

    /// The value, if nothing was wrong and no unknown parameter is left.
    pub(super) fn finish<T>(mut self, value: T) -> Result<T, Problem> {
        let unknown: Vec<String> = self.parameters.iter().map(|(name, _)| name.clone()).collect();
        for name in unknown {
            self.fault(&name, "is not a parameter of this resource");
        }
        if self.faults.is_empty() { Ok(value) } else { Err(Problem::Invalid(self.faults)) }
    }
}

/// A rule: whatever `T` parses, with `expected` to complete "must be …".
pub(super) fn parse<T: FromStr>(expected: &'static str) -> impl FnOnce(&str) -> Result<T, String> {
    move |text| text.parse().map_err(|_| format!("must be {expected}"))
}
