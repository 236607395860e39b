//! The names of condition operators.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>

/// An operator, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Operator {
    pub(crate) comparison: Comparison,
    /// Whether it holds where the comparison does not.
    pub(crate) negated: bool,
    /// Whether it holds where the request lacks the key.
    pub(crate) if_exists: bool,
    pub(crate) quantifier: Option<Quantifier>,
}

/// How a value of the request is compared with one of the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Text { ignoring_case: bool },
    Pattern,
    Number(Order),
    Date(Order),
    Bool,
    Address,
    Arn,
    Null,
}

/// Which order of the request's value to the policy's holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// How many of the request's values have to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantifier {
    All,
    Any,
}

impl Operator {
    /// Reads a name such as `ForAnyValue:StringLikeIfExists`. `None` if AWS or this crate has no such operator.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let (quantifier, rest) = match name.split_once(':') {
            Some(("ForAllValues", rest)) => (Some(Quantifier::All), rest),
            Some(("ForAnyValue", rest)) => (Some(Quantifier::Any), rest),
            Some(_) => return None,
            None => (None, name),
        };
        if rest == "Null" {
            // It asks whether the key exists, so it has neither quantifier nor IfExists.
            let plain =
                Self { comparison: Comparison::Null, negated: false, if_exists: false, quantifier: None };
            return quantifier.is_none().then_some(plain);
        }
        let (base, if_exists) = rest.strip_suffix("IfExists").map_or((rest, false), |base| (base, true));
        let (comparison, negated) = comparison(base)?;
        Some(Self { comparison, negated, if_exists, quantifier })
    }
}

fn comparison(name: &str) -> Option<(Comparison, bool)> {
    let text = |ignoring_case| Comparison::Text { ignoring_case };
    Some(match name {
        "StringEquals" => (text(false), false),
        "StringNotEquals" => (text(false), true),
        "StringEqualsIgnoreCase" => (text(true), false),
        "StringNotEqualsIgnoreCase" => (text(true), true),
        "StringLike" => (Comparison::Pattern, false),
        "StringNotLike" => (Comparison::Pattern, true),
        "Bool" => (Comparison::Bool, false),
        "IpAddress" => (Comparison::Address, false),
        "NotIpAddress" => (Comparison::Address, true),
        // AWS: "ArnEquals and ArnLike behave identically."
        "ArnEquals" | "ArnLike" => (Comparison::Arn, false),
        "ArnNotEquals" | "ArnNotLike" => (Comparison::Arn, true),
        _ => return ordered(name),
    })
}

fn ordered(name: &str) -> Option<(Comparison, bool)> {
    let (kind, relation): (fn(Order) -> Comparison, _) = if let Some(relation) = name.strip_prefix("Numeric")
    {
        (Comparison::Number, relation)
    } else {
        (Comparison::Date, name.strip_prefix("Date")?)
    };
    let (order, negated) = match relation {
        "Equals" => (Order::Equal, false),
        "NotEquals" => (Order::Equal, true),
        "LessThan" => (Order::Less, false),
        "LessThanEquals" => (Order::LessOrEqual, false),
        "GreaterThan" => (Order::Greater, false),
        "GreaterThanEquals" => (Order::GreaterOrEqual, false),
        _ => return None,
    };
    Some((kind(order), negated))
}

impl Order {
    /// Whether the request's value stands in this order to the policy's.
    pub(crate) fn holds(self, ordering: std::cmp::Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }
}
