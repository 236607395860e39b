//! A process that answers nothing for a while.

use std::error::Error;
use std::process::Command;

use crate::context::TestResult;

/// A process that is stopped and goes on when this is dropped: present, and silent.
pub(crate) struct Stopped(u32);

impl Stopped {
    pub(crate) fn stop(process: u32) -> Result<Self, Box<dyn Error>> {
        signal(process, "STOP")?;
        Ok(Self(process))
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        let _ = signal(self.0, "CONT");
    }
}

pub(crate) fn signal(process: u32, name: &str) -> TestResult {
    let status = Command::new("kill").arg(format!("-{name}")).arg(process.to_string()).status()?;
    if status.success() { Ok(()) } else { Err(format!("no process {process}").into()) }
}
