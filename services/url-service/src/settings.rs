//! The environment of url-service.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use http::HeaderName;
use identity::spiffe::SpiffeId;
use runtime::settings::Reader;
use url::Url;

use crate::links::target::{Blocklist, TargetPolicy};

/// Everything that url-service needs to know.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) irsa: identity::irsa::Settings,
    pub(crate) spiffe: identity::spiffe::Settings,
    pub(crate) database: Database,
    pub(crate) listeners: Listeners,
    pub(crate) clicks: Clicks,
    pub(crate) cache: Cache,
    pub(crate) visitors: Visitors,
    /// Where short links live, without a trailing slash.
    pub(crate) base_url: String,
    /// Which targets are accepted.
    pub(crate) targets: TargetPolicy,
}

/// The database and its pool.
#[derive(Debug)]
pub(crate) struct Database {
    pub(crate) connection: database::Settings,
    pub(crate) max_connections: u32,
    pub(crate) secret_refresh: Duration,
}

/// Addresses to listen on, and who may call the internal one.
#[derive(Debug)]
pub(crate) struct Listeners {
    pub(crate) public: SocketAddr,
    pub(crate) public_tls: PublicTls,
    pub(crate) internal: SocketAddr,
    pub(crate) internal_client: SpiffeId,
}

/// How the public listener speaks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum PublicTls {
    /// In clear: on one machine, where nothing lies between.
    Off,
    /// TLS that presents the SVID: behind a load balancer that encrypts again.
    Svid,
}

impl FromStr for PublicTls {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "off" => Ok(Self::Off),
            "svid" => Ok(Self::Svid),
            _ => Err("must be off or svid"),
        }
    }
}

/// The way of a click to the queue.
#[derive(Clone, Debug)]
pub(crate) struct Clicks {
    pub(crate) queue_url: String,
    pub(crate) flush: Duration,
    pub(crate) batch_max: usize,
    pub(crate) buffer_max: usize,
    pub(crate) spool_directory: PathBuf,
}

/// The cache of the redirect path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cache {
    pub(crate) bytes: u64,
    pub(crate) ttl: Duration,
    pub(crate) negative_ttl: Duration,
}

/// What is believed about a visitor.
#[derive(Clone, Debug)]
pub(crate) struct Visitors {
    /// How many proxies in front of the service append to `X-Forwarded-For`.
    pub(crate) trusted_proxy_hops: usize,
    /// The header in which a trusted edge says the visitor's country.
    pub(crate) country_header: Option<HeaderName>,
    /// Whether a caller may decide that its request is traced: a trusted edge may, a stranger could trace
    /// everything.
    pub(crate) trust_traceparent: bool,
}

impl Settings {
    /// Reads every setting of the service, noting every fault.
    pub(crate) fn read(reader: &mut Reader) -> Option<Self> {
        let irsa = identity::irsa::Settings::read(reader, "url-service");
        let spiffe = identity::spiffe::Settings::read(reader);
        let database = Database::read(reader);
        let listeners = Listeners::read(reader, spiffe.as_ref());
        let clicks = Clicks::read(reader);
        let cache = Cache::read(reader);
        let visitors = Visitors::read(reader);
        let base_url = read_base_url(reader);
        let targets = read_targets(reader, base_url.as_ref());
        Some(Self {
            irsa: irsa?,
            spiffe: spiffe?,
            database: database?,
            listeners: listeners?,
            clicks: clicks?,
            cache,
            visitors,
            base_url: base_url?.as_str().trim_end_matches('/').to_owned(),
            targets: targets?,
        })
    }
}

impl Database {
    /// Also reads `DATABASE_MAX_CONNECTIONS` and `DATABASE_SECRET_REFRESH_SECONDS`.
    fn read(reader: &mut Reader) -> Option<Self> {
        let connection = database::Settings::read(reader);
        let max_connections = reader.in_range("DATABASE_MAX_CONNECTIONS", 16, 1..=1_000);
        let secret_refresh = seconds(reader, "DATABASE_SECRET_REFRESH_SECONDS", 300, 1..=86_400);
        Some(Self {
            connection: connection?,
            max_connections: u32::try_from(max_connections).ok()?,
            secret_refresh,
        })
    }
}

impl Listeners {
    /// Reads `PUBLIC_LISTEN`, `PUBLIC_TLS`, `INTERNAL_LISTEN` and `INTERNAL_CLIENT_SPIFFE_ID`.
    fn read(reader: &mut Reader, spiffe: Option<&identity::spiffe::Settings>) -> Option<Self> {
        let public = reader.or_default("PUBLIC_LISTEN", SocketAddr::from(([0, 0, 0, 0], 8080)));
        let public_tls = reader.or_default("PUBLIC_TLS", PublicTls::Off);
        let internal = reader.or_default("INTERNAL_LISTEN", SocketAddr::from(([0, 0, 0, 0], 8443)));
        let internal_client: Option<SpiffeId> = reader.required("INTERNAL_CLIENT_SPIFFE_ID");
        if let Some((client, own)) = internal_client.as_ref().zip(spiffe)
            && *client.trust_domain() != own.trust_domain
        {
            reader.fault("INTERNAL_CLIENT_SPIFFE_ID", "must be in SPIFFE_TRUST_DOMAIN");
        }
        Some(Self { public, public_tls, internal, internal_client: internal_client? })
    }
}

