//! The programs of the cluster: built by `engines/build`, found by name.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::ClusterError;
use crate::machine::run;

/// Every program, by name.
#[derive(Clone, Debug)]
pub struct Engines(BTreeMap<String, PathBuf>);

impl Engines {
    /// Builds what is missing of these programs, or of all that a whole cluster needs when none is named, with the
    /// builder's progress on standard error.
    ///
    /// # Errors
    ///
    /// When the builder is missing or fails.
    pub fn build(names: &[&str]) -> Result<Self, ClusterError> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("engines/build");
        let program = script.display().to_string();
        let failed = |source| ClusterError::Run { program: program.clone(), source };
        let output = Command::new(&script).args(names).stderr(Stdio::inherit()).output().map_err(failed)?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            return Err(ClusterError::Command { program, output: text });
        }
        let pairs = text.lines().filter_map(|line| line.split_once(' '));
        Ok(Self(pairs.map(|(name, path)| (name.to_owned(), PathBuf::from(path))).collect()))
    }

    /// Where the program `name` is.
    ///
    /// # Errors
    ///
    /// When `engines/list` does not name it.
    pub fn path(&self, name: &str) -> Result<&Path, ClusterError> {
        self.0.get(name).map(PathBuf::as_path).ok_or_else(|| ClusterError::Answer {
            what: "engines/build".to_owned(),
            answer: format!("no program {name}"),
        })
    }

    /// A search path with every program before the system's own.
    pub(crate) fn search_path(&self) -> String {
        let folders = self.0.values().filter_map(|path| path.parent()).map(|path| path.display().to_string());
        let system = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".to_owned();
        folders.chain([system]).collect::<Vec<_>>().join(":")
    }
}

/// The folder of a module that the programs of `engines/<engine>` are built from, which also holds the definitions of
/// their kinds.
///
/// # Errors
///
/// When it cannot be had.
pub(crate) fn module(engine: &str, module: &str) -> Result<PathBuf, ClusterError> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("engines").join(engine);
    let mut command = Command::new("go");
    command.args(["mod", "download", "-json", module]).current_dir(folder).env("GOFLAGS", "-mod=readonly");
    let text = run(&mut command)?;
    let answer = serde_json::from_str::<Value>(&text).unwrap_or_default();
    let folder = answer.pointer("/Dir").and_then(Value::as_str).map(PathBuf::from);
    folder.ok_or(ClusterError::Answer { what: "go mod download".to_owned(), answer: text })
}
