//! The worker's environment.
//!
//! | variable | meaning |
//! | --- | --- |
//! | `CLICK_QUEUE_URL` | the queue of click batches |
//! | `INTERNAL_BASE_URL` | url-service's internal listener, `https://host:port` |
//! | `INTERNAL_SERVER_SPIFFE_ID` | the only identity that may answer there |
//! | `RECEIVE_CONCURRENCY` | how many long polls are open at once, 1 to 16, default 2 |
//! | `VISIBILITY_TIMEOUT_SECONDS` | how long a received message is hidden from others, 10 to 43200, default 60 |
//!
//! Beside these, what [`irsa::Settings`] and [`spiffe::Settings`] read.

use std::time::Duration;

use http::Uri;
use identity::spiffe::SpiffeId;
use identity::{irsa, spiffe};
use runtime::settings::Reader;

use crate::Worker;

/// The route of url-service that takes summaries.
const CLICK_BATCHES: &str = "/internal/v1/click-batches";
/// More polls at once than this would gain nothing: each brings ten messages.
pub(crate) const MAX_POLLERS: usize = 16;

/// What the worker needs to know.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// The role.
    pub(crate) irsa: irsa::Settings,
    /// The SVID.
    pub(crate) spiffe: spiffe::Settings,
    /// The queue.
    pub(crate) queue_url: String,
    /// Where summaries go.
    pub(crate) click_batches: Uri,
    /// Who must answer there.
    pub(crate) server: SpiffeId,
    /// Long polls at once.
    pub(crate) pollers: usize,
    /// How long a received message is hidden. A worker that dies holds its messages up for this long; one
    /// that is slow asks for more time, so a short time is safe but costs requests.
    pub(crate) visibility: Duration,
}

impl Settings {
    /// Reads everything, noting every fault.
    pub(crate) fn read(reader: &mut Reader) -> Option<Self> {
        let irsa = irsa::Settings::read(reader, <Worker as runtime::Service>::NAME);
        let spiffe = spiffe::Settings::read(reader);
        let queue_url = queue_url(reader);
        let click_batches = click_batches(reader);
        let server: Option<SpiffeId> = reader.required("INTERNAL_SERVER_SPIFFE_ID");
        if let (Some(spiffe), Some(server)) = (&spiffe, &server)
            && *server.trust_domain() != spiffe.trust_domain
        {
            reader.fault("INTERNAL_SERVER_SPIFFE_ID", "is not of the trust domain SPIFFE_TRUST_DOMAIN");
        }
        let pollers = reader.in_range("RECEIVE_CONCURRENCY", 2, 1..=MAX_POLLERS as u64);
        let visibility = reader.in_range("VISIBILITY_TIMEOUT_SECONDS", 60, 10..=43_200);
        Some(Self {
            irsa: irsa?,
            spiffe: spiffe?,
            queue_url: queue_url?,
            click_batches: click_batches?,
            server: server?,
            pollers: usize::try_from(pollers).ok()?,
            visibility: Duration::from_secs(visibility),
        })
    }
}

fn queue_url(reader: &mut Reader) -> Option<String> {
    let url: Uri = reader.required("CLICK_QUEUE_URL")?;
    let named = url.path().rsplit('/').next().is_some_and(|name| !name.is_empty());
    if !matches!(url.scheme_str(), Some("https" | "http")) || url.host().is_none() || !named {
        reader.fault("CLICK_QUEUE_URL", "must be the URL of a queue, as SQS gives it");
        return None;
    }
    Some(url.to_string())
}

