//! The manifests as files, and as kustomize renders them.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize as _;
use serde_json::Value;
use tempfile::TempDir;
use trust_map::repository;

/// The overlays.
pub(crate) const OVERLAYS: [&str; 2] = ["production", "local"];

/// A copy of the manifests whose overlays have the example's values.
pub(crate) struct Copy(TempDir);

impl Copy {
    pub(crate) fn new() -> Self {
        let copy = Self(tempfile::tempdir().expect("a directory"));
        cluster::copy_with_example(&source(), copy.0.path(), &OVERLAYS).expect("a copy of the manifests");
        copy
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Renders an overlay; the error is what kustomize said.
    pub(crate) fn render(&self, overlay: &str) -> Result<Vec<Value>, String> {
        let output = Command::new("kubectl")
            .arg("kustomize")
            .arg(self.path(&format!("overlays/{overlay}")))
            .output()
            .expect("kubectl runs");
        if output.status.success() {
            return Ok(documents(&String::from_utf8_lossy(&output.stdout)));
        }
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// Whether there is a kubectl; what depends on one says so when there is none.
pub(crate) fn kubectl() -> bool {
    let found = Command::new("kubectl").args(["version", "--client"]).output().is_ok();
    if !found {
        let _ = writeln!(std::io::stderr(), "not looked: there is no kubectl on this machine");
    }
    found
}

/// The directory of the manifests.
pub(crate) fn source() -> PathBuf {
    repository().join("kubernetes")
}

/// The objects of a file of the manifests.
pub(crate) fn file(name: &str) -> Vec<Value> {
    let path = source().join(name);
    documents(&fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

/// The names of the files of a folder of the manifests, but for the list of them.
pub(crate) fn folder(name: &str) -> Vec<String> {
    let entries = fs::read_dir(source().join(name)).expect("a folder of the manifests");
    let names = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"));
    let mut names: Vec<_> = names.filter(|file| file != "kustomization.yaml").collect();
    names.sort();
    names
}

/// Folders whose objects are not the system's own: of an account, put together from others, and what admission is tried with.
const LEFT_OUT: [&str; 4] = ["generated", "overlays", "good", "bad"];

/// The objects of a kind, wherever they are below the directory of the manifests.
pub(crate) fn objects(kind: &str) -> Vec<Value> {
    let mut found = Vec::new();
    collect(&source(), kind, &mut found);
    assert!(!found.is_empty(), "there is no {kind}");
    found
}

/// The object's name.
pub(crate) fn name(object: &Value) -> &str {
    object["metadata"]["name"].as_str().unwrap_or_default()
}

fn collect(folder: &Path, kind: &str, found: &mut Vec<Value>) {
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() && !LEFT_OUT.iter().any(|folder| entry.ends_with(folder)) {
            collect(&entry, kind, found);
        } else if entry.extension().is_some_and(|extension| extension == "yaml") {
            let text = fs::read_to_string(&entry).expect("a manifest");
            found.extend(documents(&text).into_iter().filter(|object| object["kind"] == kind));
        }
    }
}

fn documents(text: &str) -> Vec<Value> {
    let documents = serde_norway::Deserializer::from_str(text);
    let values = documents.map(|document| Value::deserialize(document).expect("YAML"));
    values.filter(|value| !value.is_null()).collect()
}
