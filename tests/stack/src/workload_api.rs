//! A **development stand-in** for SPIRE's agent: the SPIFFE Workload API over one Unix socket for each workload.
//!
//! Which workload a caller is follows from the socket that it was given, where SPIRE attests the caller itself. So
//! this shows that services get, use and rotate SVIDs; it does not show attestation.

mod messages;
mod server;
mod workload;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use crate::StackError;
use crate::names::{TRUST_DOMAIN, Workload};
use crate::scratch::Scratch;
use crate::svid::{Authority, Credential, Leaf};
use workload::{Grant, WorkloadSocket};

/// The workloads that take part in mutual TLS; `migrate` speaks to nobody inside.
const SERVED: [Workload; 2] = [Workload::UrlService, Workload::Worker];

/// The newest authority signs; all of them are in the bundle.
type Authorities = Arc<RwLock<Vec<Authority>>>;

/// A running Workload API.
#[derive(Debug)]
pub struct WorkloadApi {
    authorities: Authorities,
    sockets: BTreeMap<Workload, WorkloadSocket>,
}

impl WorkloadApi {
    pub(crate) fn start(scratch: &Scratch, life: Duration) -> Result<Self, StackError> {
        let authorities = Arc::new(RwLock::new(vec![Authority::generate(TRUST_DOMAIN)?]));
        let mut sockets = BTreeMap::new();
        scratch.directory("spiffe")?;
        for workload in SERVED {
            let directory = scratch.directory(&format!("spiffe/{}", workload.name()))?;
            let path = directory.join("agent.sock");
            sockets.insert(workload, WorkloadSocket::start(path, workload, Arc::clone(&authorities), life)?);
        }
        Ok(Self { authorities, sockets })
    }

    /// A workload's socket: what `SPIFFE_ENDPOINT_SOCKET` names, after `unix:`.
    ///
    /// # Errors
    ///
    /// When the workload has none.
    pub fn socket(&self, workload: Workload) -> Result<&Path, StackError> {
        self.find(workload).map(WorkloadSocket::path)
    }

    /// Sends a workload a new SVID now, under the newest authority.
    ///
    /// # Errors
    ///
    /// When the workload has no socket.
    pub fn rotate_svid(&self, workload: Workload) -> Result<(), StackError> {
        self.find(workload)?.publish()
    }

    /// Adds an authority and sends every workload an SVID that it signed. The bundle has the earlier authorities too,
    /// so that SVIDs of both are accepted; [`WorkloadApi::retire_previous_authorities`] ends that.
    ///
    /// # Errors
    ///
    /// When no authority can be generated.
    pub fn rotate_authority(&self) -> Result<(), StackError> {
        let authority = Authority::generate(TRUST_DOMAIN)?;
        self.authorities.write().unwrap_or_else(PoisonError::into_inner).push(authority);
        self.publish_all()
    }

    /// Takes every authority but the newest out of the bundle and tells all workloads.
    ///
    /// # Errors
    ///
    /// When an SVID cannot be minted.
    pub fn retire_previous_authorities(&self) -> Result<(), StackError> {
        let mut authorities = self.authorities.write().unwrap_or_else(PoisonError::into_inner);
        let previous = authorities.len().saturating_sub(1);
        authorities.drain(..previous);
        drop(authorities);
        self.publish_all()
    }

    /// Ends a workload's streams with `PERMISSION_DENIED`, as when its registration is removed, and refuses new ones
    /// until [`WorkloadApi::rotate_svid`].
    ///
    /// # Errors
    ///
    /// When the workload has no socket.
    pub fn withdraw(&self, workload: Workload) -> Result<(), StackError> {
        self.find(workload)?.refuse(Grant::Withdrawn);
        Ok(())
    }

    /// Ends a workload's streams with `UNAVAILABLE`, as when the agent ends, and answers no new ones until
    /// [`WorkloadApi::rotate_svid`].
    ///
    /// # Errors
    ///
    /// When the workload has no socket.
    pub fn go_away(&self, workload: Workload) -> Result<(), StackError> {
        self.find(workload)?.refuse(Grant::Away);
        Ok(())
    }

    /// Leaves a workload's streams open and renews its SVID no more, until [`WorkloadApi::rotate_svid`].
    ///
    /// # Errors
    ///
    /// When the workload has no socket.
    pub fn stop_renewing(&self, workload: Workload) -> Result<(), StackError> {
        self.find(workload)?.stop_renewing();
        Ok(())
    }

    /// Has the newest authority sign any leaf, for tests of what a peer refuses.
    ///
    /// # Errors
    ///
    /// When a name is not ASCII.
    pub fn issue(&self, leaf: &Leaf) -> Result<Credential, StackError> {
        issue(&self.authorities, leaf)
    }

    /// The authorities' certificates, DER, oldest first.
    #[must_use]
    pub fn bundle(&self) -> Vec<Vec<u8>> {
        let authorities = self.authorities.read().unwrap_or_else(PoisonError::into_inner);
        authorities.iter().map(|authority| authority.certificate().to_vec()).collect()
    }

    fn publish_all(&self) -> Result<(), StackError> {
        self.sockets.values().try_for_each(WorkloadSocket::publish)
    }

    fn find(&self, workload: Workload) -> Result<&WorkloadSocket, StackError> {
        let unknown =
            || StackError::Unknown { what: "Workload API socket", name: workload.name().to_owned() };
        self.sockets.get(&workload).ok_or_else(unknown)
    }
}

fn issue(authorities: &Authorities, leaf: &Leaf) -> Result<Credential, StackError> {
    let authorities = authorities.read().unwrap_or_else(PoisonError::into_inner);
    let unknown = || StackError::Unknown { what: "authority", name: "newest".to_owned() };
    authorities.last().ok_or_else(unknown)?.issue(leaf)
}

#[cfg(test)]
#[path = "workload_api/tests.rs"]
mod tests;
