//! A new database cluster: its data directory, certificate, configuration and access rules.

use std::fs;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::Signal;

use super::authority;
use super::binaries::Binaries;
use super::{HOST, SUPERUSER, unprivileged};
use crate::StackError;
use crate::process::{ProcessSpec, outcome, run_to_end};
use crate::scratch::{Scratch, set_mode};

const INITDB_LIMIT: Duration = Duration::from_mins(1);

/// TLS only, passwords by SCRAM only; no line for a connection without TLS means that it is refused.
const ACCESS: &str = "hostssl all all 127.0.0.1/32 scram-sha-256\n";

/// A cluster that has not been started.
pub(super) struct Cluster {
    data: PathBuf,
    user: Option<(u32, u32)>,
    pub(super) root_certificate: PathBuf,
}

/// Makes the cluster that will listen on `port`, with a certificate for [`HOST`] and `names`.
pub(super) async fn create(
    scratch: &Scratch,
    binaries: &Binaries,
    names: &[String],
    port: u16,
    password: &str,
) -> Result<Cluster, StackError> {
    let user = unprivileged::user()?;
    let directory = scratch.directory("postgres")?;
    let data = directory.join("data");
    let password_file = directory.join("superuser-password");
    write(&password_file, password, 0o600)?;
    own(&directory, user)?;
    own(&password_file, user)?;
    initdb(scratch, binaries, &data, &password_file, user).await?;
    fs::remove_file(&password_file).map_err(StackError::file("remove", &password_file))?;

    let names: Vec<_> = [HOST].into_iter().chain(names.iter().map(String::as_str)).collect();
    let identity = authority::mint(&names)?;
    let files = [
        ("server.crt", identity.certificate.as_str()),
        ("server.key", &identity.key),
        ("pg_hba.conf", ACCESS),
        ("postgresql.auto.conf", &configuration(port)),
    ];
    for (name, text) in files {
        let path = data.join(name);
        write(&path, text, 0o600)?;
        own(&path, user)?;
    }
    let root_certificate = scratch.path().join("database-ca.pem");
    write(&root_certificate, &identity.root_certificate, 0o644)?;
    Ok(Cluster { data, user, root_certificate })
}

impl Cluster {
    /// What runs the server.
    pub(super) fn server(&self, binaries: &Binaries, scratch: &Scratch) -> ProcessSpec {
        let log = scratch.log("postgres");
        let mut spec = ProcessSpec::new("postgres", binaries.postgres(), log);
        spec = spec.arguments(["-D".into(), self.data.clone().into_os_string()]).variable("LC_ALL", "C");
        spec.user = self.user;
        spec.directory = Some(self.data.clone());
        // "Fast": cuts connections instead of waiting for clients to leave.
        spec.stop_signal = Signal::INT;
        // "Immediate": also ends the server's own children, which are no members of its process group.
        spec.drop_signal = Some(Signal::QUIT);
        spec
    }
}

async fn initdb(
    scratch: &Scratch,
    binaries: &Binaries,
    data: &Path,
    password_file: &Path,
    user: Option<(u32, u32)>,
) -> Result<(), StackError> {
    let log = scratch.log("initdb");
    let mut spec = ProcessSpec::new("initdb", binaries.initdb(), log.clone())
        .arguments(["--username", SUPERUSER, "--auth", "scram-sha-256", "--encoding", "UTF8", "--no-sync"])
        .arguments(["--locale=C".into(), "--pwfile".into(), password_file.as_os_str().to_owned()])
        .arguments(["-D".into(), data.as_os_str().to_owned()])
        .variable("LC_ALL", "C");
    spec.user = user;
    // It starts servers of its own, which give their shared memory back only when they end by themselves.
    spec.drop_signal = None;
    spec.directory = data.parent().map(Path::to_owned);
    let status = run_to_end(&spec, INITDB_LIMIT).await?;
    if status.success() {
        return Ok(());
    }
    Err(StackError::Command { name: "initdb".to_owned(), outcome: outcome(status), tail: log.tail() })
}

/// The settings that differ from initdb's; the file is read after `postgresql.conf`. Nothing is forced to the disk: the
/// data goes with the run, and outlives everything but a crash of the machine without it.
fn configuration(port: u16) -> String {
    format!(
        "listen_addresses = '{HOST}'\n\
         port = {port}\n\
         unix_socket_directories = ''\n\
         ssl = on\n\
         ssl_cert_file = 'server.crt'\n\
         ssl_key_file = 'server.key'\n\
         ssl_min_protocol_version = 'TLSv1.3'\n\
         password_encryption = 'scram-sha-256'\n\
         timezone = 'UTC'\n\
         log_timezone = 'UTC'\n\
         fsync = off\n\
         full_page_writes = off\n\
         shared_buffers = '32MB'\n"
    )
}

fn write(path: &Path, text: &str, mode: u32) -> Result<(), StackError> {
    fs::write(path, text).map_err(StackError::file("write", path))?;
    set_mode(path, mode)
}

fn own(path: &Path, user: Option<(u32, u32)>) -> Result<(), StackError> {
    let Some((user, group)) = user else { return Ok(()) };
    chown(path, Some(user), Some(group)).map_err(StackError::file("change the owner of", path))
}
