//! Token files as the kubelet's projected volume keeps them: written whole, replaced in one step, renewed at 80 % of
//! their life (Kubernetes, "`ServiceAccount` token volume projection").

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio::sync::Notify;
use tokio_util::task::AbortOnDropHandle;

use crate::StackError;
use crate::clock::random_text;
use crate::issuer::{Issuer, TokenClaims};
use crate::names::Workload;
use crate::scratch::{Scratch, set_mode};

/// The share of a token's life after which the kubelet asks for the next.
const RENEW_AT: f64 = 0.8;
/// How soon a renewal that failed is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// The token files of all workloads, kept fresh.
#[derive(Debug)]
pub struct ProjectedTokens {
    issuer: Arc<Issuer>,
    life: Duration,
    files: BTreeMap<Workload, TokenFile>,
}

#[derive(Debug)]
struct TokenFile {
    path: PathBuf,
    /// Wakes the renewal, which then counts from now.
    rotated: Arc<Notify>,
    _renewal: AbortOnDropHandle<()>,
}

impl ProjectedTokens {
    pub(crate) fn start(scratch: &Scratch, issuer: Arc<Issuer>, life: Duration) -> Result<Self, StackError> {
        let mut files = BTreeMap::new();
        for workload in Workload::ALL {
            scratch.directory("tokens")?;
            let path = scratch.directory(&format!("tokens/{}", workload.name()))?.join("token");
            project(&issuer, workload, life, &path)?;
            let rotated = Arc::new(Notify::new());
            let renewal =
                tokio::spawn(renew(Arc::clone(&issuer), workload, life, path.clone(), Arc::clone(&rotated)));
            let file = TokenFile { path, rotated, _renewal: AbortOnDropHandle::new(renewal) };
            files.insert(workload, file);
        }
        Ok(Self { issuer, life, files })
    }

    /// Where a workload's token is: what `AWS_WEB_IDENTITY_TOKEN_FILE` names.
    ///
    /// # Errors
    ///
    /// When there is no such file.
    pub fn path(&self, workload: Workload) -> Result<&Path, StackError> {
        self.file(workload).map(|file| file.path.as_path())
    }

    /// Writes a new token now; the next renewal is counted from here.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn rotate(&self, workload: Workload) -> Result<(), StackError> {
        let file = self.file(workload)?;
        project(&self.issuer, workload, self.life, &file.path)?;
        file.rotated.notify_one();
        Ok(())
    }

    /// Puts any claims in a workload's file, for tests of what is refused; the next renewal ends it.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn replace(&self, workload: Workload, claims: &impl Serialize) -> Result<(), StackError> {
        replace(&self.file(workload)?.path, &self.issuer.sign(claims)?)
    }

    fn file(&self, workload: Workload) -> Result<&TokenFile, StackError> {
        let unknown = || StackError::Unknown { what: "token file", name: workload.name().to_owned() };
        self.files.get(&workload).ok_or_else(unknown)
    }
}

async fn renew(issuer: Arc<Issuer>, workload: Workload, life: Duration, path: PathBuf, rotated: Arc<Notify>) {
    let interval = life.mul_f64(RENEW_AT);
    let mut wait = interval;
    loop {
        tokio::select! {
            () = tokio::time::sleep(wait) => {
                let renewed = project(&issuer, workload, life, &path).is_ok();
                wait = if renewed { interval } else { RETRY };
            }
            () = rotated.notified() => wait = interval,
        }
    }
}

fn project(issuer: &Issuer, workload: Workload, life: Duration, path: &Path) -> Result<(), StackError> {
    replace(path, &issuer.sign(&TokenClaims::projected(issuer.url(), workload, life))?)
}

/// Writes beside the file and renames: a reader sees the whole of the old token or the whole of the new.
fn replace(path: &Path, token: &str) -> Result<(), StackError> {
    let beside = path.with_extension(format!("{}.new", random_text(8)));
    let mut options = OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o400)
        .open(&beside)
        .map_err(StackError::file("make", &beside))?;
    file.write_all(token.as_bytes()).map_err(StackError::file("write", &beside))?;
    set_mode(&beside, 0o400)?;
    fs::rename(&beside, path).map_err(StackError::file("replace", path))
}

#[cfg(test)]
#[path = "projected_token/tests.rs"]
mod tests;
