//! Which core does what: the measured server has one to itself, everything else shares the rest.
//!
//! Affinity is inherited: a process that is started by a pinned thread stays on its core with all its threads, and
//! the runtimes in it, which ask how many cores they may use, start one worker thread each.

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use crate::accounting;
use crate::error::LoadError;

/// The cores of a run.
#[derive(Clone, Debug)]
pub(crate) struct Cores {
    server: usize,
    others: Vec<usize>,
}

/// While it lives, the calling thread is on the server's core, and so is what it starts.
#[derive(Debug)]
pub(crate) struct OnServerCore<'a>(&'a Cores);

impl Cores {
    /// The first core that this process may use is the server's.
    pub(crate) fn choose() -> Result<Self, LoadError> {
        let allowed = sched_getaffinity(None).map_err(LoadError::system("read the affinity"))?;
        let mut allowed = (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core));
        match (allowed.next(), allowed.collect::<Vec<_>>()) {
            (Some(server), others) if !others.is_empty() => Ok(Self { server, others }),
            (first, _) => Err(LoadError::Cores(usize::from(first.is_some()))),
        }
    }

    /// The measured server's core.
    pub(crate) fn server(&self) -> usize {
        self.server
    }

    /// Everybody else's cores.
    pub(crate) fn others(&self) -> &[usize] {
        &self.others
    }

    /// Takes the calling thread, and what it starts, off the server's core.
    pub(crate) fn leave_server_core(&self) -> Result<(), LoadError> {
        pin(&self.others)
    }

    /// Puts the calling thread, and what it starts, on the server's core.
    pub(crate) fn enter_server_core(&self) -> Result<OnServerCore<'_>, LoadError> {
        pin(&[self.server])?;
        Ok(OnServerCore(self))
    }

    /// Refuses when a thread of `pid` may run anywhere but on the server's core.
    pub(crate) fn ensure_on_server_core(&self, pid: i32) -> Result<(), LoadError> {
        let server = self.server.to_string();
        ensure(pid, |list| list == server)
    }

    /// Refuses when a thread of `pid` may run on the server's core.
    pub(crate) fn ensure_apart(&self, pid: i32) -> Result<(), LoadError> {
        ensure(pid, |list| !contains(list, self.server))
    }
}

impl Drop for OnServerCore<'_> {
    fn drop(&mut self) {
        // The cores were there a moment ago.
        drop(self.0.leave_server_core());
    }
}

fn ensure(pid: i32, good: impl Fn(&str) -> bool) -> Result<(), LoadError> {
    match accounting::threads(pid)?.into_iter().find(|thread| !good(&thread.cores)) {
        Some(thread) => Err(LoadError::unexpected(
            "a core",
            format!("thread {} may run on {}", thread.name, thread.cores),
        )),
        None => Ok(()),
    }
}

/// Whether a list such as `0-2,5` has `core` in it.
fn contains(list: &str, core: usize) -> bool {
    list.split(',').any(|part| {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        from.parse().is_ok_and(|from: usize| from <= core) && to.parse().is_ok_and(|to: usize| core <= to)
    })
}

fn pin(cores: &[usize]) -> Result<(), LoadError> {
    let mut set = CpuSet::new();
    for core in cores {
        set.set(*core);
    }
    sched_setaffinity(None, &set).map_err(LoadError::system(format!("pin a thread to {cores:?}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_cores_is_read_as_the_kernel_writes_it() {
        for core in [0, 2, 5] {
            assert!(contains("0-2,5", core), "{core}");
        }
        for core in [3, 6, 15] {
            assert!(!contains("0-2,5", core), "{core}");
        }
    }
}
