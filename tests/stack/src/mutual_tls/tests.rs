use rustls::ServerConfig;
use rustls::server::WebPkiClientVerifier;
use time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_util::task::AbortOnDropHandle;

use super::*;
use crate::http_client::HttpClient;
use crate::names::{TRUST_DOMAIN, Workload};
use crate::ports;
use crate::svid::{Authority, Leaf};

const ANSWER: &[u8] = b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n";

fn svid(authority: &Authority, workload: Workload) -> Credential {
    authority.issue(&Leaf::svid(workload.spiffe_id(), Duration::minutes(5))).unwrap()
}

/// A server that takes any client certificate of `clients` and shows an SVID of `own`.
async fn serve(own: &Authority, clients: &Authority) -> (String, AbortOnDropHandle<()>) {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(clients.certificate().to_vec())).unwrap();
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let credential = svid(own, Workload::UrlService);
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(credential.private_key));
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier.build().unwrap())
        .with_single_cert(vec![CertificateDer::from(credential.certificate)], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind(ports::loopback(0)).await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            if let Ok(mut stream) = acceptor.accept(stream).await {
                stream.write_all(ANSWER).await.unwrap();
                stream.shutdown().await.unwrap();
            }
        }
    });
    (url, AbortOnDropHandle::new(server))
}

fn client(trusted: &Authority, credential: Option<&Credential>) -> HttpClient {
    HttpClient::with_tls(client_config(&[trusted.certificate().to_vec()], credential).unwrap())
}

#[tokio::test]
async fn a_credential_of_the_trust_domain_is_served_and_no_other() {
    let authority = Authority::generate(TRUST_DOMAIN).unwrap();
    let stranger = Authority::generate(TRUST_DOMAIN).unwrap();
    let (url, _server) = serve(&authority, &authority).await;

    let worker = svid(&authority, Workload::Worker);
    assert_eq!(client(&authority, Some(&worker)).get(&url).await.unwrap().status, 204);

    client(&authority, None).get(&url).await.unwrap_err();
    let forged = svid(&stranger, Workload::Worker);
    client(&authority, Some(&forged)).get(&url).await.unwrap_err();
}

#[tokio::test]
async fn a_server_of_another_authority_is_refused() {
    let authority = Authority::generate(TRUST_DOMAIN).unwrap();
    let stranger = Authority::generate(TRUST_DOMAIN).unwrap();
    let (url, _server) = serve(&stranger, &authority).await;

    let worker = svid(&authority, Workload::Worker);
    client(&authority, Some(&worker)).get(&url).await.unwrap_err();
}
