//! What a run printed, as test results: of `cargo test`, of suites on the same harness, and of pytest.

use std::collections::BTreeMap;

/// Results by full name: `target::path::of::test`.
#[derive(Debug, Default)]
pub(crate) struct Results {
    tests: BTreeMap<String, bool>,
}

impl Results {
    /// Reads what a run printed; lines that report no result are passed over.
    pub(crate) fn parse(log: &str) -> Self {
        let mut results = Self::default();
        let mut target = String::new();
        let mut unfinished = None;
        for line in log.lines() {
            if let Some(name) = started(line) {
                target = name;
            } else if let Some((name, outcome)) = cargo_result(line) {
                unfinished = None;
                match outcome {
                    Some(passed) => results.note(format!("{target}::{name}"), passed),
                    None => unfinished = Some(name),
                }
            } else if let Some(passed) = outcome(line)
                && let Some(name) = unfinished.take()
            {
                results.note(format!("{target}::{name}"), passed);
            } else if let Some((name, passed)) = pytest_result(line) {
                results.note(name, passed);
            }
        }
        results
    }

    /// A test that ran twice passed only if it passed both times.
    fn note(&mut self, name: String, passed: bool) {
        self.tests.entry(name).and_modify(|before| *before &= passed).or_insert(passed);
    }

    /// How many tests of a pattern passed and failed. A `*` at the end stands for any ending.
    pub(crate) fn count(&self, pattern: &str) -> (usize, usize) {
        let matches = |name: &str| match pattern.strip_suffix('*') {
            Some(beginning) => name.starts_with(beginning),
            None => name == pattern,
        };
        let matching = self.tests.iter().filter(|(name, _)| matches(name));
        let passed: Vec<_> = matching.map(|(_, passed)| *passed).collect();
        let good = passed.iter().filter(|passed| **passed).count();
        (good, passed.len() - good)
    }
}

/// The target that a line of cargo announces: its executable without the hash, or a command that is run.
fn started(line: &str) -> Option<String> {
    let rest = line.trim_start().strip_prefix("Running ")?;
    if let Some(command) = rest.strip_prefix('`') {
        let program = command.split(['`', ' ']).next()?;
        return Some(program.rsplit('/').next()?.to_owned());
    }
    let executable = rest.rsplit('(').next()?.strip_suffix(')')?;
    let name = executable.rsplit('/').next()?;
    Some(name.rsplit_once('-').map_or(name, |(name, _hash)| name).replace('_', "-"))
}

/// `test <name> ... ok`, padded or not. What the test printed itself may stand before its outcome, which then begins a
/// line of its own.
fn cargo_result(line: &str) -> Option<(String, Option<bool>)> {
    let (name, rest) = line.strip_prefix("test ")?.split_once(" ... ")?;
    Some((name.trim_end().to_owned(), outcome(rest)))
}

fn outcome(text: &str) -> Option<bool> {
    match text.split_whitespace().next()? {
        "ok" => Some(true),
        "FAILED" => Some(false),
        _ => None,
    }
}

/// `tests/cloud/test_plan.py::test_x[case] PASSED [ 10%]` as `cloud::test_plan::test_x`.
fn pytest_result(line: &str) -> Option<(String, bool)> {
    let (node, outcome) = line.split_once(' ')?;
    let (file, test) = node.split_once(".py::")?;
    let word = outcome.split_whitespace().find(|word| ["PASSED", "FAILED", "ERROR"].contains(word))?;
    let passed = word == "PASSED";
    let mut parts = file.rsplit('/');
    let module = parts.next()?;
    let suite = parts.next().unwrap_or("cloud");
    let test = test.split('[').next()?.replace("::", ".");
    Some((format!("{suite}::{module}::{test}"), passed))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "\
     Running unittests src/lib.rs (target/debug/deps/url_service-0123456789abcdef)
test links::are_short ... ok
test links::are_kept  ... FAILED
test links::are_counted ... 25 links
ok
     Running `target/debug/mutants --test-threads 4`
test trust: audience ... ok
tests/cloud/test_plan.py::test_roles[worker] PASSED   [ 10%]
tests/cloud/test_plan.py::test_roles[migrate] FAILED  [ 20%]
test of nothing";

    #[test]
    fn results_carry_the_name_of_their_target() {
        let results = Results::parse(LOG);
        assert_eq!(results.count("url-service::links::are_short"), (1, 0));
        assert_eq!(results.count("url-service::links::are_counted"), (1, 0));
        assert_eq!(results.count("url-service::links::*"), (2, 1));
        assert_eq!(results.count("mutants::trust: *"), (1, 0));
        assert_eq!(results.count("url-service::nothing"), (0, 0));
    }

    #[test]
    fn a_test_with_several_cases_passes_only_if_all_do() {
        assert_eq!(Results::parse(LOG).count("cloud::test_plan::test_roles"), (0, 1));
    }
}
