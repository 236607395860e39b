//! Parts of AWS that can be taken away from the services, and sessions that end within a test's time.

mod proxy;
mod short_sessions;

use std::net::SocketAddr;
use std::time::Duration;

use crate::StackError;
use short_sessions::ShortSessions;

pub use proxy::{Passage, Proxy};

/// What stands between the services and two parts of AWS.
#[derive(Debug)]
pub struct Faults {
    sts: Proxy,
    secrets_manager: Proxy,
    _sessions: ShortSessions,
}

impl Faults {
    /// Stands in front of `aws`, `http://host:port`. Services are told that their sessions end after `session_life`.
    pub(crate) async fn start(aws: &str, session_life: Duration) -> Result<Self, StackError> {
        let sessions = ShortSessions::start(aws, session_life).await?;
        let sts = Proxy::start(sessions.address()).await?;
        let secrets_manager = Proxy::start(address(aws)?).await?;
        Ok(Self { sts, secrets_manager, _sessions: sessions })
    }

    /// The way to STS: what `AWS_ENDPOINT_URL_STS` names.
    #[must_use]
    pub fn sts(&self) -> &Proxy {
        &self.sts
    }

    /// The way to Secrets Manager: what `AWS_ENDPOINT_URL_SECRETS_MANAGER` names.
    #[must_use]
    pub fn secrets_manager(&self) -> &Proxy {
        &self.secrets_manager
    }
}

fn address(url: &str) -> Result<SocketAddr, StackError> {
    let address = url.strip_prefix("http://").and_then(|rest| rest.trim_end_matches('/').parse().ok());
    address.ok_or_else(|| StackError::Unknown { what: "socket address in", name: url.to_owned() })
}

#[cfg(test)]
#[path = "faults/tests.rs"]
mod tests;
