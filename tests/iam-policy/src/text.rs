//! Texts of a policy that may hold policy variables.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>

use crate::Context;
use crate::wildcard::Symbol;

/// A text with the variables in it found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Text {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// Characters, wildcards among them.
    Written(String),
    /// `${*}`, `${?}` or `${$}`: the character itself.
    Escaped(char),
    /// `${key}` or `${key, 'default'}`.
    Variable { key: String, default: Option<String> },
}

impl Text {
    /// Finds the variables.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            parts.push(Part::Written(before.to_owned()));
            let (inside, behind) =
                after.split_once('}').ok_or_else(|| format!("the variable in {text} has no end"))?;
            parts.push(variable(inside)?);
            rest = behind;
        }
        parts.push(Part::Written(rest.to_owned()));
        Ok(Self { parts })
    }

    /// The condition keys that its variables name.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Variable { key, .. } => Some(key.as_str()),
            Part::Written(_) | Part::Escaped(_) => None,
        })
    }

    /// Puts the values in. What comes from the request is never a wildcard.
    ///
    /// An error says which value the request lacks, or has more than once.
    pub(crate) fn resolve(&self, context: &Context) -> Result<Vec<Symbol>, String> {
        let mut symbols = Vec::new();
        for part in &self.parts {
            match part {
                Part::Written(written) => symbols.extend(written.chars().map(Symbol::of)),
                Part::Escaped(character) => symbols.push(Symbol::Exactly(*character)),
                Part::Variable { key, default } => {
                    let value = match (context.get(key), default) {
                        (Some([value]), _) => value,
                        (None, Some(default)) => default,
                        _ => return Err(format!("${{{key}}} has no single value")),
                    };
                    symbols.extend(value.chars().map(Symbol::Exactly));
                }
            }
        }
        Ok(symbols)
    }
}

fn variable(inside: &str) -> Result<Part, String> {
    if let "*" | "?" | "$" = inside {
        return Ok(Part::Escaped(inside.chars().next().unwrap_or('$')));
    }
    let (key, default) = match inside.split_once(',') {
        None => (inside, None),
        Some((key, default)) => {
            let quoted = default.trim().strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
            let text =
                quoted.ok_or_else(|| format!("the default of ${{{inside}}} is not in single quotes"))?;
            (key, Some(text.to_owned()))
        }
    };
    let key = key.trim();
    if key.contains(':') && !key.chars().any(char::is_whitespace) {
        Ok(Part::Variable { key: key.to_owned(), default })
    } else {
        Err(format!("${{{inside}}} is not a policy variable"))
    }
}
