//! What a statement is about: actions and resources.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html>,
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>

use crate::Request;
use crate::text::Text;
use crate::wildcard::{Reach, Symbol, matches};

/// `Action` or `NotAction`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Actions {
    patterns: Vec<String>,
    negated: bool,
}

impl Actions {
    pub(super) fn parse(patterns: &[String], negated: bool) -> Result<Self, String> {
        if let Some(wrong) = patterns.iter().find(|pattern| !is_action(pattern)) {
            return Err(format!("{wrong:?} is not an action"));
        }
        Ok(Self { patterns: patterns.to_vec(), negated })
    }

    pub(super) fn patterns(&self) -> impl Iterator<Item = &str> {
        self.patterns.iter().map(String::as_str)
    }

    /// Whether the statement is about this action.
    pub(super) fn match_with(&self, action: &str) -> bool {
        self.patterns.iter().any(|pattern| action_matches(pattern, action)) != self.negated
    }
}

/// Whether a pattern such as `sqs:Send*` matches an action. Names are compared without regard to case.
pub(crate) fn action_matches(pattern: &str, action: &str) -> bool {
    let symbols: Vec<_> = pattern.to_ascii_lowercase().chars().map(Symbol::of).collect();
    matches(&symbols, &action.to_ascii_lowercase(), Reach::Everything)
}

/// `*`, or a service without wildcards and the name of an action with or without them.
fn is_action(pattern: &str) -> bool {
    let word = |text: &str, more: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
    };
    pattern == "*"
        || pattern.split_once(':').is_some_and(|(service, name)| word(service, "-") && word(name, "*?"))
}

/// `Resource` or `NotResource`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Resources {
    patterns: Vec<Text>,
    negated: bool,
}

impl Resources {
    pub(super) fn parse(patterns: &[String], negated: bool) -> Result<Self, String> {
        if let Some(wrong) = patterns.iter().find(|pattern| !is_resource(pattern)) {
            return Err(format!("{wrong:?} is not an ARN"));
        }
        let patterns = patterns.iter().map(|pattern| Text::parse(pattern)).collect::<Result<_, _>>()?;
        Ok(Self { patterns, negated })
    }

    /// The condition keys that its variables name.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.patterns.iter().flat_map(Text::keys)
    }

    /// Whether the statement is about the resource of this request. An error says why that cannot be decided.
    pub(super) fn match_with(&self, request: &Request) -> Result<bool, String> {
        let mut undecided = None;
        for pattern in &self.patterns {
            match pattern.resolve(&request.context) {
                Ok(symbols) if matches(&symbols, &request.resource, Reach::Segment) => {
                    return Ok(!self.negated);
                }
                Ok(_) => {}
                Err(what) => undecided = Some(what),
            }
        }
        undecided.map_or(Ok(self.negated), Err)
    }
}

/// `*`, or an ARN: six parts, or fewer before a final `*`, and a service without wildcards.
fn is_resource(pattern: &str) -> bool {
    const PARTS: usize = 6;
    let parts: Vec<_> = pattern.splitn(PARTS, ':').collect();
    let named =
        |part: Option<&&str>| part.is_some_and(|part| !part.is_empty() && !part.contains(['*', '?', '$']));
    pattern == "*"
        || (parts.first() == Some(&"arn")
            && named(parts.get(1))
            && named(parts.get(2))
            && (parts.len() == PARTS || pattern.ends_with('*')))
}
