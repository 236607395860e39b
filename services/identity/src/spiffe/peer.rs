//! Who is at the other end of a mutual TLS connection.

use std::time::Duration;

use rustls::pki_types::CertificateDer;
use spiffe::SpiffeId;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::life::Life;

/// The authenticated peer of a connection, a request extension of every request on it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Peer {
    /// Its SPIFFE ID.
    pub id: SpiffeId,
}

/// Reads the identity out of a leaf that the handshake has already verified. Exactly one URI SAN, which is
/// the SPIFFE ID (X509-SVID, section 2).
pub(super) fn identity(chain: &[CertificateDer<'_>]) -> Option<(Peer, Duration)> {
    let leaf = chain.first()?;
    let (_, certificate) = X509Certificate::from_der(leaf).ok()?;
    let names = certificate.subject_alternative_name().ok()??;
    let mut uris = names.value.general_names.iter().filter_map(|name| match name {
        GeneralName::URI(uri) => Some(*uri),
        _ => None,
    });
    let (uri, None) = (uris.next()?, uris.next()) else { return None };
    Some((Peer { id: SpiffeId::new(uri).ok()? }, not_after(leaf)?))
}

/// The end of a certificate's validity, as time since the Unix epoch.
pub(super) fn not_after(der: &[u8]) -> Option<Duration> {
    life(der).ends
}

/// A certificate's validity.
pub(super) fn life(der: &[u8]) -> Life {
    let Ok((_, certificate)) = X509Certificate::from_der(der) else { return Life::default() };
    let seconds = |seconds: i64| u64::try_from(seconds).ok().map(Duration::from_secs);
    let validity = certificate.validity();
    Life { began: seconds(validity.not_before.timestamp()), ends: seconds(validity.not_after.timestamp()) }
}
