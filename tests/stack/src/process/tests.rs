use std::time::Instant;

use super::*;
use crate::scratch::Scratch;

const LIMIT: Duration = Duration::from_secs(5);

fn shell(scratch: &Scratch, script: &str) -> ProcessSpec {
    ProcessSpec::new("shell", "/bin/sh", scratch.log("shell"))
        .arguments(["-c", script])
        .variable("PATH", "/usr/bin:/bin")
}

/// Whether a process of this id runs; one that only waits for its parent to notice its end does not.
fn runs(pid: i32) -> bool {
    let output = Command::new("ps").args(["-o", "stat=", "-p", &pid.to_string()]).output().unwrap();
    let state = String::from_utf8(output.stdout).unwrap();
    !state.trim().is_empty() && !state.trim().starts_with('Z')
}

async fn until(condition: impl Fn() -> bool) {
    let met = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(LIMIT, met).await.expect("the condition is met in time");
}

/// Starts a shell that starts a child of its own and prints the child's id.
async fn family(scratch: &Scratch, script: &str) -> (Process, i32) {
    let process = Process::spawn(&shell(scratch, script)).unwrap();
    until(|| process.log().text().is_ok_and(|text| text.ends_with('\n'))).await;
    let child = process.log().text().unwrap().trim().parse().unwrap();
    assert!(runs(process.pid()) && runs(child));
    (process, child)
}

#[tokio::test]
async fn stopping_leaves_nothing() {
    let scratch = Scratch::new().unwrap();
    let (process, child) = family(&scratch, "trap 'exit 7' TERM; sleep 1000 & echo $!; wait").await;

    let status = process.stop(LIMIT).await;

    assert_eq!(outcome(status), "exit code 7");
    assert!(!runs(process.pid()));
    until(|| !runs(child)).await;
}

#[tokio::test]
async fn what_does_not_listen_is_killed() {
    let scratch = Scratch::new().unwrap();
    let (process, child) =
        family(&scratch, "trap '' TERM; sleep 1000 & echo $!; while :; do wait; done").await;

    let status = process.stop(Duration::from_millis(100)).await;

    assert_eq!(outcome(status), "signal 9");
    until(|| !runs(child)).await;
}

#[tokio::test]
async fn dropping_kills() {
    let scratch = Scratch::new().unwrap();
    let (process, child) = family(&scratch, "sleep 1000 & echo $!; wait").await;
    let pid = process.pid();
    let begun = Instant::now();

    drop(process);

    assert!(begun.elapsed() < LAST_RESORT, "a kill needs no last resort");
    assert!(!runs(pid));
    until(|| !runs(child)).await;
}

#[tokio::test]
async fn a_process_has_a_group_and_an_environment_of_its_own() {
    let scratch = Scratch::new().unwrap();
    let mut spec = ProcessSpec::new("env", "/usr/bin/env", scratch.log("env")).variable("ONLY", "this");

    assert!(run_to_end(&spec, LIMIT).await.unwrap().success());
    assert_eq!(spec.log.text().unwrap(), "ONLY=this\n");

    spec = shell(&scratch, "ps -o pgid= -p $$; echo $$");
    assert!(run_to_end(&spec, LIMIT).await.unwrap().success());
    let text = spec.log.text().unwrap();
    let mut lines = text.lines().map(str::trim);
    assert_eq!(lines.next(), lines.next());
}

#[tokio::test]
async fn a_death_is_told_with_the_last_lines() {
    let scratch = Scratch::new().unwrap();
    let script = "seq 40; echo 'no database' >&2; exit 69";
    let process = Process::spawn(&shell(&scratch, script)).unwrap();

    let error = process.died(process.exited().await);

    assert_eq!(error.one_line(), "shell ended with exit code 69: see the last lines of its log");
    let tail = error.log_tail().unwrap().lines();
    assert_eq!(tail.len(), 15);
    assert_eq!(tail.last().unwrap(), "no database");
}

#[tokio::test]
async fn a_missing_program_is_named() {
    let scratch = Scratch::new().unwrap();
    let spec = ProcessSpec::new("ghost", "/nonexistent/ghost", scratch.log("ghost"));

    let error = Process::spawn(&spec).unwrap_err();

    assert!(error.one_line().starts_with("cannot start ghost (/nonexistent/ghost)"), "{error}");
}
