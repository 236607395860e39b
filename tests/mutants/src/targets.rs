//! Where cargo put the test executables.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::error::MutantError;

/// Test executables by the name of their target.
pub(crate) type Targets = BTreeMap<String, PathBuf>;

#[derive(Deserialize)]
struct Line {
    target: Option<Target>,
    executable: Option<PathBuf>,
    profile: Option<Profile>,
    message: Option<Diagnostic>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

#[derive(Deserialize)]
struct Diagnostic {
    rendered: Option<String>,
}

/// Builds everything in `tree`, by the selection of the whole proof so that nothing is compiled twice, and lists the
/// test executables.
pub(crate) fn build(tree: &Path) -> Result<Targets, MutantError> {
    let output = Command::new(env!("CARGO"))
        .args(["build", "--workspace", "--all-targets", "--quiet", "--message-format=json"])
        .current_dir(tree)
        .env_remove("CARGO_TARGET_DIR")
        .stdin(Stdio::null())
        .output()
        .map_err(MutantError::file(tree))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let messages: Vec<Line> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    if !output.status.success() {
        let rendered = messages.into_iter().filter_map(|message| message.message?.rendered);
        return Err(MutantError::DoesNotCompile(
            rendered.collect::<String>() + &String::from_utf8_lossy(&output.stderr),
        ));
    }
    Ok(messages
        .into_iter()
        .filter(|message| message.profile.as_ref().is_some_and(|profile| profile.test))
        .filter_map(|message| Some((message.target?.name, message.executable?)))
        .collect())
}
