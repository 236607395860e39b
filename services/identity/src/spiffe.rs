//! SPIFFE: the process's own X.509 SVID, and mutual TLS with exact peers.
//! (<https://github.com/spiffe/spiffe/blob/main/standards/X509-SVID.md>)

mod client;
mod connection;
mod connector;
mod peer;
mod refusal;
mod server;
mod server_tls;
mod source;

pub use connector::{ConnectError, MtlsConnector};
pub use peer::Peer;
pub use refusal::{Refusals, reason as refusal_reason};
pub use server::MtlsAcceptor;
pub use server_tls::TlsServer;
pub use source::{Settings, SpiffeError, Svid};
pub use spiffe::{SpiffeId, TrustDomain};
