//! The command `stack run`, with a stand-in for the three services: what it says, and that it leaves nothing.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expects by failing")]

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use stack::HttpClient;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

const LIMIT: Duration = Duration::from_mins(2);

/// A directory in which the stand-in goes by the names of the services.
fn stand_ins() -> TempDir {
    let executable = Path::new(env!("CARGO_BIN_EXE_stack"));
    let stand_in = executable.parent().unwrap().join("examples/stand_in");
    assert!(stand_in.exists(), "cargo builds examples before it runs tests");
    let directory = TempDir::new().unwrap();
    for name in ["url-service", "worker", "migrate"] {
        symlink(&stand_in, directory.path().join(name)).unwrap();
    }
    directory
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn command(binaries: &Path, port: u16) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stack"));
    command.args(["run", "--port", &port.to_string()]).env("STACK_BIN_DIR", binaries);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// A command that said that it is ready.
struct Running {
    child: Child,
    pid: Pid,
    port: u16,
    /// Its own children.
    processes: BTreeSet<i32>,
    scratch: PathBuf,
}

async fn start(binaries: &Path) -> Running {
    let port = free_port();
    let mut child = command(binaries, port).spawn().unwrap();
    let pid = Pid::from_raw(child.id().unwrap().cast_signed()).unwrap();
    let scratch = tokio::time::timeout(LIMIT, scratch_once_ready(&mut child)).await.unwrap();
    let processes = children(pid).await;
    Running { child, pid, port, processes, scratch }
}

/// Reads up to the last line of the instructions, which names the scratch directory.
async fn scratch_once_ready(child: &mut Child) -> PathBuf {
    let mut lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
    loop {
        let line = lines.next_line().await.unwrap().expect("it becomes ready");
        if let Some((_, directory)) = line.split_once("and removes ") {
            return PathBuf::from(directory.trim_end_matches('.'));
        }
    }
}

impl Running {
    fn signal(&self, signal: Signal) {
        kill_process(self.pid, signal).unwrap();
    }

    async fn end(self) -> Output {
        tokio::time::timeout(LIMIT, self.child.wait_with_output()).await.unwrap().unwrap()
    }
}

/// Process ids and their parents.
async fn processes() -> Vec<(i32, i32, String)> {
    let output = Command::new("ps").args(["-A", "-o", "pid=,ppid=,stat=,args="]).output().await.unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let parse = |line: &str| {
        let mut fields = line.split_whitespace();
        let (pid, parent) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
        let state = fields.next()?;
        (!state.starts_with('Z')).then(|| (pid, parent, fields.collect::<Vec<_>>().join(" ")))
    };
    text.lines().filter_map(parse).collect()
}

async fn children(parent: Pid) -> BTreeSet<i32> {
    let parent = parent.as_raw_nonzero().get();
    processes().await.into_iter().filter(|process| process.1 == parent).map(|process| process.0).collect()
}

async fn assert_nothing_left(pids: &BTreeSet<i32>, scratch: &Path) {
    let left: Vec<_> = processes().await.into_iter().filter(|process| pids.contains(&process.0)).collect();
    assert!(left.is_empty(), "{left:?}");
    assert!(!scratch.exists());
}

/// Runs to the end a command that must refuse, and returns its last line of standard error.
async fn refusal(mut command: Command) -> String {
    let output = tokio::time::timeout(LIMIT, command.output()).await.unwrap().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(errors.lines().count(), 1, "{errors}");
    errors
}

#[tokio::test]
async fn two_stacks_run_side_by_side_and_leave_nothing() {
    let binaries = stand_ins();
    let (first, second) = tokio::join!(start(binaries.path()), start(binaries.path()));
    assert_ne!(first.port, second.port);
    // Emulator, PostgreSQL, url-service, worker.
    assert_eq!((first.processes.len(), second.processes.len()), (4, 4));

    first.signal(Signal::INT);
    let (processes, scratch) = (first.processes.clone(), first.scratch.clone());
    let output = first.end().await;
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_nothing_left(&processes, &scratch).await;

    assert_eq!(children(second.pid).await, second.processes, "the other goes on");
    second.signal(Signal::TERM);
    let (processes, scratch) = (second.processes.clone(), second.scratch.clone());
    assert_eq!(second.end().await.status.code(), Some(0));
    assert_nothing_left(&processes, &scratch).await;
}

#[tokio::test]
async fn a_part_that_dies_ends_the_rest_and_is_named() {
    let binaries = stand_ins();
    let running = start(binaries.path()).await;
    let worker = binaries.path().join("worker").display().to_string();
    let all = processes().await;
    let worker = all.iter().find(|process| process.2 == worker).unwrap().0;
    assert!(running.processes.contains(&worker));

    kill_process(Pid::from_raw(worker).unwrap(), Signal::KILL).unwrap();

    let (processes, scratch) = (running.processes.clone(), running.scratch.clone());
    let output = running.end().await;
    assert_eq!(output.status.code(), Some(1));
    let errors = String::from_utf8(output.stderr).unwrap();
    let last = errors.lines().last().unwrap();
    assert_eq!(last, "error: worker ended with signal 9: see the last lines of its log");
    assert_nothing_left(&processes, &scratch).await;
}

#[tokio::test]
async fn a_signal_during_the_start_leaves_nothing() {
    let binaries = stand_ins();
    let mut child = command(binaries.path(), free_port()).spawn().unwrap();
    let pid = Pid::from_raw(child.id().unwrap().cast_signed()).unwrap();
    let mut lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
    // The first line comes when the emulator's environment is found; then both it and PostgreSQL start.
    tokio::time::timeout(LIMIT, lines.next_line()).await.unwrap().unwrap();
    let begun = children(pid).await;

    kill_process(pid, Signal::INT).unwrap();

    let output = tokio::time::timeout(LIMIT, child.wait_with_output()).await.unwrap().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let left: Vec<_> = processes().await.into_iter().filter(|process| begun.contains(&process.0)).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn a_taken_port_is_refused_in_one_line() {
    let binaries = stand_ins();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();

    let line = refusal(command(binaries.path(), port)).await;

    assert!(line.starts_with(&format!("error: port {port} on 127.0.0.1 is taken")), "{line}");
}

#[tokio::test]
async fn a_missing_prerequisite_is_refused_in_one_line() {
    let binaries = stand_ins();
    let empty = TempDir::new().unwrap();

    let line = refusal(command(empty.path(), free_port())).await;
    assert!(line.starts_with("error: url-service is not built"), "{line}");
    assert!(line.contains("cargo build"), "{line}");

    let mut no_python = command(binaries.path(), free_port());
    no_python.env("PYTHON", "/nonexistent/python3");
    let line = refusal(no_python).await;
    assert!(line.starts_with("error: no Python 3.11 or later (/nonexistent/python3 does not run)"), "{line}");

    let mut no_postgres = command(binaries.path(), free_port());
    no_postgres.env("POSTGRES_BIN_DIR", empty.path());
    let line = refusal(no_postgres).await;
    assert!(
        line.starts_with("error: PostgreSQL's initdb and postgres (15 or later) were not found"),
        "{line}"
    );
    assert!(line.contains("POSTGRES_BIN_DIR"), "{line}");
}

#[tokio::test]
async fn services_get_their_environment_and_nothing_else() {
    let binaries = stand_ins();
    let options = stack::StackOptions {
        binaries: Some(binaries.path().to_owned()),
        ..stack::StackOptions::for_tests()
    };
    let stack = stack::Stack::start(options, &stack::Progress::silent()).await.unwrap();

    assert_eq!(stack.api_key(), "zte_test_key");
    // The stand-in's metrics are the names of its variables.
    let worker = stack.worker();
    let names: Vec<_> = worker.environment().iter().map(|(name, _)| name.to_owned()).collect();
    assert_eq!(worker.metrics().await.unwrap().lines().collect::<Vec<_>>(), names);
    assert!(!names.iter().any(|name| name.starts_with("PG") || name.starts_with("DATABASE")), "{names:?}");

    worker.restart().await.unwrap();
    assert!(worker.terminate().await.success());
    let client = HttpClient::new();
    client.get(&worker.admin_url()).await.unwrap_err();

    let directory = stack.platform().directory().to_owned();
    stack.stop().await.unwrap();
    assert!(fs::metadata(directory).is_err());
}
