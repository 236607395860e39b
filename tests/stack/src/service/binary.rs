//! Where the services' binaries are.

use std::path::{Path, PathBuf};

use crate::names::Workload;
use crate::{StackError, settings};

/// The directory with the binaries of all workloads.
#[derive(Debug, Clone)]
pub(crate) struct Binaries {
    directory: PathBuf,
}

impl Binaries {
    /// `chosen`, else `STACK_BIN_DIR`, else the directory that Cargo put the running executable's siblings in.
    pub(crate) fn locate(chosen: Option<&Path>) -> Self {
        let named =
            chosen.map(Path::to_owned).or_else(|| settings::variable("STACK_BIN_DIR").map(PathBuf::from));
        Self { directory: named.unwrap_or_else(beside_this_executable) }
    }

    /// Refuses when a binary is missing, before anything is started.
    pub(crate) fn ensure_built(&self) -> Result<(), StackError> {
        Workload::ALL.into_iter().try_for_each(|workload| self.path(workload).map(drop))
    }

    /// The binary of a workload.
    pub(crate) fn path(&self, workload: Workload) -> Result<PathBuf, StackError> {
        let path = self.directory.join(workload.name());
        if path.is_file() {
            return Ok(path);
        }
        Err(StackError::NotBuilt { binary: workload.name(), directory: self.directory.clone() })
    }
}

/// `target/<profile>`; a test's executable is one directory deeper, in `deps`.
fn beside_this_executable() -> PathBuf {
    let executable = std::env::current_exe().unwrap_or_default();
    let directory = executable.parent().unwrap_or(Path::new("."));
    let directory = if directory.ends_with("deps") { directory.parent() } else { Some(directory) };
    directory.unwrap_or(Path::new(".")).to_owned()
}
