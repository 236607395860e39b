//! Why mutual TLS refused a connection, on whichever side, as a label.

use std::error::Error as StdError;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use runtime::metrics::Metrics;
use rustls::{AlertDescription, CertificateError, Error};
use spiffe::cert::error::CertificateError as SpiffeCertificateError;

use super::connector::ConnectError;

/// The label when this process has no valid SVID to show.
pub(super) const NO_SVID: &str = "no_svid_of_our_own";

/// Counts connections that mutual TLS refused, by reason. Cheap to clone; all clones count together.
#[derive(Clone, Debug)]
pub struct Refusals(Family<Label, Counter>);

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Label {
    reason: &'static str,
}

impl Refusals {
    /// Registers `spiffe_handshakes_refused_total`; once per process.
    #[must_use]
    pub fn register(metrics: &Metrics) -> Self {
        Self(metrics.register(
            "spiffe_handshakes_refused",
            "Connections refused by mutual TLS, by reason",
            Family::default(),
        ))
    }

    /// Counts one.
    pub fn count(&self, reason: &'static str) {
        self.0.get_or_create(&Label { reason }).inc();
    }
}

/// Why TLS refused, if it did: `error` or one of its causes. An I/O error hides the error inside it from
/// `source`, so both ways are gone.
#[must_use]
pub fn reason(error: &(dyn StdError + 'static)) -> Option<&'static str> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<Error>() {
            return Some(tls_reason(error));
        }
        if matches!(error.downcast_ref::<ConnectError>(), Some(ConnectError::NoSvid)) {
            return Some(NO_SVID);
        }
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        cause = match inner {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}

fn tls_reason(error: &Error) -> &'static str {
    match error {
        Error::NoCertificatesPresented => "no_certificate",
        Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
            "expired"
        }
        Error::InvalidCertificate(
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. },
        ) => "not_yet_valid",
        Error::InvalidCertificate(CertificateError::UnknownIssuer) => "unknown_issuer",
        Error::InvalidCertificate(_) => "invalid_certificate",
        Error::PeerIncompatible(_) | Error::AlertReceived(AlertDescription::ProtocolVersion) => {
            "tls_version_or_suite"
        }
        Error::InvalidMessage(_) | Error::InappropriateMessage { .. } => "not_tls",
        Error::AlertReceived(_) => "refused_by_peer",
        Error::Other(other) => spiffe_reason(other),
        _ => "handshake_failed",
    }
}

fn spiffe_reason(other: &rustls::OtherError) -> &'static str {
    use spiffe_rustls::Error;
    match other.0.downcast_ref::<Error>() {
        Some(Error::UnauthorizedSpiffeId(_)) => "unauthorized_spiffe_id",
        Some(Error::TrustDomainNotAllowed(_) | Error::NoBundle(_)) => "other_trust_domain",
        Some(Error::MissingSpiffeId) => "no_spiffe_id",
        Some(Error::MultipleSpiffeIds) => "several_spiffe_ids",
        Some(Error::CertParse(why)) => unreadable_reason(why),
        Some(Error::InvalidLeaf(_)) => "invalid_certificate",
        Some(Error::NoSvid | Error::SourceClosed | Error::Source(_) | Error::MaterialUnavailable(_)) => {
            NO_SVID
        }
        _ => "handshake_failed",
    }
}

/// The library hands this error on as its text only.
fn unreadable_reason(why: &str) -> &'static str {
    if why == SpiffeCertificateError::MultipleUriSanEntries.to_string() {
        "several_spiffe_ids"
    } else if why.starts_with("failed to parse SPIFFE ID") {
        "malformed_spiffe_id"
    } else {
        "invalid_certificate"
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Arc;

    use super::*;

    fn other(error: spiffe_rustls::Error) -> Error {
        Error::Other(rustls::OtherError(Arc::new(error)))
    }

    #[test]
    fn the_reason_is_found_inside_of_other_errors() {
        let tls = || Error::NoCertificatesPresented;
        assert_eq!(reason(&tls()), Some("no_certificate"));
        assert_eq!(reason(&io::Error::other(tls())), Some("no_certificate"));
        assert_eq!(reason(&io::Error::other(io::Error::other(tls()))), Some("no_certificate"));
        assert_eq!(reason(&ConnectError::Handshake(io::Error::other(tls()))), Some("no_certificate"));
        assert_eq!(reason(&ConnectError::NoSvid), Some(NO_SVID));
        assert_eq!(reason(&io::Error::from(io::ErrorKind::ConnectionReset)), None);
    }

    #[test]
    fn names_that_are_no_single_spiffe_id_are_told_apart() {
        let invalid = spiffe::SpiffeId::new("spiffe://zero-trust-eks.local/*").unwrap_err();
        let texts = [
            (SpiffeCertificateError::MultipleUriSanEntries, "several_spiffe_ids"),
            (SpiffeCertificateError::InvalidSpiffeId(invalid), "malformed_spiffe_id"),
            (SpiffeCertificateError::UnexpectedExtension("x".to_owned()), "invalid_certificate"),
        ];
        for (error, label) in texts {
            assert_eq!(tls_reason(&other(spiffe_rustls::Error::CertParse(error.to_string()))), label);
        }
        assert_eq!(tls_reason(&other(spiffe_rustls::Error::MissingSpiffeId)), "no_spiffe_id");
    }
}
