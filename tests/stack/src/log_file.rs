//! The log of one process: a file that outlives the process, within the scratch directory.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

use crate::StackError;

/// How many lines an error carries.
const TAIL_LINES: usize = 15;

/// The last lines that a process printed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogTail(Vec<String>);

impl LogTail {
    /// The lines, oldest first.
    #[must_use]
    pub fn lines(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for LogTail {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|line| writeln!(formatter, "  | {line}"))
    }
}

/// A process's standard output and standard error, in the order in which they were written.
#[derive(Debug, Clone)]
pub struct LogFile(PathBuf);

impl LogFile {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Everything so far; bytes that are no UTF-8 are replaced.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn text(&self) -> Result<String, StackError> {
        let bytes = std::fs::read(&self.0).map_err(StackError::file("read", &self.0))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The last lines; none when there is no log.
    #[must_use]
    pub fn tail(&self) -> LogTail {
        let text = self.text().unwrap_or_default();
        let lines: Vec<_> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        let start = lines.len().saturating_sub(TAIL_LINES);
        LogTail(lines.into_iter().skip(start).map(str::to_owned).collect())
    }

    /// Opens the file for a process to append to.
    pub(crate) fn open(&self) -> Result<File, StackError> {
        OpenOptions::new().create(true).append(true).open(&self.0).map_err(StackError::file("open", &self.0))
    }
}
