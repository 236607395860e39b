//! The client's network address, as far as it can be believed.
//!
//! `X-Forwarded-For` is written by whoever likes. Only the last entries are: those that our own proxies
//! appended. How many there are is a setting; by default there are none, and the address is the peer's.

use std::net::IpAddr;

use axum::http::{Extensions, HeaderMap};
use runtime::http_server::PeerAddress;

/// The client's address behind `hops` proxies that each append the address they see.
pub(crate) fn client_address(extensions: &Extensions, headers: &HeaderMap, hops: usize) -> Option<IpAddr> {
    let peer = extensions.get::<PeerAddress>().map(|peer| peer.0.ip());
    let Some(skip) = hops.checked_sub(1) else { return peer };
    let entries = headers
        .get_all("x-forwarded-for")
        .into_iter()
        .rev()
        .flat_map(|value| value.to_str().unwrap_or_default().rsplit(',').map(str::trim));
    // Fewer entries than proxies: somebody reached the service around them, and only the peer is certain.
    let mut entries = entries;
    entries.nth(skip).and_then(parse).or(peer)
}

/// An address, with or without a port.
fn parse(text: &str) -> Option<IpAddr> {
    text.parse().ok().or_else(|| text.parse::<std::net::SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn address(hops: usize, headers: &[&'static str]) -> String {
        let mut extensions = Extensions::new();
        extensions.insert(PeerAddress("10.0.0.1:5000".parse().unwrap()));
        let mut map = HeaderMap::new();
        for value in headers {
            map.append("x-forwarded-for", HeaderValue::from_static(value));
        }
        client_address(&extensions, &map, hops).unwrap().to_string()
    }

    #[test]
    fn only_what_trusted_proxies_appended_is_believed() {
        assert_eq!(address(0, &["203.0.113.9"]), "10.0.0.1", "no proxy is trusted by default");
        assert_eq!(address(1, &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(address(1, &["6.6.6.6, 203.0.113.9"]), "203.0.113.9", "a client's own entry is ignored");
        assert_eq!(address(2, &["6.6.6.6, 203.0.113.9, 10.0.0.7"]), "203.0.113.9");
        assert_eq!(address(2, &["6.6.6.6, 203.0.113.9", "10.0.0.7"]), "203.0.113.9", "headers are one list");
        assert_eq!(address(2, &["203.0.113.9"]), "10.0.0.1", "fewer entries than proxies");
        assert_eq!(address(1, &["unknown"]), "10.0.0.1");
        assert_eq!(address(1, &["[2001:db8::1]:443"]), "2001:db8::1");
    }
}
