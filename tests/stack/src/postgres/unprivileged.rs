//! The user that PostgreSQL runs as when the stack runs as root, which PostgreSQL refuses.

use std::fs;

use rustix::process::geteuid;

use crate::StackError;

/// Those who exist on most machines and own little.
const CANDIDATES: [&str; 2] = ["postgres", "nobody"];

/// The user and group to change to; none when this process is no root.
pub(super) fn user() -> Result<Option<(u32, u32)>, StackError> {
    if !geteuid().is_root() {
        return Ok(None);
    }
    let accounts = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let found = CANDIDATES.iter().find_map(|name| look_up(&accounts, name));
    found.map(Some).ok_or(StackError::NoUnprivilegedUser)
}

/// The user and group ids of `name` in the format of passwd(5).
fn look_up(accounts: &str, name: &str) -> Option<(u32, u32)> {
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next()? != name {
            return None;
        }
        Some((fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_format_of_passwd() {
        let accounts = "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65533:nobody:/:/usr/sbin/nologin\n";

        assert_eq!(look_up(accounts, "nobody"), Some((65534, 65533)));
        assert_eq!(look_up(accounts, "postgres"), None);
    }
}
