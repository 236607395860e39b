use super::*;

mod accepted;
mod hostile;
mod invariants;
mod policies;

/// A policy with two hosts of our own and an empty blocklist.
fn policy() -> TargetPolicy {
    TargetPolicy::new(["go.example.net", "Lnk.Example.ORG."], Blocklist::default()).unwrap()
}

fn parse(text: &str) -> Result<TargetUrl, TargetError> {
    TargetUrl::parse(text, &policy())
}
