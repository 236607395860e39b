//! What all mutants of a run share: the test executables, and the one copy in which code mutants are built.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use tempfile::TempDir;
use trust_map::repository;

use crate::catalogue::{Mutant, TestFilter};
use crate::error::MutantError;
use crate::run::{Ended, Places};
use crate::targets::{self, Targets};
use crate::tree::Tree;

/// The binaries that the stack starts.
const SERVICES: [&str; 3] = ["url-service", "worker", "migrate"];
/// Baselines that run at once.
const AT_ONCE: usize = 3;

/// The shared parts of a run.
#[derive(Debug)]
pub(crate) struct Suite {
    targets: Targets,
    /// Code mutants are built here one after the other, so that each build is a small one.
    workshop: Option<Mutex<Tree>>,
}

impl Suite {
    /// Builds the tests and, if there are code mutants, makes the copy to build them in.
    pub(crate) fn prepare(mutants: &[Mutant]) -> Result<Self, MutantError> {
        let targets = targets::build(repository())?;
        let workshop = if mutants.iter().any(|mutant| mutant.code) { Some(Tree::workshop()?) } else { None };
        let workshop = workshop.map(Mutex::new);
        Ok(Self { targets, workshop })
    }

    /// Runs every test without a mutant; returns the output of those that fail, side by side and then by themselves too: a
    /// machine that was busy for a moment says nothing about mutants.
    pub(crate) fn baselines(
        suite: &Arc<Self>,
        tests: BTreeSet<TestFilter>,
    ) -> Result<BTreeMap<TestFilter, String>, MutantError> {
        let mut failed = BTreeMap::new();
        for (test, _) in Self::baselines_at_once(suite, tests)? {
            let ended = suite.baseline(&test)?;
            if !ended.passed {
                failed.insert(test, ended.output);
            }
        }
        Ok(failed)
    }

    fn baseline(&self, test: &TestFilter) -> Result<Ended, MutantError> {
        test.run(&self.targets, Places { repository: repository(), binaries: None })
    }

    fn baselines_at_once(
        suite: &Arc<Self>,
        tests: BTreeSet<TestFilter>,
    ) -> Result<BTreeMap<TestFilter, String>, MutantError> {
        let queue = Mutex::new(tests.into_iter());
        let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
        let worker = || -> Result<Vec<(TestFilter, String)>, MutantError> {
            let mut failed = Vec::new();
            while let Some(test) = next() {
                let ended = suite.baseline(&test)?;
                if !ended.passed {
                    failed.push((test, ended.output));
                }
            }
            Ok(failed)
        };
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(worker)).collect();
            let mut all = BTreeMap::new();
            for worker in workers {
                match worker.join() {
                    Ok(failed) => all.extend(failed?),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            Ok(all)
        })
    }

    /// Runs one mutant; an error is what it proves to be wrong.
    pub(crate) fn run(&self, mutant: &Mutant) -> Result<(), MutantError> {
        let ended = if mutant.code {
            let (built, targets) = self.build(mutant)?;
            mutant.test.run(&targets, Places { repository: repository(), binaries: Some(built.path()) })?
        } else {
            let tree = Tree::copy()?;
            let _planted = mutant.plant(tree.path())?;
            mutant.test.run(&self.targets, Places { repository: tree.path(), binaries: None })?
        };
        if ended.passed { Err(MutantError::Survived(mutant.test.title())) } else { Ok(()) }
    }

    /// Builds a mutant of the code and sets aside what was built, so that the next one may be built.
    fn build(&self, mutant: &Mutant) -> Result<(TempDir, Targets), MutantError> {
        let unknown = || MutantError::UnknownTarget(mutant.test.target.clone());
        let tree = self.workshop.as_ref().ok_or_else(unknown)?.lock().unwrap_or_else(PoisonError::into_inner);
        let _planted = mutant.plant(tree.path())?;
        let built = targets::build(tree.path())?;
        let kept = TempDir::with_prefix("mutant-bin-").map_err(MutantError::file(&std::env::temp_dir()))?;
        for service in SERVICES {
            keep(&tree.path().join("target/debug").join(service), &kept.path().join(service))?;
        }
        let test = kept.path().join("test");
        keep(built.get(&mutant.test.target).ok_or_else(unknown)?, &test)?;
        Ok((kept, Targets::from([(mutant.test.target.clone(), test)])))
    }
}

fn keep(from: &Path, to: &Path) -> Result<(), MutantError> {
    fs::copy(from, to).map(drop).map_err(MutantError::file(from))
}
