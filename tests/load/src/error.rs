//! What can go wrong, each as one line.

use std::io;
use std::path::PathBuf;

/// Why a run ended without figures.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    /// The stack did not do what it should.
    #[error(transparent)]
    Stack(#[from] stack::StackError),
    /// The operating system refused something.
    #[error("cannot {doing}")]
    System { doing: String, source: io::Error },
    /// One core cannot hold both the server and what loads it.
    #[error("a comparison needs two cores and this process may use {0}")]
    Cores(usize),
    /// A program is not built.
    #[error("{} is not built: run `cargo build --release` and `cargo build --release -p load`", .0.display())]
    NotBuilt(PathBuf),
    /// A server that was started here did not become ready.
    #[error("{server} was not ready within {seconds} s; its last words: {words}")]
    NotReady { server: &'static str, seconds: u64, words: String },
    /// Something that is read has another shape than expected.
    #[error("{what} is not as expected: {found}")]
    Unexpected { what: &'static str, found: String },
    /// Clicks did not arrive in the statistics.
    #[error("{missing} of {accepted} clicks were not counted within {seconds} s")]
    Uncounted { missing: u64, accepted: u64, seconds: u64 },
}

impl LoadError {
    /// An operating system's error, for `map_err`.
    pub(crate) fn system<E: Into<io::Error>>(doing: impl Into<String>) -> impl FnOnce(E) -> Self {
        let doing = doing.into();
        move |source| Self::System { doing, source: source.into() }
    }

    /// Something unexpected.
    pub(crate) fn unexpected(what: &'static str, found: impl Into<String>) -> Self {
        Self::Unexpected { what, found: found.into() }
    }

    /// The error and its causes as one line.
    pub(crate) fn one_line(&self) -> String {
        if let Self::Stack(error) = self {
            return error.one_line();
        }
        let cause = std::error::Error::source(self).map(|cause| format!(": {cause}")).unwrap_or_default();
        format!("{self}{cause}").replace('\n', " ")
    }
}
