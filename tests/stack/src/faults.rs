//! Parts of AWS that can be taken away from the services.

mod proxy;

use std::net::SocketAddr;

use crate::StackError;

pub use proxy::{Passage, Proxy};

/// What stands between the services and two parts of AWS.
#[derive(Debug)]
pub struct Faults {
    sts: Proxy,
    secrets_manager: Proxy,
}

impl Faults {
    /// Stands in front of `aws`, `http://host:port`.
    pub(crate) async fn start(aws: &str) -> Result<Self, StackError> {
        let aws = address(aws)?;
        Ok(Self { sts: Proxy::start(aws).await?, secrets_manager: Proxy::start(aws).await? })
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
