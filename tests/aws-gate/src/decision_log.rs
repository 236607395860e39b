//! Every decision, one line each: in a file for people, in memory for tests.
//!
//! A line holds names and reasons, never a token, a key, a signature or a secret.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use time::OffsetDateTime;

/// How many decisions are kept in memory; the oldest go first.
const KEPT: usize = 100_000;

/// One decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub time: OffsetDateTime,
    /// The identifier in the answer's header `x-amzn-requestid`.
    pub request_id: String,
    /// The door that the request came through.
    pub door: String,
    /// The ARN of the session, the subject of a verified token, or `unverified`.
    pub principal: String,
    /// Such as `sqs:SendMessage`.
    pub action: String,
    /// The ARN, or `*`.
    pub resource: String,
    /// The outcome.
    pub decision: Outcome,
    /// The statement that decided, as `DOCUMENT#SID`, or the reason of a refusal.
    pub by: String,
}

/// Allowed or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The request went on.
    Allow,
    /// It did not.
    Deny,
}

#[derive(Debug)]
pub(crate) struct DecisionLog(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    entries: VecDeque<Entry>,
    file: Option<File>,
}

impl DecisionLog {
    /// A log that also appends to the file at `path`, where there is one.
    pub(crate) fn open(path: Option<&Path>) -> io::Result<Self> {
        let file = path.map(|path| OpenOptions::new().create(true).append(true).open(path)).transpose()?;
        Ok(Self(Mutex::new(Inner { entries: VecDeque::new(), file })))
    }

    /// Writes a decision down. Before its request is answered, so that whoever has the answer can find it.
    pub(crate) fn record(&self, entry: Entry) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some(file), Ok(line)) = (&mut inner.file, serde_json::to_string(&entry)) {
            // A full disk must not change what is decided; the copy in memory is what tests read.
            let _ = writeln!(file, "{line}");
        }
        if inner.entries.len() == KEPT {
            inner.entries.pop_front();
        }
        inner.entries.push_back(entry);
    }

    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).entries.iter().cloned().collect()
    }
}