fn click_batches(reader: &mut Reader) -> Option<Uri> {
    let base: Uri = reader.required("INTERNAL_BASE_URL")?;
    let without_path = base.path() == "/" && base.query().is_none();
    let authority = base.authority().filter(|authority| !authority.as_str().contains('@'));
    let route =
        authority.filter(|_| without_path && base.scheme_str() == Some("https")).and_then(|authority| {
            Uri::builder()
                .scheme("https")
                .authority(authority.clone())
                .path_and_query(CLICK_BATCHES)
                .build()
                .ok()
        });
    if route.is_none() {
        reader.fault("INTERNAL_BASE_URL", "must be https://host or https://host:port and nothing more");
    }
    route
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Good but for the two that need files: the token and the Workload API's socket.
    const GOOD: [(&str, &str); 8] = [
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ROLE_ARN", "arn:aws:iam::000000000000:role/zero-trust-eks-worker-irsa"),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "/dev/null"),
        ("SPIFFE_ENDPOINT_SOCKET", "unix:/dev/null"),
        ("SPIFFE_TRUST_DOMAIN", "zero-trust-eks.local"),
        ("CLICK_QUEUE_URL", "https://sqs.eu-central-1.amazonaws.com/000000000000/zero-trust-eks-clicks"),
        ("INTERNAL_BASE_URL", "https://url-service.services:8443"),
        ("INTERNAL_SERVER_SPIFFE_ID", "spiffe://zero-trust-eks.local/ns/services/sa/url-service"),
    ];

    fn faults(changes: &[(&'static str, &'static str)]) -> Vec<String> {
        let mut reader = Reader::from_pairs(GOOD.into_iter().chain(changes.iter().copied()));
        let settings = Settings::read(&mut reader);
        let faults = reader.finish(settings).map(drop).err().unwrap_or_default();
        let token = |variable: &str| variable == "AWS_WEB_IDENTITY_TOKEN_FILE";
        faults.into_iter().map(|fault| fault.variable).filter(|variable| !token(variable)).collect()
    }

    #[test]
    fn a_good_environment_has_no_fault() {
        assert_eq!(faults(&[]), [""; 0]);
        assert_eq!(
            faults(&[("RECEIVE_CONCURRENCY", "16"), ("VISIBILITY_TIMEOUT_SECONDS", "43200")]),
            [""; 0]
        );
    }

    #[test]
    fn each_wrong_value_is_named() {
        for (variable, value) in [
            ("CLICK_QUEUE_URL", "zero-trust-eks-clicks"),
            ("CLICK_QUEUE_URL", "https://sqs.eu-central-1.amazonaws.com/"),
            ("CLICK_QUEUE_URL", "ftp://sqs.eu-central-1.amazonaws.com/0/q"),
            ("INTERNAL_BASE_URL", "http://127.0.0.1:8443"),
            ("INTERNAL_BASE_URL", "https://user@127.0.0.1:8443"),
            ("INTERNAL_BASE_URL", "https://127.0.0.1:8443/prefix"),
            ("INTERNAL_BASE_URL", "https://127.0.0.1:8443/?a=b"),
            ("INTERNAL_SERVER_SPIFFE_ID", "url-service"),
            ("INTERNAL_SERVER_SPIFFE_ID", "spiffe://elsewhere.example/ns/services/sa/url-service"),
            ("RECEIVE_CONCURRENCY", "0"),
            ("RECEIVE_CONCURRENCY", "17"),
            ("VISIBILITY_TIMEOUT_SECONDS", "9"),
            ("VISIBILITY_TIMEOUT_SECONDS", "43201"),
        ] {
            assert_eq!(faults(&[(variable, value)]), [variable], "{value}");
        }
    }

    #[test]
    fn everything_that_is_missing_is_named_at_once() {
        let mut reader = Reader::from_pairs([]);
        let settings = Settings::read(&mut reader);
        assert_eq!(reader.finish(settings).unwrap_err().len(), 8);
    }

    #[test]
    fn the_route_is_appended_to_the_base() {
        for base in ["https://127.0.0.1:8443", "https://127.0.0.1:8443/"] {
            let mut reader = Reader::from_pairs([("INTERNAL_BASE_URL", base)]);
            let route = click_batches(&mut reader).unwrap();
            assert_eq!(route, "https://127.0.0.1:8443/internal/v1/click-batches");
        }
    }
}
