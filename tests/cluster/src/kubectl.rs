//! kubectl against one cluster: whoever provides it.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::ClusterError;
use crate::machine::run;

/// kubectl and who it speaks as.
#[derive(Clone, Debug)]
pub struct Kubectl {
    program: PathBuf,
    kubeconfig: PathBuf,
}

impl Kubectl {
    /// This program with this kubeconfig.
    #[must_use]
    pub fn new(program: &Path, kubeconfig: &Path) -> Self {
        Self { program: program.to_owned(), kubeconfig: kubeconfig.to_owned() }
    }

    /// The kubeconfig's path.
    #[must_use]
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// The program's path.
    #[must_use]
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Runs kubectl and returns what it printed.
    ///
    /// # Errors
    ///
    /// When it fails; what it said is in the error.
    pub fn run(&self, arguments: &[&str]) -> Result<String, ClusterError> {
        run(self.command().args(arguments))
    }

    /// Runs `kubectl get` and returns the object.
    ///
    /// # Errors
    ///
    /// As for [`Kubectl::run`], and when the answer is not JSON.
    pub fn get(&self, arguments: &[&str]) -> Result<Value, ClusterError> {
        let text = self.run(&[&["get", "-o", "json"], arguments].concat())?;
        serde_json::from_str(&text)
            .map_err(|error| ClusterError::Answer { what: "kubectl".to_owned(), answer: error.to_string() })
    }

    /// Applies manifests given as text.
    ///
    /// # Errors
    ///
    /// As for [`Kubectl::run`].
    pub fn apply(&self, manifests: &str) -> Result<String, ClusterError> {
        self.feed(&["apply", "-f", "-"], manifests)
    }

    /// Runs kubectl with this on its standard input.
    ///
    /// # Errors
    ///
    /// As for [`Kubectl::run`].
    pub fn feed(&self, arguments: &[&str], input: &str) -> Result<String, ClusterError> {
        let program = format!("kubectl {}", arguments.join(" "));
        let failed = |source| ClusterError::Run { program: program.clone(), source };
        let mut command = self.command();
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(failed)?;
        if let Some(mut stdin) = child.stdin.take() {
            // A kubectl that refuses its input early says why on its standard error.
            let _ = stdin.write_all(input.as_bytes());
        }
        let output = child.wait_with_output().map_err(failed)?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if output.status.success() {
            return Ok(text(&output.stdout));
        }
        Err(ClusterError::Command { program, output: text(&output.stderr) })
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--kubeconfig").arg(&self.kubeconfig);
        command
    }
}
