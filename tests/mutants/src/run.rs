//! Running a test and reading how it ended.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::catalogue::TestFilter;
use crate::error::MutantError;
use crate::targets::Targets;

/// The longest that a test may take; one that never ends has not noticed.
const LIMIT: Duration = Duration::from_mins(10);
/// Between two looks at a running test.
const PAUSE: Duration = Duration::from_millis(50);

/// Where the test finds documents and binaries.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Places<'a> {
    /// The root of the documents.
    pub(crate) repository: &'a Path,
    /// The services' binaries; none for those of the working tree.
    pub(crate) binaries: Option<&'a Path>,
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) passed: bool,
    pub(crate) output: String,
}

impl TestFilter {
    /// The command, as a person would name it.
    pub(crate) fn title(&self) -> String {
        format!("{} {}", self.target, self.filter)
    }

    /// Runs the tests that the filter selects.
    pub(crate) fn run(&self, targets: &Targets, places: Places<'_>) -> Result<Ended, MutantError> {
        let executable =
            targets.get(&self.target).ok_or_else(|| MutantError::UnknownTarget(self.target.clone()))?;
        let scratch = tempfile::NamedTempFile::new().map_err(MutantError::file(executable))?;
        let open = || File::options().append(true).open(scratch.path());
        let mut command = Command::new(executable);
        command
            .arg(&self.filter)
            .env("REPOSITORY", places.repository)
            .stdin(Stdio::null())
            .stdout(open().map_err(MutantError::file(scratch.path()))?)
            .stderr(open().map_err(MutantError::file(scratch.path()))?);
        if let Some(binaries) = places.binaries {
            command.env("STACK_BIN_DIR", binaries);
        }
        let passed = self.wait(&mut command, executable)?;
        let output = std::fs::read_to_string(scratch.path()).map_err(MutantError::file(scratch.path()))?;
        if passed && !ran_a_test(&output) {
            return Err(MutantError::NoTest(self.title()));
        }
        Ok(Ended { passed, output })
    }

    fn wait(&self, command: &mut Command, executable: &Path) -> Result<bool, MutantError> {
        let mut child = command.spawn().map_err(MutantError::file(executable))?;
        let begun = Instant::now();
        loop {
            if let Some(status) = child.try_wait().map_err(MutantError::file(executable))? {
                return Ok(status.success());
            }
            if begun.elapsed() > LIMIT {
                drop(child.kill());
                drop(child.wait());
                return Err(MutantError::TimedOut(self.title(), LIMIT.as_secs()));
            }
            std::thread::sleep(PAUSE);
        }
    }
}

/// Whether a closing line counts at least one test that passed.
fn ran_a_test(output: &str) -> bool {
    output.lines().any(|line| line.starts_with("test result: ok.") && !line.contains(" 0 passed"))
}
