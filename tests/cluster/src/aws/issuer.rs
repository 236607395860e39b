//! What EKS publishes for the cluster's issuer: a discovery document and the keys that the API server signs with.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::endpoint::bind;
use crate::ClusterError;

/// Publishes `keys` (a JWK set) for `issuer` on a free port of the loopback interface.
pub(super) async fn publish(issuer: String, keys: String) -> Result<SocketAddr, ClusterError> {
    let listener = bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr().map_err(ClusterError::file("listen on", "loopback"))?;
    let path = issuer.splitn(4, '/').nth(3).unwrap_or_default().to_owned();
    let discovery = serde_json::json!({
        "issuer": issuer,
        "jwks_uri": format!("{issuer}/keys"),
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    });
    let documents = [
        (format!("/{path}/.well-known/openid-configuration"), discovery.to_string()),
        (format!("/{path}/keys"), keys),
    ];
    tokio::spawn(serve(listener, documents));
    Ok(address)
}

async fn serve(listener: TcpListener, documents: [(String, String); 2]) {
    while let Ok((stream, _)) = listener.accept().await {
        let _ = answer(stream, &documents).await;
    }
}

/// One request on each connection, and nothing but these two documents: no HTTP server is needed for that.
async fn answer(mut stream: TcpStream, documents: &[(String, String)]) -> std::io::Result<()> {
    let mut request = [0_u8; 4096];
    let length = stream.read(&mut request).await?;
    let text = String::from_utf8_lossy(request.get(..length).unwrap_or_default()).into_owned();
    let path = text.split_whitespace().nth(1).unwrap_or_default();
    let found = documents.iter().find(|(known, _)| known == path);
    let (status, body) = found.map_or(("404 Not Found", ""), |(_, body)| ("200 OK", body));
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).await
}