impl Clicks {
    /// Reads `CLICK_QUEUE_URL`, `CLICK_FLUSH_MILLISECONDS`, `CLICK_BATCH_MAX_CLICKS`,
    /// `CLICK_BUFFER_MAX_CLICKS` and `CLICK_SPOOL_DIRECTORY`.
    fn read(reader: &mut Reader) -> Option<Self> {
        let queue_url: Option<Url> = reader.required("CLICK_QUEUE_URL");
        let flush = Duration::from_millis(reader.in_range("CLICK_FLUSH_MILLISECONDS", 1_000, 10..=60_000));
        let batch_max = reader.in_range("CLICK_BATCH_MAX_CLICKS", 5_000, 1..=100_000);
        let buffer_max = reader.in_range("CLICK_BUFFER_MAX_CLICKS", 100_000, 1..=10_000_000);
        let spool_directory: Option<PathBuf> = reader.required("CLICK_SPOOL_DIRECTORY");
        if spool_directory.as_ref().is_some_and(|directory| !directory.is_dir()) {
            reader.fault("CLICK_SPOOL_DIRECTORY", "is not a directory");
        }
        Some(Self {
            queue_url: queue_url?.into(),
            flush,
            batch_max: usize::try_from(batch_max).ok()?,
            buffer_max: usize::try_from(buffer_max).ok()?,
            spool_directory: spool_directory?,
        })
    }
}

impl Cache {
    /// Reads `LINK_CACHE_BYTES`, `LINK_CACHE_TTL_SECONDS` and `LINK_CACHE_NEGATIVE_TTL_SECONDS`.
    fn read(reader: &mut Reader) -> Self {
        Self {
            bytes: reader.in_range("LINK_CACHE_BYTES", 64 << 20, 1 << 20..=16 << 30),
            ttl: seconds(reader, "LINK_CACHE_TTL_SECONDS", 60, 1..=3_600),
            negative_ttl: seconds(reader, "LINK_CACHE_NEGATIVE_TTL_SECONDS", 5, 1..=60),
        }
    }
}

impl Visitors {
    /// Reads `TRUSTED_PROXY_HOPS`, `CLIENT_COUNTRY_HEADER` and `TRUST_TRACEPARENT`.
    fn read(reader: &mut Reader) -> Self {
        let hops = reader.in_range("TRUSTED_PROXY_HOPS", 0, 0..=10);
        Self {
            trusted_proxy_hops: usize::try_from(hops).unwrap_or_default(),
            country_header: reader.optional("CLIENT_COUNTRY_HEADER"),
            trust_traceparent: reader.or_default("TRUST_TRACEPARENT", false),
        }
    }
}

fn read_base_url(reader: &mut Reader) -> Option<Url> {
    let base_url: Url = reader.required("PUBLIC_BASE_URL")?;
    if !matches!(base_url.scheme(), "http" | "https")
        || base_url.path() != "/"
        || base_url.query().or(base_url.fragment()).is_some()
        || !base_url.username().is_empty()
    {
        reader.fault("PUBLIC_BASE_URL", "must be http(s)://host[:port] and nothing more");
    }
    Some(base_url)
}

/// Reads `TARGET_BLOCKLIST_FILE`. Our own host is never a target: it would loop.
fn read_targets(reader: &mut Reader, base_url: Option<&Url>) -> Option<TargetPolicy> {
    let file: Option<PathBuf> = reader.optional("TARGET_BLOCKLIST_FILE");
    let blocklist = match file.map(std::fs::read_to_string) {
        None => Blocklist::default(),
        Some(Err(error)) => {
            reader.fault("TARGET_BLOCKLIST_FILE", format!("cannot be read: {}", error.kind()));
            return None;
        }
        Some(Ok(text)) => match Blocklist::parse(&text) {
            Ok(blocklist) => blocklist,
            Err(faults) => {
                faults.into_iter().for_each(|fault| reader.fault("TARGET_BLOCKLIST_FILE", fault.to_string()));
                return None;
            }
        },
    };
    match TargetPolicy::new(base_url?.host_str(), blocklist) {
        Ok(policy) => Some(policy),
        Err(error) => {
            reader.fault("PUBLIC_BASE_URL", error.to_string());
            None
        }
    }
}

fn seconds(reader: &mut Reader, name: &str, default: u64, range: std::ops::RangeInclusive<u64>) -> Duration {
    Duration::from_secs(reader.in_range(name, default, range))
}
