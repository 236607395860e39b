//! An image started by runc as Kubernetes starts it: `securityContext` of `kubernetes/*/deployment.yaml`.
//!
//! Not here: the seccomp profile `RuntimeDefault`, which is containerd's own, and a network namespace.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::SupplyChainError;
use crate::image::Image;
use crate::shell::run;

/// A container that runs. It ends, and leaves nothing, when this is dropped.
#[derive(Debug)]
pub struct Container {
    name: String,
    bundle: TempDir,
    runc: Child,
}

impl Drop for Container {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to do.
        let _ = run(self.command().args(["delete", "--force", &self.name]));
        let _ = self.runc.wait();
    }
}

impl Container {
    /// Starts an image with this environment and no other, and `folder` mounted to be read at `/test`.
    ///
    /// # Errors
    ///
    /// When the image cannot be unpacked or runc is missing.
    pub fn start(
        name: &str,
        image: &Image,
        environment: &[(&str, String)],
        folder: &Path,
    ) -> Result<Self, SupplyChainError> {
        let bundle = TempDir::new().map_err(SupplyChainError::file("make", &std::env::temp_dir()))?;
        let root = bundle.path().join("rootfs");
        image.unpack(&root)?;
        // runc makes these where it can; with a root that is only read, they have to be there.
        for point in ["proc", "dev", "test"] {
            fs::create_dir_all(root.join(point)).map_err(SupplyChainError::file("make", &root))?;
        }
        let config = specification(&image.config()?, environment, folder);
        let file = bundle.path().join("config.json");
        fs::write(&file, config.to_string()).map_err(SupplyChainError::file("write", &file))?;
        let log = File::create(bundle.path().join("log"))
            .map_err(SupplyChainError::file("write", bundle.path()))?;
        let errors = log.try_clone().map_err(SupplyChainError::file("write", bundle.path()))?;
        let name = format!("supply-chain-{name}-{}", std::process::id());
        let mut runc = command(bundle.path());
        runc.args(["run", &name]).stdout(log).stderr(errors);
        let failed = |source| SupplyChainError::Run { program: "runc".to_owned(), source };
        let runc = runc.spawn().map_err(failed)?;
        Ok(Self { name, bundle, runc })
    }

    /// What the kernel says of the process: the fields of `/proc/PID/status`.
    ///
    /// # Errors
    ///
    /// When it does not run.
    pub fn status(&self) -> Result<BTreeMap<String, String>, SupplyChainError> {
        let state = run(self.command().args(["state", &self.name]))?;
        let state: Value =
            serde_json::from_str(&state).map_err(SupplyChainError::document("runc's state"))?;
        let pid = state.get("pid").and_then(Value::as_u64).unwrap_or_default();
        let status = read(&PathBuf::from(format!("/proc/{pid}/status")))?;
        let fields = status.lines().filter_map(|line| line.split_once(':'));
        Ok(fields.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect())
    }

    /// Waits for the end and returns the exit code, which runc hands on.
    ///
    /// # Errors
    ///
    /// When it cannot be waited for.
    pub fn wait(&mut self) -> Result<Option<i32>, SupplyChainError> {
        let failed = |source| SupplyChainError::Run { program: "runc".to_owned(), source };
        Ok(self.runc.wait().map_err(failed)?.code())
    }

    /// What it has printed.
    ///
    /// # Errors
    ///
    /// When the log cannot be read.
    pub fn log(&self) -> Result<String, SupplyChainError> {
        read(&self.bundle.path().join("log"))
    }

    fn command(&self) -> Command {
        command(self.bundle.path())
    }
}

fn read(path: &Path) -> Result<String, SupplyChainError> {
    fs::read_to_string(path).map_err(SupplyChainError::file("read", path))
}

/// runc with a state of its own.
fn command(bundle: &Path) -> Command {
    let mut runc = Command::new("runc");
    runc.current_dir(bundle).arg("--root").arg(bundle.join("state"));
    runc
}

/// <https://github.com/opencontainers/runtime-spec/blob/main/config.md>
fn specification(image: &Value, environment: &[(&str, String)], folder: &Path) -> Value {
    let user = image.pointer("/config/User").and_then(Value::as_str).unwrap_or_default();
    let (user, group) = user.split_once(':').unwrap_or_default();
    let number = |text: &str| text.parse::<u32>().ok();
    let variables: Vec<String> = environment.iter().map(|(name, value)| format!("{name}={value}")).collect();
    json!({
        "ociVersion": "1.0.2",
        "process": {
            "user": { "uid": number(user), "gid": number(group) },
            "args": image.pointer("/config/Entrypoint"),
            "env": variables,
            "cwd": "/",
            "capabilities": {},
            "noNewPrivileges": true,
        },
        "root": { "path": "rootfs", "readonly": true },
        "mounts": [
            { "destination": "/proc", "type": "proc", "source": "proc" },
            { "destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "noexec", "mode=755"] },
            { "destination": "/test", "type": "bind", "source": folder, "options": ["bind", "ro"] },
        ],
        "linux": {
            "namespaces": [{ "type": "pid" }, { "type": "mount" }, { "type": "ipc" }, { "type": "uts" }],
            "maskedPaths": ["/proc/kcore", "/proc/keys", "/proc/timer_list"],
            "readonlyPaths": ["/proc/sys", "/proc/sysrq-trigger"],
        },
    })
}
