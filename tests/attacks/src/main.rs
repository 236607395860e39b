//! Attacks on the identity of the system, executed against a running gate. Each asserts what the attacker is told and
//! what the decision log says.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    reason = "a test says what is wrong by failing, and a table of cases is as long as it is"
)]

mod arena;
mod clock;
mod jwt;
mod layers;
mod matrix;
mod rogue;
mod scene;
mod sessions;
mod sigv4;
mod wire;

use std::future::Future;
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Trial};
use tokio::runtime::Runtime;

use arena::Arena;

/// Turns an async test into a trial.
fn trial<F>(runtime: &Arc<Runtime>, name: String, test: impl FnOnce() -> F + Send + 'static) -> Trial
where
    F: Future<Output = ()>,
{
    let runtime = Arc::clone(runtime);
    Trial::test(name, move || {
        runtime.block_on(test());
        Ok(())
    })
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let runtime = Arc::new(Runtime::new().expect("an asynchronous runtime"));
    let arena = Arc::new(runtime.block_on(Arena::start()));
    let mut trials = jwt::trials(&runtime, &arena);
    trials.extend(sigv4::trials(&runtime, &arena));
    trials.extend(sessions::trials(&runtime));
    trials.extend(matrix::trials(&runtime));
    trials.extend(layers::trials(&runtime));
    libtest_mimic::run(&arguments, trials).exit_code()
}
