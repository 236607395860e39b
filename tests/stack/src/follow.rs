//! Prints what is added to the logs of the services and to the gate's decisions, each line with the name of its source.

use std::io::SeekFrom;
use std::path::PathBuf;
use std::time::Duration;

use stack::{Progress, Service, Stack};
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use tokio::task::JoinSet;

const POLL: Duration = Duration::from_millis(200);

/// Follows the logs of all services, and the decisions of the gate, until the set is dropped.
pub(crate) fn logs(stack: &Stack, progress: Progress) -> JoinSet<()> {
    let services = stack.url_services().iter().chain([stack.worker()]);
    let mut followed: JoinSet<()> =
        services.map(|service| follow(name(service), service.log().path().to_owned(), progress)).collect();
    let decisions = stack.platform().decisions();
    followed.spawn(follow("aws-gate".to_owned(), decisions.path().to_owned(), progress));
    followed
}

fn name(service: &Service) -> String {
    service.name().to_owned()
}

async fn follow(name: String, path: PathBuf, progress: Progress) {
    let Ok(mut file) = File::open(&path).await else { return };
    if file.seek(SeekFrom::End(0)).await.is_err() {
        return;
    }
    let mut text = Vec::new();
    while file.read_to_end(&mut text).await.is_ok() {
        // What follows the last line feed is not a whole line yet.
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |position| position + 1);
        let rest = text.split_off(whole);
        for line in String::from_utf8_lossy(&text).lines() {
            progress.say(&format!("{name:<14} {line}"));
        }
        text = rest;
        tokio::time::sleep(POLL).await;
    }
}
