//! What can go wrong with a mutant.

use std::path::{Path, PathBuf};

/// Why a mutant proves nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MutantError {
    #[error("{path}: {source}", path = path.display())]
    File { path: PathBuf, source: std::io::Error },
    #[error("{path} is not a catalogue of mutants: {source}", path = path.display())]
    Catalogue { path: PathBuf, source: toml::de::Error },
    #[error("{file} holds the text that the mutant replaces {occurrences} times, not once", file = file.display())]
    DoesNotApply { file: PathBuf, occurrences: usize },
    #[error("it does not compile:\n{0}")]
    DoesNotCompile(String),
    #[error("cannot link what is compiled already into {path}", path = path.display())]
    NoWorkshop { path: PathBuf },
    #[error("there is no test target {0}")]
    UnknownTarget(String),
    #[error("without any mutant, {0} fails:\n{1}")]
    Baseline(String, String),
    #[error("{0} ran no test")]
    NoTest(String),
    #[error("it SURVIVED: {0} passed")]
    Survived(String),
    #[error("{0} was still running after {1} s")]
    TimedOut(String, u64),
}

impl MutantError {
    /// Names the file that an I/O error is about.
    pub(crate) fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        |source| Self::File { path, source }
    }
}
