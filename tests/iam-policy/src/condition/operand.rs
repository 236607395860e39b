//! The values of a policy that a request's values are compared with.

use std::net::IpAddr;

use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, OffsetDateTime};

use super::operator::{Comparison, Order};
use crate::Context;
use crate::text::Text;
use crate::wildcard::{Reach, Symbol, matches};

/// A value of a policy, read as its operator reads it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Operand {
    Text { text: Text, ignoring_case: bool },
    Pattern(Text),
    Number(f64, Order),
    Date(OffsetDateTime, Order),
    Bool(bool),
    Address(Network),
    Arn(Text),
}

impl Operand {
    /// Reads a value; an error says what is wrong with it. `Null` has no operand of its own: it takes a Boolean.
    pub(super) fn parse(comparison: Comparison, value: &str) -> Result<Self, String> {
        // AWS: variables stand in conditions with string and ARN operators only.
        let refused = |kind: &str| format!("{value} is not {kind}");
        Ok(match comparison {
            Comparison::Text { ignoring_case } => Self::Text { text: Text::parse(value)?, ignoring_case },
            Comparison::Pattern => Self::Pattern(Text::parse(value)?),
            Comparison::Number(order) => {
                Self::Number(number(value).ok_or_else(|| refused("a number"))?, order)
            }
            Comparison::Date(order) => Self::Date(date(value).ok_or_else(|| refused("a date"))?, order),
            Comparison::Bool | Comparison::Null => {
                Self::Bool(boolean(value).ok_or_else(|| refused("true or false"))?)
            }
            Comparison::Address => {
                Self::Address(Network::parse(value).ok_or_else(|| refused("an IP address or range"))?)
            }
            Comparison::Arn => {
                let text = Text::parse(value)?;
                if value == "*" || !value.starts_with("arn:") {
                    return Err(refused("an ARN"));
                }
                Self::Arn(text)
            }
        })
    }

    /// The text, if it may hold variables.
    pub(super) fn text(&self) -> Option<&Text> {
        match self {
            Self::Text { text, .. } | Self::Pattern(text) | Self::Arn(text) => Some(text),
            Self::Number(..) | Self::Date(..) | Self::Bool(_) | Self::Address(_) => None,
        }
    }

    /// Whether the request's value matches. An error says why that cannot be decided.
    pub(super) fn matches(&self, value: &str, context: &Context) -> Result<bool, String> {
        let unreadable = |kind: &str| format!("the request's {value:?} is not {kind}");
        match self {
            Self::Text { text, ignoring_case } => {
                let wanted: String = text.resolve(context)?.into_iter().map(Symbol::character).collect();
                let equal_ignoring_case = *ignoring_case && wanted.to_lowercase() == value.to_lowercase();
                Ok(wanted == value || equal_ignoring_case)
            }
            Self::Pattern(text) => Ok(matches(&text.resolve(context)?, value, Reach::Everything)),
            Self::Number(wanted, order) => {
                let ordering = number(value).and_then(|number| number.partial_cmp(wanted));
                Ok(order.holds(ordering.ok_or_else(|| unreadable("a number"))?))
            }
            Self::Date(wanted, order) => {
                let date = date(value).ok_or_else(|| unreadable("a date"))?;
                Ok(order.holds(date.cmp(wanted)))
            }
            Self::Bool(wanted) => Ok(boolean(value).ok_or_else(|| unreadable("true or false"))? == *wanted),
            Self::Address(network) => {
                Ok(network.contains(value.parse().map_err(|_| unreadable("an IP address"))?))
            }
            Self::Arn(text) => arn_matches(&text.resolve(context)?, value),
        }
    }
}

/// AWS: "Each of the six colon-delimited components of the ARN is checked separately and each can include
/// multi-character match wildcards (*) or single-character match wildcards (?)."
fn arn_matches(pattern: &[Symbol], arn: &str) -> Result<bool, String> {
    const COMPONENTS: usize = 6;
    let wanted: Vec<_> = pattern.splitn(COMPONENTS, |symbol| *symbol == Symbol::Exactly(':')).collect();
    let given: Vec<_> = arn.splitn(COMPONENTS, ':').collect();
    if given.len() != COMPONENTS || given.first() != Some(&"arn") {
        return Err(format!("the request's {arn:?} is not an ARN"));
    }
    let all = wanted.iter().zip(&given).all(|(pattern, text)| matches(pattern, text, Reach::Everything));
    Ok(wanted.len() == COMPONENTS && all)
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// A point in time: RFC 3339, a day, or seconds since 1970, as the operators for dates take them.
fn date(text: &str) -> Option<OffsetDateTime> {
    let day = || Date::parse(text, format_description!("[year]-[month]-[day]")).ok();
    let seconds = || text.parse().ok().and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
    let instant = OffsetDateTime::parse(text, &Rfc3339).ok();
    instant.or_else(|| day().map(|day| day.midnight().assume_utc())).or_else(seconds)
}

/// A range of IP addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Network {
    address: IpAddr,
    prefix: u32,
}

impl Network {
    fn parse(text: &str) -> Option<Self> {
        let (address, prefix) =
            text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let address: IpAddr = address.parse().ok()?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Some(longest), |prefix| prefix.parse().ok())?;
        (prefix <= longest).then_some(Self { address, prefix })
    }

    fn contains(self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let host_bits = 32 - self.prefix;
                let shift = |bits: u32| bits.checked_shr(host_bits).unwrap_or(0);
                shift(network.to_bits()) == shift(address.to_bits())
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let host_bits = 128 - self.prefix;
                let shift = |bits: u128| bits.checked_shr(host_bits).unwrap_or(0);
                shift(network.to_bits()) == shift(address.to_bits())
            }
            _ => false,
        }
    }
}
