//! The client's half of mutual TLS.

use rustls::ClientConfig;
use spiffe::SpiffeId;
use spiffe_rustls::{LocalOnly, authorizer, mtls_client};

use super::source::{SpiffeError, Svid};

/// TLS that presents `svid` and talks to the server with exactly the ID `server`, in our trust domain.
/// The name in the URL is not looked at: an identity is not an address.
///
/// # Errors
/// When there is no SVID to present.
pub(super) fn client_config(svid: &Svid, server: &SpiffeId) -> Result<ClientConfig, SpiffeError> {
    let exact = authorizer::exact([server.clone()])?;
    Ok(mtls_client(svid.source.clone())
        .authorize(exact)
        .trust_domain_policy(LocalOnly(svid.trust_domain.clone()))
        .build()?)
}
