//! The emulator's Python environment, made once from a lock file with hashes and kept in the cache.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio::process::Command;

use crate::hexadecimal::hexadecimal;
use crate::process::{ProcessSpec, outcome, run_to_end};
use crate::progress::Progress;
use crate::scratch::Scratch;
use crate::{StackError, settings};

/// What the four source-only dependencies are built with.
const BUILD_LOCK: &str = include_str!("../../emulator/build-requirements.txt");
/// The emulator and everything that it needs.
const LOCK: &str = include_str!("../../emulator/requirements.txt");
/// Exist as source only. Everything else must come as a wheel: installing it runs none of its code.
const SOURCE_ONLY: &str = "airspeed-ext,crontab,jsonpath-rw,tailer";
/// The oldest Python that the lock was made for.
const OLDEST: (u32, u32) = (3, 11);
/// How long the installation may take; a minute is usual.
const LIMIT: Duration = Duration::from_mins(15);
/// Its last act, so that a half-made environment is never used.
const MARKER: &str = "complete";

/// The interpreter of an environment in which the emulator is installed.
///
/// Stacks that start at the same time wait for the one that installs.
pub(super) async fn environment(scratch: &Scratch, progress: &Progress) -> Result<PathBuf, StackError> {
    let (interpreter, version) = interpreter().await?;
    let cache = settings::cache();
    let directory = cache.join(directory_name(version));
    let python = directory.join("bin/python");
    if directory.join(MARKER).exists() {
        return Ok(python);
    }
    fs::create_dir_all(&cache).map_err(StackError::file("make", &cache))?;
    let _lock = exclusive(&cache.join("emulator.lock"), progress).await?;
    if !directory.join(MARKER).exists() {
        progress.say("installing the AWS emulator: once, about a minute and 510 MiB");
        install(&interpreter, &directory, scratch).await?;
    }
    Ok(python)
}

/// The cache holds one environment for each lock and each version of Python.
fn directory_name((major, minor): (u32, u32)) -> String {
    let digest = Sha256::new().chain_update(BUILD_LOCK).chain_update(LOCK).finalize();
    format!("emulator-{:.16}-python{major}.{minor}", hexadecimal(&digest))
}

/// Holds the lock until the file is dropped, which the end of the process also does.
async fn exclusive(path: &Path, progress: &Progress) -> Result<File, StackError> {
    let file = File::create(path).map_err(StackError::file("make", path))?;
    let mut told = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(StackError::file("lock", path)(error)),
            Err(TryLockError::WouldBlock) if !told => {
                progress.say("waiting: another stack installs the AWS emulator");
                told = true;
            }
            Err(TryLockError::WouldBlock) => tokio::time::sleep(Duration::from_millis(200)).await,
        }
    }
}

async fn install(interpreter: &str, directory: &Path, scratch: &Scratch) -> Result<(), StackError> {
    if directory.exists() {
        fs::remove_dir_all(directory).map_err(StackError::file("remove", directory))?;
    }
    let locks = settings::repository().join("tests/stack/emulator");
    let python = directory.join("bin/python");
    let base = vec!["-m".into(), "venv".into(), directory.display().to_string()];
    step("python -m venv", Path::new(interpreter), base, scratch).await?;
    let tools = pip(&["--only-binary", ":all:"], &locks.join("build-requirements.txt"));
    step("pip install of the build tools", &python, tools, scratch).await?;
    let options = ["--only-binary", ":all:", "--no-binary", SOURCE_ONLY, "--no-build-isolation"];
    step("pip install", &python, pip(&options, &locks.join("requirements.txt")), scratch).await?;
    let marker = directory.join(MARKER);
    fs::write(&marker, "").map_err(StackError::file("write", &marker))
}

fn pip(options: &[&str], lock: &Path) -> Vec<String> {
    let fixed =
        ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"];
    let mut arguments: Vec<_> = fixed.iter().chain(options).map(|&argument| argument.to_owned()).collect();
    arguments.extend(["-r".to_owned(), lock.display().to_string()]);
    arguments
}

/// Runs one command of the installation with the developer's own environment: it may name a mirror or a proxy.
async fn step(
    step: &'static str,
    program: &Path,
    arguments: Vec<String>,
    scratch: &Scratch,
) -> Result<(), StackError> {
    let log = scratch.log("emulator-install");
    let mut spec = ProcessSpec::new(step, program, log.clone()).arguments(arguments);
    spec.inherit_environment = true;
    let status = run_to_end(&spec, LIMIT).await?;
    if status.success() {
        return Ok(());
    }
    Err(StackError::EmulatorInstall { step, outcome: outcome(status), tail: log.tail() })
}

/// `PYTHON`, else the first of the usual names that is new enough, with its version.
async fn interpreter() -> Result<(String, (u32, u32)), StackError> {
    let candidates = match settings::variable("PYTHON") {
        Some(chosen) => vec![chosen],
        None => ["python3", "python3.13", "python3.12", "python3.11"].map(str::to_owned).to_vec(),
    };
    let mut tried = Vec::new();
    for candidate in candidates {
        match version(&candidate).await {
            Some(version) if version >= OLDEST => return Ok((candidate, version)),
            Some((major, minor)) => tried.push(format!("{candidate} is {major}.{minor}")),
            None => tried.push(format!("{candidate} does not run")),
        }
    }
    Err(StackError::PythonMissing { tried: tried.join(", ") })
}

async fn version(interpreter: &str) -> Option<(u32, u32)> {
    let script = "import sys; print(*sys.version_info[:2])";
    let output = Command::new(interpreter).args(["-c", script]).kill_on_drop(true).output().await.ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (major, minor) = text.trim().split_once(' ')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
