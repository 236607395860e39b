//! The cryptographic provider of the process.

use rustls::crypto::{CryptoProvider, aws_lc_rs};

/// Makes AWS-LC with TLS 1.3 cipher suites the process's default, so that no listener and no client that
/// uses the default can be talked down to TLS 1.2.
///
/// Does nothing when a default is installed already.
pub fn install_provider() {
    let cipher_suites = aws_lc_rs::DEFAULT_CIPHER_SUITES
        .iter()
        .copied()
        .filter(|suite| suite.version().version == rustls::ProtocolVersion::TLSv1_3)
        .collect();
    let provider = CryptoProvider { cipher_suites, ..aws_lc_rs::default_provider() };
    // An Err means that a default exists; the first one installed stays.
    drop(provider.install_default());
}
