//! What the operator decides about targets.

use super::host::{self, HostError, Named, is_top_level, is_within};
use super::{Blocklist, TargetError, names};

/// The rules for hosts: ours, the operator's, and those that apply everywhere.
#[derive(Debug)]
pub(crate) struct TargetPolicy {
    own_hosts: Vec<String>,
    blocklist: Blocklist,
}

impl TargetPolicy {
    /// Takes the hosts that serve short links, so that no link leads to another one, and the blocklist.
    ///
    /// Hosts come without a port. Anything below one of them is refused as well. An IP address may be given
    /// and adds nothing, because no target may have one.
    ///
    /// # Errors
    ///
    /// The first host that is not a host name.
    pub(crate) fn new<'a>(
        own_hosts: impl IntoIterator<Item = &'a str>,
        blocklist: Blocklist,
    ) -> Result<Self, OwnHostError> {
        let mut normalised = Vec::new();
        for host in own_hosts {
            match host::normalise(host) {
                Ok(Named::Host(name)) => normalised.push(name),
                Ok(Named::Address) => {}
                Err(reason) => return Err(OwnHostError { host: host.to_owned(), reason }),
            }
        }
        Ok(Self { own_hosts: normalised, blocklist })
    }

    /// The operator's blocklist, which applies again at each redirect.
    pub(crate) const fn blocklist(&self) -> &Blocklist {
        &self.blocklist
    }

    /// Applies every rule about host names to one that the URL parser made.
    ///
    /// # Errors
    ///
    /// The first rule that the host breaks.
    pub(super) fn check(&self, host: &str) -> Result<(), TargetError> {
        host::check(host).map_err(TargetError::Host)?;
        names::check(host)?;
        let (_, top_level) = host.rsplit_once('.').ok_or(TargetError::SingleLabel)?;
        if !is_top_level(top_level) {
            return Err(TargetError::TopLevelDomain);
        }
        if self.own_hosts.iter().any(|own| is_within(host, own)) {
            return Err(TargetError::OwnHost);
        }
        if self.blocklist.blocks(host) {
            return Err(TargetError::Blocked);
        }
        Ok(())
    }
}

/// One of our own hosts is not a host name.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the host {reason}: {host:?}")]
pub(crate) struct OwnHostError {
    host: String,
    reason: HostError,
}
