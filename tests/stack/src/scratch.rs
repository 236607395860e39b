//! The directory of one run. It holds everything that the run writes and goes with it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::StackError;
use crate::log_file::LogFile;
use crate::settings;

/// The scratch directory of one stack; removed when dropped, unless `STACK_KEEP` is set.
#[derive(Debug)]
pub(crate) struct Scratch {
    root: TempDir,
}

impl Scratch {
    /// Makes the directory under the system's directory for temporary files.
    pub(crate) fn new() -> Result<Self, StackError> {
        let parent = std::env::temp_dir();
        // A short name: the path of a Unix socket below it must stay under 104 bytes.
        let mut root = tempfile::Builder::new()
            .prefix("zte-")
            .tempdir()
            .map_err(StackError::file("write in", &parent))?;
        root.disable_cleanup(settings::variable("STACK_KEEP").is_some());
        // Others may pass through, for PostgreSQL runs as another user under root, but may not look.
        set_mode(root.path(), 0o711)?;
        let scratch = Self { root };
        scratch.directory("logs")?;
        Ok(scratch)
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.root.path()
    }

    /// Makes a directory in it that only this user may enter.
    pub(crate) fn directory(&self, name: &str) -> Result<PathBuf, StackError> {
        let path = self.root.path().join(name);
        fs::create_dir_all(&path).map_err(StackError::file("make", &path))?;
        set_mode(&path, 0o700)?;
        Ok(path)
    }

    /// The log of the process called `name`.
    pub(crate) fn log(&self, name: &str) -> LogFile {
        LogFile::new(self.root.path().join("logs").join(format!("{name}.log")))
    }
}

/// Sets the permission bits of `path`.
pub(crate) fn set_mode(path: &Path, mode: u32) -> Result<(), StackError> {
    fs::set_permissions(path, Permissions::from_mode(mode)).map_err(StackError::file("set the mode of", path))
}
