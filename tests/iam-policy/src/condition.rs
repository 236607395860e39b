//! Conditions: an operator, a key of the request, and the values that it is compared with.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html>

mod operand;
mod operator;

use serde_json::Value;

use self::operand::Operand;
use self::operator::{Comparison, Operator, Quantifier};
use crate::Context;

/// One operator on one key.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Condition {
    operator: Operator,
    key: String,
    operands: Vec<Operand>,
}

/// Reads the element `Condition`.
pub(crate) fn parse(element: &Value) -> Result<Vec<Condition>, String> {
    let operators = element.as_object().ok_or("Condition is not an object")?;
    let mut conditions: Vec<Condition> = Vec::new();
    for (name, keys) in operators {
        let operator =
            Operator::parse(name).ok_or_else(|| format!("the condition operator {name} is not known"))?;
        let keys = keys.as_object().ok_or_else(|| format!("{name} is not an object"))?;
        if keys.is_empty() {
            return Err(format!("{name} has no condition key"));
        }
        for (key, values) in keys {
            let condition =
                Condition::parse(operator, key, values).map_err(|fault| format!("{name}: {fault}"))?;
            if conditions
                .iter()
                .any(|other| other.operator == operator && other.key.eq_ignore_ascii_case(key))
            {
                return Err(format!("{name}: {key} appears twice"));
            }
            conditions.push(condition);
        }
    }
    Ok(conditions)
}

impl Condition {
    fn parse(operator: Operator, key: &str, values: &Value) -> Result<Self, String> {
        if !key.contains(':') || key.contains('$') || key.chars().any(char::is_whitespace) {
            return Err(format!("{key:?} is not a condition key"));
        }
        let values = match values {
            Value::Array(values) => values.as_slice(),
            one => std::slice::from_ref(one),
        };
        let operands = values.iter().map(|value| {
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Bool(_) | Value::Number(_) => value.to_string(),
                _ => return Err(format!("{value} is not a value")),
            };
            Operand::parse(operator.comparison, &text)
        });
        let operands = operands.collect::<Result<_, _>>().map_err(|fault| format!("{key}: {fault}"))?;
        Ok(Self { operator, key: key.to_owned(), operands })
    }

    /// The key and the keys that variables in the values name.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        let variables = self.operands.iter().filter_map(Operand::text).flat_map(crate::text::Text::keys);
        std::iter::once(self.key.as_str()).chain(variables)
    }

    /// Whether it holds for a request. An error says why that cannot be decided.
    pub(crate) fn holds(&self, context: &Context) -> Result<bool, String> {
        // AWS: a key with an empty list of values is as good as absent.
        let values = context.get(&self.key).filter(|values| !values.is_empty());
        if self.operator.comparison == Comparison::Null {
            let wants_absence = Operand::Bool(true);
            return Ok(self.operands.iter().any(|operand| (*operand == wants_absence) == values.is_none()));
        }
        let Some(values) = values else { return Ok(self.holds_without_key()) };
        match (self.operator.quantifier, values) {
            (None, [value]) => self.holds_for(value, context),
            (None, _) => Err(format!("{} has many values, and its operator is for one", self.key)),
            (Some(quantifier), values) => self.holds_for_set(quantifier, values, context),
        }
    }

    /// AWS: without the key, negated operators and `IfExists` hold, `ForAllValues` holds, everything else does not.
    fn holds_without_key(&self) -> bool {
        self.operator.if_exists
            || match self.operator.quantifier {
                Some(Quantifier::All) => true,
                Some(Quantifier::Any) => false,
                None => self.operator.negated,
            }
    }

    fn holds_for_set(
        &self,
        quantifier: Quantifier,
        values: &[String],
        context: &Context,
    ) -> Result<bool, String> {
        let held = values.iter().map(|value| self.holds_for(value, context));
        let held = held.collect::<Result<Vec<_>, _>>()?;
        Ok(match quantifier {
            Quantifier::All => held.iter().all(|holds| *holds),
            Quantifier::Any => held.iter().any(|holds| *holds),
        })
    }

    /// Several values of a policy are alternatives; of a negated operator, none of them may match.
    fn holds_for(&self, value: &str, context: &Context) -> Result<bool, String> {
        let matched = self.operands.iter().map(|operand| operand.matches(value, context));
        let matched = matched.collect::<Result<Vec<_>, _>>()?;
        Ok(matched.contains(&true) != self.operator.negated)
    }
}
