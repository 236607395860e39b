//! A running gate, and what its owner may do with it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};

use axum::Router;
use axum::extract::Request;
use rand::SeedableRng as _;
use rand::rngs::{StdRng, SysError, SysRng};
use runtime::http_server::{Limits, Plaintext, serve};
use runtime::{Clock, SystemClock};
use time::OffsetDateTime;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::account::{AccountError, GuardedAccount};
use crate::config::{Account, Config, Door};
use crate::decision_log::{DecisionLog, Entry};
use crate::exchange;
use crate::forward::Emulator;
use crate::random::Random;
use crate::sessions::Sessions;
use crate::sts::keys::IssuerKeys;

/// Where a gate reads the time and takes its randomness from.
#[derive(Debug)]
pub struct Sources {
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// Cryptographic randomness: keys and tokens come from it.
    pub random: StdRng,
}

impl Sources {
    /// The operating system's.
    ///
    /// # Errors
    ///
    /// When the operating system gives no randomness.
    pub fn system() -> Result<Self, SysError> {
        Ok(Self { clock: Arc::new(SystemClock), random: StdRng::try_from_rng(&mut SysRng)? })
    }
}

/// Why a gate does not start, or does not take an account.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    /// The emulator's address is not `http://host:port`.
    #[error("the emulator's address {0} is not of the form http://host:port")]
    Emulator(String),
    /// The decision log cannot be opened.
    #[error("the decision log cannot be opened")]
    DecisionLog(#[source] std::io::Error),
    /// A door cannot listen.
    #[error("the door {door} cannot listen")]
    Listen {
        /// The door.
        door: String,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// Something of the account is not taken.
    #[error(transparent)]
    Account(#[from] AccountError),
}

/// A running gate. When it is dropped, its doors close; requests in flight are still answered.
#[derive(Debug)]
pub struct Gate {
    shared: Arc<Shared>,
    addresses: BTreeMap<String, SocketAddr>,
    _doors: DropGuard,
}

/// What all requests share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Random,
    pub(crate) emulator: Emulator,
    pub(crate) log: DecisionLog,
    pub(crate) sessions: Sessions,
    pub(crate) keys: IssuerKeys,
    account: RwLock<Arc<GuardedAccount>>,
}

impl Gate {
    /// Opens every door.
    ///
    /// # Errors
    ///
    /// When the configuration is not taken or a door cannot listen.
    pub async fn start(config: Config, sources: Sources) -> Result<Self, GateError> {
        let emulator =
            Emulator::at(&config.emulator).ok_or_else(|| GateError::Emulator(config.emulator.clone()))?;
        let log = DecisionLog::open(config.decision_log.as_deref()).map_err(GateError::DecisionLog)?;
        let shared = Arc::new(Shared {
            clock: sources.clock,
            random: Random::new(sources.random),
            emulator,
            log,
            sessions: Sessions::default(),
            keys: IssuerKeys::new(config.issuers_at),
            account: RwLock::new(Arc::new(GuardedAccount::new(config.account)?)),
        });
        let mut addresses = BTreeMap::new();
        let stop = CancellationToken::new();
        let doors = stop.clone().drop_guard();
        for door in config.doors {
            let failed = |source| GateError::Listen { door: door.name.clone(), source };
            let listener = TcpListener::bind(door.address).await.map_err(failed)?;
            addresses.insert(door.name.clone(), listener.local_addr().map_err(failed)?);
            open(listener, door, Arc::clone(&shared), stop.clone());
        }
        Ok(Self { shared, addresses, _doors: doors })
    }

    /// Where a door listens.
    #[must_use]
    pub fn address(&self, door: &str) -> Option<SocketAddr> {
        self.addresses.get(door).copied()
    }

    /// The `http://` address of a door: what `AWS_ENDPOINT_URL` names.
    #[must_use]
    pub fn url(&self, door: &str) -> Option<String> {
        self.address(door).map(|address| format!("http://{address}"))
    }

    /// Every decision since the start, the oldest first.
    #[must_use]
    pub fn decisions(&self) -> Vec<Entry> {
        self.shared.log.entries()
    }

    /// The decisions about one request.
    #[must_use]
    pub fn decisions_about(&self, request_id: &str) -> Vec<Entry> {
        let about = |entry: &Entry| entry.request_id == request_id;
        self.decisions().into_iter().filter(about).collect()
    }

    /// What the gate decides by.
    #[must_use]
    pub fn account(&self) -> Account {
        self.shared.account().config().clone()
    }

    /// Decides by another account from the next request on; sessions live on.
    ///
    /// # Errors
    ///
    /// When something of it is not taken; nothing has changed then.
    pub fn replace_account(&self, account: Account) -> Result<(), GateError> {
        let account = Arc::new(GuardedAccount::new(account)?);
        *self.shared.account.write().unwrap_or_else(PoisonError::into_inner) = account;
        Ok(())
    }

    /// Ends every session of a role at once. The role itself can be assumed again.
    pub fn revoke_sessions(&self, role_arn: &str) {
        self.shared.sessions.revoke(role_arn);
    }
}

impl Shared {
    /// The time now, in whole seconds and UTC.
    pub(crate) fn now(&self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(self.clock.unix_seconds()).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    /// The account of one request: it does not change while the request lasts.
    pub(crate) fn account(&self) -> Arc<GuardedAccount> {
        Arc::clone(&self.account.read().unwrap_or_else(PoisonError::into_inner))
    }
}

fn open(listener: TcpListener, door: Door, shared: Arc<Shared>, stop: CancellationToken) {
    let door = Arc::new(door);
    let router = Router::new().fallback(move |request: Request| {
        let (shared, door) = (Arc::clone(&shared), Arc::clone(&door));
        async move { exchange::answer(&shared, &door, request).await }
    });
    // Ends with the gate; it has nothing to report.
    tokio::spawn(serve(listener, Plaintext, router, Limits::default(), stop));
}
