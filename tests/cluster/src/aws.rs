//! The side that stands in for AWS: interface endpoints with TLS, the database, and addresses that nobody may reach.
//!
//! It is a process of its own inside the AWS side's network namespace, and uses the local stack for what is behind the
//! endpoints. What it made is in `aws.json`; who connected to an address that should be closed, in `connections.log`.

mod endpoint;
mod issuer;
mod watch;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use stack::{Platform, Progress, PublishedIssuer, StackOptions};
use tokio::signal::unix::{SignalKind, signal};

use crate::ClusterError;
use crate::authority::write;
use crate::plan::{DATABASE_HOST, INSTANCE_METADATA, INTERNET, POD_IDENTITY_AGENT, Plan};

/// What the other side of the wire needs to know.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Facts {
    /// The path of the click queue's URL.
    pub click_queue_path: String,
    /// The emulator behind the endpoints, on the AWS side's own loopback.
    pub emulator: String,
    /// The file with the database's authority.
    pub database_authority: PathBuf,
    /// The log of aws-gate's decisions, one JSON object a line.
    pub decisions: PathBuf,
    /// Where the stack's processes write their logs.
    pub logs: PathBuf,
}

impl Facts {
    /// Reads what the AWS side of the run in `directory` wrote when it was ready.
    pub(crate) fn read(directory: &Path) -> Result<Self, ClusterError> {
        let path = directory.join("aws.json");
        let text = fs::read_to_string(&path).map_err(ClusterError::file("read", &path))?;
        serde_json::from_str(&text)
            .map_err(|error| ClusterError::Answer { what: "aws.json".to_owned(), answer: error.to_string() })
    }
}

/// Runs the AWS side of the run in `directory` until it is told to stop.
///
/// # Errors
///
/// When a part of it does not start.
pub async fn serve(plan: Plan, directory: &Path) -> Result<(), ClusterError> {
    let mut stop =
        signal(SignalKind::terminate()).map_err(ClusterError::file("listen for signals in", directory))?;
    let keys = directory.join("issuer-keys.json");
    let keys = fs::read_to_string(&keys).map_err(ClusterError::file("read", &keys))?;
    let published = issuer::publish(plan.issuer(), keys).await?;
    let options = StackOptions {
        database_names: vec![DATABASE_HOST.to_owned()],
        issuer: Some(PublishedIssuer { url: plan.issuer(), at: published }),
        ..StackOptions::for_developer(0)
    };
    let platform = Platform::start(&options, &Progress::silent()).await?;
    let connections = Arc::new(watch::Log::create(&directory.join("connections.log"))?);

    let tls = endpoint::tls(directory)?;
    let behind = authority_of(platform.aws_endpoint());
    for (_, address) in plan.endpoints() {
        endpoint::serve_tls((address, 443), tls.clone(), behind.clone()).await?;
    }
    let database = format!("127.0.0.1:{}", platform.postgres().port());
    endpoint::forward((plan.database(), 5432), database).await?;
    let watched = [
        (plan.neighbour(), 443),
        (plan.neighbour(), 5432),
        (INSTANCE_METADATA, 80),
        (POD_IDENTITY_AGENT, 80),
        (INTERNET, 443),
        (INTERNET, 80),
    ];
    for address in watched {
        watch::listen(address, Arc::clone(&connections)).await?;
    }

    let queue = &platform.resources().click_queue_url;
    let facts = Facts {
        click_queue_path: queue.splitn(4, '/').nth(3).unwrap_or_default().to_owned(),
        emulator: platform.emulator().endpoint().to_owned(),
        database_authority: platform.postgres().root_certificate().to_owned(),
        decisions: platform.decisions().path().to_owned(),
        logs: platform.directory().join("logs"),
    };
    let text = serde_json::to_string_pretty(&facts).unwrap_or_default();
    write(&directory.join("aws.json"), &text, 0o644)?;
    stop.recv().await;
    platform.stop().await?;
    Ok(())
}

fn authority_of(url: &str) -> String {
    url.trim_start_matches("http://").trim_end_matches('/').to_owned()
}
