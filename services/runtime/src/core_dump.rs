//! Nothing of the memory of a process that fails is written to a file: it holds tokens, keys and passwords.

use std::io;

use rustix::process::{Resource, Rlimit, setrlimit};

/// Sets the limit on core files to zero, for good. A handler that the kernel pipes core dumps to is not bound by it,
/// but systemd's keeps to it (systemd-coredump(8)).
///
/// # Errors
/// When the operating system refuses, which it has no reason to.
pub(crate) fn forbid() -> io::Result<()> {
    Ok(setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?)
}

#[cfg(test)]
mod tests {
    use rustix::process::getrlimit;

    use super::*;

    #[test]
    fn the_limit_is_zero_and_stays() {
        forbid().unwrap();
        let limit = getrlimit(Resource::Core);
        assert_eq!((limit.current, limit.maximum), (Some(0), Some(0)));
    }
}
