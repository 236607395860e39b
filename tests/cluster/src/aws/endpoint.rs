//! Doors: an address of the AWS side that hands what comes to a program behind it.

use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::ClusterError;

/// The endpoints' certificate, `aws-endpoints.crt` of the run in `directory`.
pub(super) fn tls(directory: &Path) -> Result<TlsAcceptor, ClusterError> {
    let unreadable = |error: rustls::pki_types::pem::Error| ClusterError::Answer {
        what: "the endpoints' certificate".to_owned(),
        answer: error.to_string(),
    };
    let certificate =
        CertificateDer::from_pem_file(directory.join("aws-endpoints.crt")).map_err(unreadable)?;
    let key = PrivateKeyDer::from_pem_file(directory.join("aws-endpoints.key")).map_err(unreadable)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Takes TLS at `address` and hands the plain text to `behind`, `host:port`.
pub(super) async fn serve_tls(
    address: (Ipv4Addr, u16),
    tls: TlsAcceptor,
    behind: String,
) -> Result<(), ClusterError> {
    let listener = bind(address).await?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (tls, behind) = (tls.clone(), behind.clone());
            tokio::spawn(async move {
                if let Ok(stream) = tls.accept(stream).await {
                    relay(stream, &behind).await;
                }
            });
        }
    });
    Ok(())
}

/// Hands what comes to `address` to `behind` as it is.
pub(super) async fn forward(address: (Ipv4Addr, u16), behind: String) -> Result<(), ClusterError> {
    let listener = bind(address).await?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let behind = behind.clone();
            tokio::spawn(async move { relay(stream, &behind).await });
        }
    });
    Ok(())
}

/// Binds a listener to an address of the AWS side.
pub(super) async fn bind(address: (Ipv4Addr, u16)) -> Result<TcpListener, ClusterError> {
    TcpListener::bind(address)
        .await
        .map_err(ClusterError::file("listen on", format!("{}:{}", address.0, address.1)))
}

async fn relay(mut from: impl AsyncRead + AsyncWrite + Unpin, behind: &str) {
    // A peer that breaks off is the peer's business; the other direction ends with it.
    if let Ok(mut to) = TcpStream::connect(behind).await {
        let _ = copy_bidirectional(&mut from, &mut to).await;
    }
}
