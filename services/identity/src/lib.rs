//! Who this process is, to AWS and to its neighbours, and nothing else.
//!
//! - [`irsa`]: AWS credentials through `AssumeRoleWithWebIdentity` from a projected token, and from nowhere
//!   else. Whatever could tempt the SDK to another source makes the process refuse to start.
//! - [`secret`]: secrets read at run time from Secrets Manager with those credentials.
//! - [`spiffe`]: the X.509 SVID from the SPIFFE Workload API, and mutual TLS that admits exact SPIFFE IDs.
//! - [`life`]: how old each credential is and how long it is still good for, as metrics.
//! - [`tls`]: the one cryptographic provider of the process, TLS 1.3 only.

#[cfg(test)]
mod fakes;
pub mod irsa;
pub mod life;
pub mod secret;
pub mod spiffe;
pub mod tls;
