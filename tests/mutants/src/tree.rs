//! Copies of the repository in which a guard is missing.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;
use trust_map::repository;

use crate::error::MutantError;

/// A copy of the files that git knows or would take, removed when dropped.
#[derive(Debug)]
pub(crate) struct Tree {
    directory: TempDir,
}

impl Tree {
    /// Copies the repository as it is in the working tree, with a link to what is fetched once.
    pub(crate) fn copy() -> Result<Self, MutantError> {
        // On the file system of the build directory, whose files are linked.
        let parent = repository().join("target/mutants");
        fs::create_dir_all(&parent).map_err(MutantError::file(&parent))?;
        let directory = TempDir::with_prefix_in("tree-", &parent).map_err(MutantError::file(&parent))?;
        for file in files()? {
            let (from, to) = (repository().join(&file), directory.path().join(&file));
            if let Some(parent) = to.parent() {
                fs::create_dir_all(parent).map_err(MutantError::file(parent))?;
            }
            fs::copy(&from, &to).map_err(MutantError::file(&from))?;
        }
        let cache = repository().join(".cache");
        if cache.exists() {
            symlink(&cache, directory.path().join(".cache")).map_err(MutantError::file(&cache))?;
        }
        Ok(Self { directory })
    }

    /// A copy that can be built in: what is compiled already and lies in no directory of ours is linked, not compiled
    /// again. Cargo never writes into such files: it replaces them.
    pub(crate) fn workshop() -> Result<Self, MutantError> {
        let tree = Self::copy()?;
        let from = repository().join("target/debug");
        for part in ["build", "deps", ".fingerprint"] {
            let to = tree.path().join("target/debug");
            fs::create_dir_all(&to).map_err(MutantError::file(&to))?;
            let status = Command::new("cp").arg("-al").arg(from.join(part)).arg(&to).status();
            let linked = status.map_err(MutantError::file(&to))?.success();
            if !linked {
                return Err(MutantError::NoWorkshop { path: to });
            }
        }
        Ok(tree)
    }

    /// Its root.
    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }
}

/// Tracked files and new ones that are not ignored, as long as they exist.
fn files() -> Result<Vec<PathBuf>, MutantError> {
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(repository())
        .output()
        .map_err(MutantError::file(repository()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let paths = text.split('\0').filter(|path| !path.is_empty()).map(PathBuf::from);
    Ok(paths.filter(|path| repository().join(path).is_file()).collect())
}
