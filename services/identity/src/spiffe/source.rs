//! The SVID, kept current over the Workload API.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use runtime::health::{Check, Weight};
use runtime::settings::Reader;
use runtime::{Clock, ServiceContext};
use spiffe::{TrustDomain, X509Source};

use super::peer;
use crate::life::{self, Life};

/// How long the first SVID may take.
const FIRST_SVID: Duration = Duration::from_secs(20);
/// How often the SVID's remaining life is looked at.
const WATCH: Duration = Duration::from_secs(5);

/// Where the identity comes from.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The Workload API's address, `unix:/path`.
    pub endpoint: String,
    /// The only trust domain whose identities count.
    pub trust_domain: TrustDomain,
}

impl Settings {
    /// Reads `SPIFFE_ENDPOINT_SOCKET` and `SPIFFE_TRUST_DOMAIN`.
    pub fn read(reader: &mut Reader) -> Option<Self> {
        let endpoint: Option<String> = reader.required("SPIFFE_ENDPOINT_SOCKET");
        if let Some(fault) = endpoint.as_deref().and_then(socket_fault) {
            reader.fault("SPIFFE_ENDPOINT_SOCKET", fault);
        }
        let trust_domain = reader.required("SPIFFE_TRUST_DOMAIN");
        Some(Self { endpoint: endpoint?, trust_domain: trust_domain? })
    }
}

fn socket_fault(endpoint: &str) -> Option<String> {
    let Some(path) = endpoint.strip_prefix("unix:") else {
        return Some("must be unix:/path/to/socket".to_owned());
    };
    // `unix:///path` and `unix:/path` name the same socket.
    let path = if path.starts_with("///") { path.trim_start_matches("//") } else { path };
    (!Path::new(path).exists()).then(|| "there is no socket at this path".to_owned())
}

/// Why there is no usable identity.
#[derive(Debug, thiserror::Error)]
pub enum SpiffeError {
    /// The Workload API gave no SVID.
    #[error("the Workload API gave no X.509 SVID")]
    NoSvid(#[from] spiffe::x509_source::X509SourceError),
    /// The SVID belongs to another trust domain than the configured one.
    #[error("the SVID is of trust domain {got}, not {expected}")]
    TrustDomain {
        /// The configured one.
        expected: TrustDomain,
        /// The SVID's.
        got: TrustDomain,
    },
    /// TLS could not be set up with the SVID.
    #[error("TLS could not be set up with the SVID")]
    Tls(#[from] spiffe_rustls::Error),
}

/// The process's identity. Cheap to clone; all clones follow the same rotation.
#[derive(Clone, Debug)]
pub struct Svid {
    pub(super) source: X509Source,
    pub(super) trust_domain: TrustDomain,
    pub(super) clock: Arc<dyn Clock>,
}

impl Svid {
    /// Waits for the first SVID and follows its rotation from then on.
    ///
    /// # Errors
    /// When no SVID comes in time, or one of another trust domain.
    pub async fn obtain(settings: &Settings, context: &ServiceContext) -> Result<Self, SpiffeError> {
        let source = X509Source::builder()
            .endpoint(&settings.endpoint)
            .initial_sync_timeout(FIRST_SVID)
            .build()
            .await?;
        let own = source.svid()?;
        let got = own.spiffe_id().trust_domain();
        if *got != settings.trust_domain {
            return Err(SpiffeError::TrustDomain {
                expected: settings.trust_domain.clone(),
                got: got.clone(),
            });
        }
        tracing::info!(spiffe_id = %own.spiffe_id(), "obtained an SVID");
        let this =
            Self { source, trust_domain: settings.trust_domain.clone(), clock: Arc::clone(&context.clock) };
        let observed = this.clone();
        life::register(context, "spiffe_svid", true, move || observed.life());
        tokio::spawn(Watch::new(this.clone(), context).run());
        Ok(this)
    }

    /// How long the current SVID is still valid; `None` without a valid one.
    #[must_use]
    pub fn life_left(&self) -> Option<Duration> {
        let svid = self.source.svid().ok()?;
        peer::life(svid.leaf().as_bytes()).left(self.clock.as_ref()).filter(|left| *left > Duration::ZERO)
    }

    /// The validity of what the Workload API gave last, also when it is over; nothing once the SVID was
    /// withdrawn.
    fn life(&self) -> Life {
        let context = self.source.state().context();
        let svid = context.ok().and_then(|context| context.default_svid().cloned());
        svid.map(|svid| peer::life(svid.leaf().as_bytes())).unwrap_or_default()
    }
}

/// Tells health and metrics about the SVID.
struct Watch {
    svid: Svid,
    check: Check,
    rotations: Counter,
}

impl Watch {
    fn new(svid: Svid, context: &ServiceContext) -> Self {
        Self {
            svid,
            check: context.health.check("svid", Weight::Required),
            rotations: context.metrics.register(
                "spiffe_svid_updates",
                "X.509 contexts received from the Workload API",
                Counter::default(),
            ),
        }
    }

    async fn run(self) {
        let mut updates = self.svid.source.updated();
        loop {
            self.look();
            // Expiry makes no update, so the clock is looked at as well.
            if let Ok(changed) = tokio::time::timeout(WATCH, updates.changed()).await {
                if changed.is_err() {
                    self.check.down("the Workload API subscription has ended");
                    return;
                }
                self.rotations.inc();
                tracing::info!("the SVID or its bundle was rotated");
            }
        }
    }

    fn look(&self) {
        if self.svid.life_left().is_some() {
            self.check.up();
        } else if self.svid.life().is_over(self.svid.clock.as_ref()) {
            self.check.down("the SVID has expired");
        } else {
            self.check.down("the Workload API gives no SVID");
        }
    }
}
