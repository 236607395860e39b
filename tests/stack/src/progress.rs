//! What `stack run` says while it works: one line for each step, with its duration.

use std::io::Write as _;
use std::time::Instant;

/// Where the lines go.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    speaks: bool,
}

/// A step that has begun.
#[derive(Debug)]
#[must_use = "a step that is not told its end prints no line"]
pub struct Step {
    speaks: bool,
    name: &'static str,
    begun: Instant,
}

impl Progress {
    /// Lines on standard output.
    #[must_use]
    pub fn stdout() -> Self {
        Self { speaks: true }
    }

    /// No lines: for tests.
    #[must_use]
    pub fn silent() -> Self {
        Self { speaks: false }
    }

    /// Begins a step; its line is printed at its end.
    pub fn begin(&self, name: &'static str) -> Step {
        Step { speaks: self.speaks, name, begun: Instant::now() }
    }

    /// Prints text as it is, with a line feed after it.
    pub fn say(&self, text: &str) {
        if self.speaks {
            // A closed standard output is no reason to stop what runs.
            let _ = writeln!(std::io::stdout().lock(), "{text}");
        }
    }
}

impl Step {
    /// Prints the step's line: its name, what came of it, how long it took.
    pub fn done(self, outcome: &str) {
        let seconds = self.begun.elapsed().as_secs_f32();
        let line = format!("{:<22} {outcome:<58} {seconds:>6.2} s", self.name);
        Progress { speaks: self.speaks }.say(&line);
    }
}
