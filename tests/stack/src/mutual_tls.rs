//! Both sides of mutual TLS with certificates of one's choice: how tests reach the internal listener as somebody whom
//! it must serve or refuse, and how they stand in its place.

mod server;

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme, SupportedProtocolVersion,
};

use crate::svid::Credential;

pub use server::{Face, Impostor, Seen};

/// A TLS configuration that trusts the authorities of `bundle` (DER) for any name, for an SVID has no host name, and
/// shows `credential`, or nothing.
///
/// # Errors
///
/// When a certificate of the bundle or the key does not parse.
pub fn client_config(bundle: &[Vec<u8>], credential: Option<&Credential>) -> Result<ClientConfig, Error> {
    client_config_with_versions(bundle, credential, rustls::DEFAULT_VERSIONS)
}

/// As [`client_config`], offering these versions of TLS only.
///
/// # Errors
///
/// As for [`client_config`].
pub fn client_config_with_versions(
    bundle: &[Vec<u8>],
    credential: Option<&Credential>,
    versions: &[&'static SupportedProtocolVersion],
) -> Result<ClientConfig, Error> {
    let mut roots = RootCertStore::empty();
    for authority in bundle {
        roots.add(CertificateDer::from(authority.clone()))?;
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = AnyName { roots, provider: Arc::clone(&provider) };
    let builder = ClientConfig::builder_with_provider(provider).with_protocol_versions(versions)?;
    let builder = builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
    match credential {
        Some(credential) => {
            let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(credential.private_key.clone()));
            builder.with_client_auth_cert(vec![CertificateDer::from(credential.certificate.clone())], key)
        }
        None => Ok(builder.with_no_client_auth()),
    }
}

/// Verifies the chain, not the name.
#[derive(Debug)]
struct AnyName {
    roots: RootCertStore,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for AnyName {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let algorithms = self.provider.signature_verification_algorithms.all;
        let certificate = ParsedCertificate::try_from(end_entity)?;
        verify_server_cert_signed_by_trust_anchor(&certificate, &self.roots, intermediates, now, algorithms)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
#[path = "mutual_tls/tests.rs"]
mod tests;
