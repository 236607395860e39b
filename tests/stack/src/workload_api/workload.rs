//! One workload's socket: its current SVID, renewed at half of its life, and who listens.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::net::UnixListener;
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use super::messages::{X509Svid, X509SvidResponse};
use super::{Authorities, issue, server};
use crate::StackError;
use crate::names::Workload;
use crate::scratch::set_mode;
use crate::svid::Leaf;

/// How soon a renewal that failed is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// What a workload is given at the moment.
#[derive(Debug, Clone)]
pub(super) enum Grant {
    /// An identity.
    Svid(Arc<X509SvidResponse>),
    /// None: its registration is withdrawn.
    Withdrawn,
    /// No answer: there is no agent.
    Away,
}

/// A socket and what is behind it.
#[derive(Debug)]
pub(super) struct WorkloadSocket {
    path: PathBuf,
    issuance: Issuance,
    _server: AbortOnDropHandle<()>,
    _renewal: AbortOnDropHandle<()>,
}

/// How this workload's SVIDs come to be.
#[derive(Debug, Clone)]
struct Issuance {
    workload: Workload,
    authorities: Authorities,
    life: Duration,
    grant: Arc<watch::Sender<Grant>>,
    /// Whether SVIDs are renewed.
    renewing: Arc<AtomicBool>,
}

impl WorkloadSocket {
    pub(super) fn start(
        path: PathBuf,
        workload: Workload,
        authorities: Authorities,
        life: Duration,
    ) -> Result<Self, StackError> {
        let failed = |source| StackError::Listen {
            what: "the SPIFFE Workload API",
            address: path.display().to_string(),
            source,
        };
        let listener = UnixListener::bind(&path).map_err(failed)?;
        set_mode(&path, 0o600)?;
        let grant = Arc::new(watch::Sender::new(Grant::Away));
        let renewing = Arc::new(AtomicBool::new(true));
        let issuance = Issuance { workload, authorities, life, grant: Arc::clone(&grant), renewing };
        issuance.publish()?;
        let server = tokio::spawn(server::serve(listener, grant));
        let renewal = tokio::spawn(issuance.clone().renew());
        Ok(Self {
            path,
            issuance,
            _server: AbortOnDropHandle::new(server),
            _renewal: AbortOnDropHandle::new(renewal),
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn publish(&self) -> Result<(), StackError> {
        self.issuance.publish()
    }

    /// Grants nothing any more, until [`WorkloadSocket::publish`].
    pub(super) fn refuse(&self, grant: Grant) {
        self.issuance.grant.send_replace(grant);
    }

    /// Renews nothing any more, until [`WorkloadSocket::publish`].
    pub(super) fn stop_renewing(&self) {
        self.issuance.renewing.store(false, Ordering::Relaxed);
    }
}

impl Issuance {
    /// Mints an SVID and hands it to everyone who listens.
    fn publish(&self) -> Result<(), StackError> {
        self.renewing.store(true, Ordering::Relaxed);
        self.grant.send_replace(Grant::Svid(Arc::new(self.mint()?)));
        Ok(())
    }

    fn mint(&self) -> Result<X509SvidResponse, StackError> {
        let spiffe_id = self.workload.spiffe_id();
        let life = time::Duration::try_from(self.life).unwrap_or(time::Duration::MAX);
        let credential = issue(&self.authorities, &Leaf::svid(spiffe_id.clone(), life))?;
        let authorities = self.authorities.read().unwrap_or_else(PoisonError::into_inner);
        let bundle = authorities.iter().flat_map(|authority| authority.certificate().to_vec()).collect();
        let svid = X509Svid {
            spiffe_id,
            certificates: credential.certificate,
            private_key: credential.private_key,
            bundle,
            hint: String::new(),
        };
        Ok(X509SvidResponse { svids: vec![svid], ..X509SvidResponse::default() })
    }

    /// Renews at half of the life, counted from whatever was published last; who is refused stays refused.
    async fn renew(self) {
        let mut changes = self.grant.subscribe();
        let mut wait = self.life / 2;
        loop {
            tokio::select! {
                () = tokio::time::sleep(wait) => {
                    let refused = !matches!(*changes.borrow(), Grant::Svid(_));
                    let idle = refused || !self.renewing.load(Ordering::Relaxed);
                    let renewed = idle || self.publish().is_ok();
                    wait = if renewed { self.life / 2 } else { RETRY };
                }
                outcome = changes.changed() => {
                    if outcome.is_err() {
                        return;
                    }
                    wait = self.life / 2;
                }
            }
        }
    }
}
