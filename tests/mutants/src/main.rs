//! Takes one guard away at a time and runs the test that must notice. A survivor fails the run.

mod catalogue;
mod error;
mod run;
mod suite;
mod targets;
mod tree;

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};

use crate::catalogue::Mutant;
use crate::error::MutantError;
use crate::suite::Suite;

#[expect(clippy::print_stderr, reason = "the command's own output")]
fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = arguments.test_threads.or(Some(4));
    match listed(&arguments) {
        Ok(trials) => libtest_mimic::run(&arguments, trials).exit_code(),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn listed(arguments: &Arguments) -> Result<Vec<Trial>, MutantError> {
    let mutants = catalogue::load()?;
    if arguments.list {
        return Ok(mutants.into_iter().map(|mutant| Trial::test(mutant.name, || Ok(()))).collect());
    }
    let asked: Vec<Mutant> =
        mutants.into_iter().filter(|mutant| trials::asked_for(arguments, &mutant.name)).collect();
    let suite = Arc::new(Suite::prepare(&asked)?);
    // The tests themselves come first: a mutant that a broken test "notices" proves nothing.
    let tests: BTreeSet<_> = asked.iter().map(|mutant| mutant.test.clone()).collect();
    let failed = Suite::baselines(&suite, tests)?;
    Ok(asked
        .into_iter()
        .map(|mutant| {
            let (suite, broken) = (Arc::clone(&suite), failed.get(&mutant.test).cloned());
            Trial::test(mutant.name.clone(), move || {
                if let Some(output) = broken {
                    return Err(failure(MutantError::Baseline(mutant.test.title(), output)));
                }
                suite.run(&mutant).map_err(failure)
            })
        })
        .collect())
}

#[expect(clippy::needless_pass_by_value, reason = "used as a function that maps an error")]
fn failure(error: MutantError) -> Failed {
    Failed::from(error.to_string())
}
