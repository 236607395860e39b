//! The hosts that the operator does not want links to.

use std::collections::HashMap;
use std::fmt;

use super::host::{self, HostError, Named};

#[cfg(test)]
mod tests;

/// Hosts to which no link may be made, and to which no existing link leads any more.
///
/// The file has one entry a line:
///
/// ```text
/// # what follows a hash is a comment
/// evil.com            this host alone
/// .malware.net        this host and everything below it
/// *.malware.net       the same
/// ```
///
/// A suffix covers the domain itself: a list that blocks all of a domain's hosts but its own would rather be
/// an oversight. Entries are normalised like the host of a target: case, dot at the end, punycode. An IP
/// address may be listed and adds nothing, because no target may have one.
#[derive(Default)]
pub(crate) struct Blocklist {
    entries: HashMap<Box<str>, Reach>,
    /// How many labels the longest suffix has: no longer one has to be looked up.
    deepest: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    Host,
    HostAndBelow,
}

impl Blocklist {
    /// Reads the operator's file.
    ///
    /// # Errors
    ///
    /// Every line that is not an entry, together.
    pub(crate) fn parse(text: &str) -> Result<Self, BlocklistError> {
        let mut blocklist = Self::default();
        let mut faults = Vec::new();
        // Editors on Windows put a byte order mark in front.
        for (line, number) in text.trim_start_matches('\u{feff}').lines().zip(1..) {
            let entry = line.split('#').next().unwrap_or_default().trim();
            if !entry.is_empty()
                && let Err(reason) = blocklist.add(entry)
            {
                faults.push(LineError { line: number, reason });
            }
        }
        if faults.is_empty() { Ok(blocklist) } else { Err(BlocklistError(faults)) }
    }

    fn add(&mut self, entry: &str) -> Result<(), HostError> {
        let suffix = entry.strip_prefix('*').unwrap_or(entry).strip_prefix('.');
        let Named::Host(host) = host::normalise(suffix.unwrap_or(entry))? else {
            return Ok(());
        };
        let mut reach = Reach::Host;
        if suffix.is_some() {
            reach = Reach::HostAndBelow;
            self.deepest = self.deepest.max(host.split('.').count());
        }
        let known = self.entries.entry(host.into_boxed_str()).or_insert(reach);
        *known = reach.max(*known);
        Ok(())
    }

    /// Whether the operator blocks this host, in the form that [`super::TargetUrl::host`] gives.
    ///
    /// Runs at every redirect: one hash look-up for the host and one for each suffix of it that is short
    /// enough to be listed, and no allocation.
    pub(crate) fn blocks(&self, host: &str) -> bool {
        self.entries.contains_key(host)
            || host
                .rmatch_indices('.')
                .take(self.deepest)
                .filter_map(|(dot, _)| host.get(dot + 1..))
                .any(|suffix| self.entries.get(suffix) == Some(&Reach::HostAndBelow))
    }
}

impl fmt::Debug for Blocklist {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Blocklist").field("entries", &self.entries.len()).finish_non_exhaustive()
    }
}

/// The lines of a blocklist that are not entries.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} line(s) of the blocklist cannot be used; {}", .0.len(), in_one_sentence(.0))]
pub(crate) struct BlocklistError(Vec<LineError>);

fn in_one_sentence(faults: &[LineError]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

impl IntoIterator for BlocklistError {
    type Item = LineError;
    type IntoIter = std::vec::IntoIter<LineError>;

    /// One fault at a time, in the order of the lines.
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// One line that is not an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: the host {reason}")]
pub(crate) struct LineError {
    line: usize,
    reason: HostError,
}
