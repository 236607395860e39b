//! SPIFFE: the process's own X.509 SVID, and mutual TLS with exact peers.
//! (<https://github.com/spiffe/spiffe/blob/main/standards/X509-SVID.md>)

mod client;
mod peer;
mod server;
mod server_tls;
mod source;

pub use client::client_config;
pub use peer::Peer;
pub use server::MtlsAcceptor;
pub use server_tls::TlsServer;
pub use source::{Settings, SpiffeError, Svid};
pub use spiffe::{SpiffeId, TrustDomain};
