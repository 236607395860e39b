//! Host names in the one form that everything here compares: lower case, punycode, no dot at the end.

use url::{Host, ParseError};

/// Most characters of a name, without the dot of the root (RFC 1035 §2.3.4: 255 octets on the wire).
const MAX_LENGTH: usize = 253;
/// Most characters of a label (RFC 1035 §2.3.4).
const MAX_LABEL_LENGTH: usize = 63;

/// Why something is not a host name; reads on after "the host …".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HostError {
    /// No name at all.
    #[error("is empty")]
    Empty,
    /// Characters that no host name can have, or an internationalised name that UTS #46 refuses.
    #[error("is not a valid domain name (UTS #46)")]
    Invalid,
    /// ASCII characters that the URL standard lets pass and that no host has.
    #[error("may contain only letters, digits, hyphens, underscores and dots")]
    Character,
    /// A dot at the start, or several in a row.
    #[error("has an empty label: a dot at the start, or several in a row")]
    EmptyLabel,
    /// More than 253 characters.
    #[error("has more than {MAX_LENGTH} characters")]
    TooLong,
    /// More than 63 characters between two dots.
    #[error("has a label of more than {MAX_LABEL_LENGTH} characters")]
    LabelTooLong,
}

/// What an operator's setting names.
pub(super) enum Named {
    /// A host name in the form that is compared.
    Host(String),
    /// An IP address, which no target may have in the first place.
    Address,
}

/// Normalises a host from an operator's setting, as the parser normalises the host of a target.
///
/// # Errors
///
/// Text that no host can have.
pub(super) fn normalise(text: &str) -> Result<Named, HostError> {
    match Host::parse(text) {
        Ok(Host::Domain(name)) => {
            let name = name.strip_suffix('.').unwrap_or(&name);
            check(name)?;
            Ok(Named::Host(name.to_owned()))
        }
        Ok(Host::Ipv4(_) | Host::Ipv6(_)) => Ok(Named::Address),
        Err(ParseError::EmptyHost) => Err(HostError::Empty),
        Err(_) => Err(HostError::Invalid),
    }
}

/// Checks a parsed name against the limits of the DNS.
///
/// Letters, digits and hyphens are the rule (RFC 1123 §2.1). Underscores, and hyphens at any place in a
/// label, are in use on the web and pass.
///
/// # Errors
///
/// The first limit that the name breaks.
pub(super) fn check(host: &str) -> Result<(), HostError> {
    if host.is_empty() {
        return Err(HostError::Empty);
    }
    if !host.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.')) {
        return Err(HostError::Character);
    }
    if host.len() > MAX_LENGTH {
        return Err(HostError::TooLong);
    }
    host.split('.').try_for_each(|label| match label.len() {
        0 => Err(HostError::EmptyLabel),
        1..=MAX_LABEL_LENGTH => Ok(()),
        _ => Err(HostError::LabelTooLong),
    })
}

/// Whether a label can be a top-level domain: letters alone (RFC 1123 §2.1, RFC 3696 §2), or an
/// internationalised one with something other than digits in it. The latter keeps addresses out that are
/// written in the digits of another script, which the URL standard does not take for addresses.
pub(super) fn is_top_level(label: &str) -> bool {
    if label.starts_with("xn--") {
        let (text, outcome) = idna::domain_to_unicode(label);
        return outcome.is_ok() && !text.chars().all(char::is_numeric);
    }
    label.len() >= 2 && label.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// Whether `host` is `domain` or lies below it.
pub(super) fn is_within(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}
