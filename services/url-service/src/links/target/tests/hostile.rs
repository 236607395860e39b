//! Targets that have to be refused, each with its reason.

use super::super::host::HostError;
use super::{TargetError, parse};
use TargetError::IpAddress;

const INVALID: TargetError = TargetError::Host(HostError::Invalid);
const CHARACTER: TargetError = TargetError::Host(HostError::Character);
const EMPTY_LABEL: TargetError = TargetError::Host(HostError::EmptyLabel);

mod addresses;
mod hosts;
mod names;
mod spellings;

/// As given, and why it is refused.
type Case = (&'static str, TargetError);

const TABLES: &[&[Case]] = &[
    spellings::SCHEMES,
    spellings::REPAIRED,
    spellings::USER_INFO,
    addresses::IPV4,
    addresses::IPV6,
    names::LOCAL_NAMES,
    hosts::HOST_NAMES,
];

#[test]
fn every_hostile_target_is_refused_for_its_own_reason() {
    let wrong: Vec<String> = TABLES
        .iter()
        .flat_map(|cases| cases.iter())
        .filter_map(|(text, reason)| {
            let outcome = parse(text).map(|target| target.as_str().to_owned());
            (outcome.as_ref() != Err(reason)).then(|| format!("{text:?}: {outcome:?}, not {reason:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_spelling_is_listed_twice() {
    let mut all: Vec<&str> = TABLES.iter().flat_map(|cases| cases.iter()).map(|(text, _)| *text).collect();
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), count);
    assert!(count > 300, "{count}");
}

/// An address is one in both schemes, with any port, path, query and fragment behind it.
#[test]
fn what_follows_an_address_does_not_save_it() {
    for host in ["127.0.0.1", "2130706433", "0x7f.1", "017700000001", "[::1]", "①②⑦.1", "127%2e1", "127。1"]
    {
        for scheme in ["http", "https", "HTTP", "hTTpS"] {
            for rest in
                ["", "/", ":8443", ":/", ":443/a?b#c", "?@example.com", "#@example.com", "/@example.com"]
            {
                let text = format!("{scheme}://{host}{rest}");
                assert_eq!(parse(&text), Err(IpAddress), "{text}");
            }
        }
    }
}

#[test]
fn limits_of_the_dns_are_kept() {
    let label = "a".repeat(64);
    let outcome = parse(&format!("https://{label}.com/"));
    assert_eq!(outcome, Err(TargetError::Host(HostError::LabelTooLong)));
    let label = "ü".repeat(63);
    let outcome = parse(&format!("https://{label}.com/"));
    assert_eq!(outcome, Err(TargetError::Host(HostError::LabelTooLong)), "63 letters, more in punycode");
    let host = format!("{}.com", vec!["abcdefghi"; 26].join("."));
    let outcome = parse(&format!("https://{host}/"));
    assert_eq!(outcome, Err(TargetError::Host(HostError::TooLong)), "{} characters", host.len());
}
