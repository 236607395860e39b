//! What can go wrong around an image.

use std::io;
use std::path::{Path, PathBuf};

/// Why something about an image could not be done, or was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SupplyChainError {
    /// A file could not be read, written or removed.
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
    #[error("cannot run {program}; services/images/packages installs what is needed")]
    Run {
        /// The program.
        program: String,
        /// The cause.
        source: io::Error,
    },
    /// A program said no.
    #[error("{program} failed: {output}")]
    Command {
        /// The program and its arguments.
        program: String,
        /// What it said.
        output: String,
    },
    /// The registry answered otherwise than expected, or not at all.
    #[error("the registry, asked for {url}")]
    Registry {
        /// What was asked for.
        url: String,
        /// The cause.
        source: Box<ureq::Error>,
    },
    /// A program holds no list of its crates that can be read.
    #[error("cannot read the crates of {}", path.display())]
    Program {
        /// The program.
        path: PathBuf,
        /// The cause.
        source: Box<auditable_info::Error>,
    },
    /// A document is not of the form that it has to be.
    #[error("{what} is not what it should be: {found}")]
    Document {
        /// The document.
        what: String,
        /// What was found.
        found: String,
    },
}

impl SupplyChainError {
    /// An error about the file at `path`, for `map_err`.
    pub(crate) fn file(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { doing, path, source }
    }

    /// An error about a document, for `map_err`.
    pub(crate) fn document<E: std::fmt::Display>(what: impl Into<String>) -> impl FnOnce(E) -> Self {
        let what = what.into();
        move |error| Self::Document { what, found: error.to_string() }
    }
}
