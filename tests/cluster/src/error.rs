//! What can go wrong with a cluster.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Why a cluster did not start, or did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClusterError {
    /// A file could not be read, written, made or removed.
    #[error("cannot {doing} {}", path.display())]
    File {
        /// What was being done.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A program could not be run at all.
    #[error("cannot run {program}; tests/cluster/packages installs what is needed")]
    Run {
        /// The program.
        program: String,
        /// The cause.
        source: io::Error,
    },
    /// A program failed.
    #[error("{program} failed: {output}")]
    Command {
        /// The program and its arguments.
        program: String,
        /// What it said.
        output: String,
    },
    /// Something did not happen in time.
    #[error("{what} did not happen within {} s: {last}", limit.as_secs())]
    Timeout {
        /// What was waited for.
        what: String,
        /// For how long.
        limit: Duration,
        /// What was seen last.
        last: String,
    },
    /// A program that has to live as long as the cluster has ended.
    #[error("{name} has ended; its log is {}", log.display())]
    Ended {
        /// Its name.
        name: String,
        /// Its log.
        log: PathBuf,
    },
    /// A certificate could not be made.
    #[error("cannot make a certificate")]
    Certificate(#[from] rcgen::Error),
    /// A key could not be read for TLS.
    #[error("cannot set up TLS")]
    Tls(#[from] rustls::Error),
    /// An answer was not what was expected.
    #[error("{what} answered unexpectedly: {answer}")]
    Answer {
        /// Who.
        what: String,
        /// What came.
        answer: String,
    },
    /// The side that stands in for AWS did not start.
    #[error("the AWS side did not start")]
    Stack(#[from] stack::StackError),
    /// There is no such cluster.
    #[error("clusters are numbered from 0 to {}, not {number}", crate::Plan::MOST - 1)]
    Number {
        /// What was asked for.
        number: u8,
    },
    /// The cluster runs already.
    #[error("cluster {number} runs already; `cluster down --number {number}` ends it")]
    Running {
        /// Its number.
        number: u8,
    },
    /// The user is not root.
    #[error("namespaces need root")]
    NotRoot,
}

impl ClusterError {
    /// For `map_err`: the failure of `doing` something to `path`.
    pub(crate) fn file(doing: &'static str, path: impl AsRef<Path>) -> impl FnOnce(io::Error) -> Self {
        let path = path.as_ref().to_owned();
        move |source| Self::File { doing, path, source }
    }
}
