//! Async tests that share something that is slow to start: a stack, a gate, a cluster.
//!
//! A [`Group`] starts its context once, runs its tests against it and stops it. A group none of whose tests was asked
//! for starts nothing. The command line is that of `cargo test`.
//!
//! ```no_run
//! use trials::{Group, TestResult, tests};
//!
//! mod greetings {
//!     pub async fn are_polite(context: &String) -> trials::TestResult {
//!         assert_eq!(context, "good morning");
//!         Ok(())
//!     }
//! }
//!
//! fn main() -> std::process::ExitCode {
//!     trials::run(vec![Group::concurrent(
//!         async || "good morning".to_owned(),
//!         tests![greetings::are_polite],
//!         async |_context| {},
//!     )])
//! }
//! ```

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "the harness of tests: what it cannot do ends the run"
)]

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;

use futures::future::LocalBoxFuture;
use libtest_mimic::{Arguments, Failed};
use tokio::runtime::Runtime;

/// How a test ends.
pub type TestResult = Result<(), Box<dyn Error + Send + Sync>>;

type Run<C> = Box<dyn Fn(Arc<C>) -> LocalBoxFuture<'static, TestResult> + Send + Sync>;

/// One test of a context `C`.
pub struct Test<C> {
    name: &'static str,
    run: Run<C>,
    last: bool,
}

impl<C> std::fmt::Debug for Test<C> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Test").field("name", &self.name).finish_non_exhaustive()
    }
}

impl<C> Test<C> {
    /// A test by this name; [`tests!`] makes them.
    pub fn new(
        name: &'static str,
        run: impl Fn(Arc<C>) -> LocalBoxFuture<'static, TestResult> + Send + Sync + 'static,
    ) -> Self {
        Self { name, run: Box::new(run), last: false }
    }
}

/// Makes these tests run after all others of their group, in turn: they look at what the others left.
#[must_use]
pub fn last<C>(tests: Vec<Test<C>>) -> Vec<Test<C>> {
    tests.into_iter().map(|test| Test { last: true, ..test }).collect()
}

/// Lists async functions that take `&C` as tests, named after their path as it is written.
#[macro_export]
macro_rules! tests {
    ($($($segment:ident)::+),+ $(,)?) => {
        vec![$($crate::Test::new(
            $crate::name(stringify!($($segment)::+)),
            |context| Box::pin(async move { $($segment)::+(&context).await }),
        )),+]
    };
}

/// A path as `module::function`: the compiler may print spaces around the colons.
#[doc(hidden)]
#[must_use]
pub fn name(path: &'static str) -> &'static str {
    if path.contains(' ') { Box::leak(path.replace(' ', "").into_boxed_str()) } else { path }
}

type RunGroup = Box<dyn FnOnce(&Arc<Runtime>, &Arguments) -> bool>;

/// Tests that share a context.
pub struct Group {
    names: Vec<&'static str>,
    one_by_one: bool,
    run: RunGroup,
}

impl std::fmt::Debug for Group {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Group").field("names", &self.names).finish_non_exhaustive()
    }
}

impl Group {
    /// Tests that only use their context and run at once.
    pub fn concurrent<C: Send + Sync + 'static>(
        start: impl AsyncFnOnce() -> C + 'static,
        tests: Vec<Test<C>>,
        stop: impl AsyncFnOnce(C) + 'static,
    ) -> Self {
        Self::new(start, tests, stop, false)
    }

    /// Tests that change their context and run in turn, in the order of the list.
    pub fn in_turn<C: Send + Sync + 'static>(
        start: impl AsyncFnOnce() -> C + 'static,
        tests: Vec<Test<C>>,
        stop: impl AsyncFnOnce(C) + 'static,
    ) -> Self {
        Self::new(start, tests, stop, true)
    }

    fn new<C: Send + Sync + 'static>(
        start: impl AsyncFnOnce() -> C + 'static,
        tests: Vec<Test<C>>,
        stop: impl AsyncFnOnce(C) + 'static,
        one_by_one: bool,
    ) -> Self {
        let names = tests.iter().map(|test| test.name).collect();
        let run = move |runtime: &Arc<Runtime>, arguments: &Arguments| {
            let context = Arc::new(runtime.block_on(start()));
            let (last, tests): (Vec<_>, Vec<_>) = tests.into_iter().partition(|test| test.last);
            let trials =
                |tests: Vec<Test<C>>| tests.into_iter().map(|test| trial(runtime, &context, test)).collect();
            let mut passed = !libtest_mimic::run(arguments, trials(tests)).has_failed();
            if last.iter().any(|test| asked_for(arguments, test.name)) {
                let in_turn = Arguments { test_threads: Some(1), ..arguments.clone() };
                passed &= !libtest_mimic::run(&in_turn, trials(last)).has_failed();
            }
            if let Some(context) = Arc::into_inner(context) {
                runtime.block_on(stop(context));
            }
            passed
        };
        Self { names, one_by_one, run: Box::new(run) }
    }
}

fn trial<C: Send + Sync + 'static>(
    runtime: &Arc<Runtime>,
    context: &Arc<C>,
    test: Test<C>,
) -> libtest_mimic::Trial {
    let (runtime, context) = (Arc::clone(runtime), Arc::clone(context));
    libtest_mimic::Trial::test(test.name, move || {
        runtime.block_on((test.run)(context)).map_err(|error| Failed::from(error.to_string()))
    })
}

/// Runs the groups one after the other, as the command line asks.
///
/// # Panics
///
/// When two tests have one name: a filter could not tell them apart.
#[must_use]
pub fn run(groups: Vec<Group>) -> ExitCode {
    let arguments = Arguments::from_args();
    let mut names: Vec<_> = groups.iter().flat_map(|group| group.names.clone()).collect();
    names.sort_unstable();
    if let Some(twice) = names.windows(2).find(|pair| pair.first() == pair.last()) {
        panic!("two tests have one name: {twice:?}");
    }
    if arguments.list {
        let trials = names.into_iter().map(|name| libtest_mimic::Trial::test(name, || Ok(()))).collect();
        return libtest_mimic::run(&arguments, trials).exit_code();
    }
    let runtime = Arc::new(Runtime::new().expect("an asynchronous runtime"));
    let mut passed = true;
    for group in groups.into_iter().filter(|group| group.names.iter().any(|name| asked_for(&arguments, name)))
    {
        let mut arguments = arguments.clone();
        if group.one_by_one {
            arguments.test_threads = Some(1);
        }
        passed &= (group.run)(&runtime, &arguments);
    }
    if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Whether the command line selects a test by this name, as `cargo test` reads filters.
#[must_use]
pub fn asked_for(arguments: &Arguments, name: &str) -> bool {
    let matches = |pattern: &String| if arguments.exact { name == pattern } else { name.contains(pattern) };
    arguments.filter.as_ref().is_none_or(matches) && !arguments.skip.iter().any(matches)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(filter: Option<&str>, exact: bool) -> Arguments {
        Arguments { filter: filter.map(str::to_owned), exact, ..Arguments::default() }
    }

    #[test]
    fn a_filter_selects_as_cargo_test_does() {
        assert!(asked_for(&arguments(None, false), "a::b"));
        assert!(asked_for(&arguments(Some("::b"), false), "a::b"));
        assert!(!asked_for(&arguments(Some("::b"), true), "a::b"));
        assert!(asked_for(&arguments(Some("a::b"), true), "a::b"));
    }

    #[test]
    fn a_name_has_no_spaces() {
        assert_eq!(name("links :: are_made"), "links::are_made");
    }
}
