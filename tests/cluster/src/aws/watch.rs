//! Addresses that nobody may reach: whoever does is written down.

use std::fs::File;
use std::io::Write as _;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::endpoint::bind;
use crate::ClusterError;

/// One line for each connection: who, and to what.
pub(super) struct Log(Mutex<File>);

impl Log {
    pub(super) fn create(path: &Path) -> Result<Self, ClusterError> {
        let file = File::create(path).map_err(ClusterError::file("write", path))?;
        Ok(Self(Mutex::new(file)))
    }

    fn note(&self, line: &str) {
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = writeln!(file, "{line}");
    }
}

/// Accepts every connection to `address`, notes it and closes it.
pub(super) async fn listen(address: (Ipv4Addr, u16), log: Arc<Log>) -> Result<(), ClusterError> {
    let listener = bind(address).await?;
    tokio::spawn(async move {
        while let Ok((_, from)) = listener.accept().await {
            log.note(&format!("{} {}:{}", from.ip(), address.0, address.1));
        }
    });
    Ok(())
}
