//! What can go wrong besides what is tested.

use std::io;
use std::path::PathBuf;

/// A failure of the harness.
#[derive(Debug, thiserror::Error)]
pub enum AdmissionError {
    /// The control plane did not do what was asked.
    #[error(transparent)]
    Cluster(#[from] cluster::ClusterError),
    /// The API server did not answer.
    #[error("the API server did not answer")]
    Request(#[from] stack::StackError),
    /// A certificate cannot be used.
    #[error("cannot set up TLS")]
    Tls(#[from] rustls::Error),
    /// A certificate cannot be read.
    #[error("cannot read a certificate")]
    Pem(#[from] rustls::pki_types::pem::Error),
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file does not say what it should.
    #[error("{}: {reason}", path.display())]
    Content {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A case cannot be made into a request.
    #[error("{name}: {reason}")]
    Case {
        /// Which.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A request that had to succeed did not.
    #[error("{request} was answered {status}: {message}")]
    Refused {
        /// What was asked.
        request: String,
        /// The status.
        status: u16,
        /// What the API server said.
        message: String,
    },
}
