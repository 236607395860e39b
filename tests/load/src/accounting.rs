//! What the kernel says about a process (`proc_pid_stat(5)`, `proc_pid_status(5)`).

use std::fs;
use std::time::Duration;

use rustix::param::clock_ticks_per_second;
use serde::Serialize;

use crate::error::LoadError;

/// Resident memory in bytes.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Memory {
    /// Now.
    pub(crate) resident: u64,
    /// The most so far.
    pub(crate) peak: u64,
}

/// The user and system time of all threads of a process, ended ones included.
pub(crate) fn cpu_time(pid: i32) -> Result<Duration, LoadError> {
    let text = read(&format!("/proc/{pid}/stat"))?;
    let ticks = ticks(&text).ok_or_else(|| LoadError::unexpected("/proc/<pid>/stat", &text))?;
    Ok(Duration::from_nanos(ticks.saturating_mul(1_000_000_000 / clock_ticks_per_second().max(1))))
}

/// Resident memory.
pub(crate) fn memory(pid: i32) -> Result<Memory, LoadError> {
    let text = read(&format!("/proc/{pid}/status"))?;
    let bytes = |name| kilobytes(&text, name).map(|number| number * 1024);
    match (bytes("VmRSS:"), bytes("VmHWM:")) {
        (Some(resident), Some(peak)) => Ok(Memory { resident, peak }),
        _ => Err(LoadError::unexpected("/proc/<pid>/status", text)),
    }
}

/// A thread, and the list of cores that it may use, such as `0-2,5`.
#[derive(Clone, Debug)]
pub(crate) struct Thread {
    pub(crate) name: String,
    pub(crate) cores: String,
}

/// The threads of a process.
pub(crate) fn threads(pid: i32) -> Result<Vec<Thread>, LoadError> {
    let directory = format!("/proc/{pid}/task");
    let entries = fs::read_dir(&directory).map_err(LoadError::system(format!("read {directory}")))?;
    // A thread that ends meanwhile has nothing to say.
    let texts = entries.flatten().filter_map(|entry| fs::read_to_string(entry.path().join("status")).ok());
    let thread = |text: String| {
        Some(Thread { name: field(&text, "Name:")?, cores: field(&text, "Cpus_allowed_list:")? })
    };
    Ok(texts.filter_map(thread).collect())
}

fn read(path: &str) -> Result<String, LoadError> {
    fs::read_to_string(path).map_err(LoadError::system(format!("read {path}")))
}

/// Fields 14 and 15; the second, the name, may hold spaces and brackets.
fn ticks(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

fn kilobytes(status: &str, name: &str) -> Option<u64> {
    field(status, name)?.strip_suffix(" kB")?.parse().ok()
}

fn field(status: &str, name: &str) -> Option<String> {
    status.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_found_behind_any_name() {
        let stat = "7 (a) b (c)) S 1 7 7 0 -1 4194304 100 0 0 0 250 50 9 9 20 0 4 0 100 1000 10 184";
        assert_eq!(ticks(stat), Some(300));
        assert_eq!(ticks("7 (a) S 1"), None);
    }

    #[test]
    fn this_process_uses_memory_and_threads() {
        let pid = i32::try_from(std::process::id()).unwrap();
        let memory = memory(pid).unwrap();
        assert!(0 < memory.resident && memory.resident <= memory.peak);
        assert!(!threads(pid).unwrap().is_empty());
        cpu_time(pid).unwrap();
    }
}
