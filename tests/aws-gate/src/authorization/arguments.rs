//! The arguments of a call in the JSON protocols and in the query protocol.

use serde_json::Value;

use super::Call;
use crate::parameters::Parameters;

/// The arguments by name.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Arguments {
    Json(Value),
    Query(Parameters),
}

impl Arguments {
    /// Reads the operation and its arguments: `X-Amz-Target: SERVICE.OPERATION` with a JSON body, or `Action` among
    /// the parameters of the query and of a form body.
    ///
    /// An error names what the call lacks.
    pub(super) fn read(call: &Call<'_>) -> Result<(String, Self), String> {
        if let Some(target) = call.headers.get("x-amz-target") {
            let target = target.to_str().unwrap_or_default();
            let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
            let body: &[u8] = if call.body.is_empty() { b"{}" } else { call.body };
            let arguments = serde_json::from_slice(body).map_err(|_| "a body that is not JSON".to_owned())?;
            return Ok((operation, Self::Json(arguments)));
        }
        let parameters = Parameters::of_query(call.query).and_form(call.body);
        let operation = parameters.first("Action").ok_or("a call without an operation")?.to_owned();
        Ok((operation, Self::Query(parameters)))
    }

    /// An argument that is a string and not empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let text = match self {
            Self::Json(arguments) => arguments.get(name)?.as_str()?,
            Self::Query(parameters) => parameters.first(name)?,
        };
        (!text.is_empty()).then_some(text)
    }

    /// The strings of an argument that is a list: `Name.member.1` or `Name.1` in the query protocol.
    pub(super) fn list(&self, name: &str) -> Vec<&str> {
        match self {
            Self::Json(arguments) => {
                let items = arguments.get(name).and_then(Value::as_array).into_iter().flatten();
                items.filter_map(Value::as_str).collect()
            }
            Self::Query(parameters) => {
                let is_member = |key: &str| key.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
                parameters.iter().filter(|(key, _)| is_member(key)).map(|(_, value)| value).collect()
            }
        }
    }

    /// Whether an argument is there, whatever its form.
    pub(super) fn has(&self, name: &str) -> bool {
        match self {
            Self::Json(arguments) => arguments.get(name).is_some_and(|value| !value.is_null()),
            Self::Query(_) => self.text(name).is_some() || !self.list(name).is_empty(),
        }
    }

    /// The strings of an argument that is an object of strings, such as an encryption context.
    pub(super) fn map(&self, name: &str) -> Vec<(&str, &str)> {
        let Self::Json(arguments) = self else { return Vec::new() };
        let members = arguments.get(name).and_then(Value::as_object).into_iter().flatten();
        members.filter_map(|(key, value)| Some((key.as_str(), value.as_str()?))).collect()
    }
}
