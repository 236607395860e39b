//! Templates of policies, rendered as Terraform's `templatefile` does.
//!
//! <https://developer.hashicorp.com/terraform/language/expressions/strings>

use std::collections::BTreeMap;

/// The value of a name in a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A string.
    Text(String),
    /// A list of strings.
    List(Vec<String>),
}

/// Why a template cannot be rendered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// A name that has no value.
    #[error("the template uses {0}, which has no value")]
    Unknown(String),
    /// A list where a string belongs.
    #[error("the template puts the list {0} into a string")]
    List(String),
    /// Something of Terraform's template language that this renderer does not have.
    #[error("the template uses {0}, which is not supported here")]
    Unsupported(String),
}

/// Renders the subset of `templatefile` in use: `${name}`, `${jsonencode(name)}`, and `$${` for a literal `${`.
///
/// # Errors
///
/// A name without a value, or anything else of the template language.
pub fn render(template: &str, values: &BTreeMap<String, Value>) -> Result<String, RenderError> {
    if template.contains("%{") {
        return Err(RenderError::Unsupported("%{".to_owned()));
    }
    let mut rendered = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("${") {
        if let Some(before) = before.strip_suffix('$') {
            rendered.push_str(before);
            rendered.push_str("${");
            rest = after;
            continue;
        }
        let unfinished = || RenderError::Unsupported("${ without an end".to_owned());
        let (expression, behind) = after.split_once('}').ok_or_else(unfinished)?;
        rendered.push_str(before);
        rendered.push_str(&evaluate(expression.trim(), values)?);
        rest = behind;
    }
    rendered.push_str(rest);
    Ok(rendered)
}

fn evaluate(expression: &str, values: &BTreeMap<String, Value>) -> Result<String, RenderError> {
    let argument = expression.strip_prefix("jsonencode(").and_then(|rest| rest.strip_suffix(')'));
    let name = argument.unwrap_or(expression).trim();
    let is_name = name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_');
    if !is_name || name.is_empty() {
        return Err(RenderError::Unsupported(format!("${{{expression}}}")));
    }
    let value = values.get(name).ok_or_else(|| RenderError::Unknown(name.to_owned()))?;
    match (argument, value) {
        (None, Value::Text(text)) => Ok(text.clone()),
        (None, Value::List(_)) => Err(RenderError::List(name.to_owned())),
        (Some(_), Value::Text(text)) => Ok(json_string(text)),
        (Some(_), Value::List(items)) => {
            let items: Vec<_> = items.iter().map(|item| json_string(item)).collect();
            Ok(format!("[{}]", items.join(",")))
        }
    }
}

/// A string in JSON as Terraform writes it: like Go, it also escapes what HTML would read.
fn json_string(text: &str) -> String {
    let mut json = serde_json::Value::from(text).to_string();
    for character in ['<', '>', '&', '\u{2028}', '\u{2029}'] {
        json = json.replace(character, &format!("\\u{:04x}", u32::from(character)));
    }
    json
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{RenderError, Value, render};

    fn values() -> BTreeMap<String, Value> {
        let list = Value::List(vec!["a".to_owned(), "b\"<".to_owned()]);
        BTreeMap::from([
            ("name".to_owned(), Value::Text("x".to_owned())),
            ("list".to_owned(), list),
            ("none".to_owned(), Value::List(Vec::new())),
        ])
    }

    #[test]
    fn what_is_in_use_renders_as_terraform_renders_it() {
        for (template, expected) in [
            ("", ""),
            ("a ${name} b ${ name }", "a x b x"),
            ("${name}:aud", "x:aud"),
            ("${jsonencode(name)}", "\"x\""),
            ("${jsonencode(list)}", r#"["a","b\"\u003c"]"#),
            ("${jsonencode(none)}", "[]"),
            ("$${aws:PrincipalArn} ${name}", "${aws:PrincipalArn} x"),
            ("a $ b } c", "a $ b } c"),
        ] {
            assert_eq!(render(template, &values()).as_deref(), Ok(expected), "{template}");
        }
    }

    #[test]
    fn everything_else_is_refused_by_name() {
        for (template, expected) in [
            ("${other}", RenderError::Unknown("other".to_owned())),
            ("${list}", RenderError::List("list".to_owned())),
            ("${upper(name)}", RenderError::Unsupported("${upper(name)}".to_owned())),
            ("${name.x}", RenderError::Unsupported("${name.x}".to_owned())),
            ("${}", RenderError::Unsupported("${}".to_owned())),
            ("${name", RenderError::Unsupported("${ without an end".to_owned())),
            ("%{ if name }", RenderError::Unsupported("%{".to_owned())),
        ] {
            assert_eq!(render(template, &values()), Err(expected), "{template}");
        }
    }
}
