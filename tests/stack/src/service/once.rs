//! A service run to its end: the migrations, and the start-ups that must be refused.

use std::path::Path;
use std::time::Duration;

use super::environment::Environment;
use super::instance::spec;
use crate::StackError;
use crate::log_file::LogFile;
use crate::process::run_to_end;

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// The exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// Everything that it printed to standard output and standard error.
    pub output: String,
}

/// Runs a binary to its end, within `limit`.
pub(crate) async fn run(
    name: &str,
    program: &Path,
    environment: &Environment,
    log: LogFile,
    limit: Duration,
) -> Result<Finished, StackError> {
    let status = run_to_end(&spec(name, program, environment, &log), limit).await?;
    Ok(Finished { code: status.code(), output: log.text()? })
}
