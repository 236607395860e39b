//! Decides requests for programs in other languages: one JSON query a line in, one JSON answer a line out.
//!
//! `tests/iam-policy/README.md` says what a query holds.

mod query;

use std::io::{self, BufRead, Write};

fn main() -> io::Result<()> {
    let mut output = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let answer = query::answer(&line?);
        serde_json::to_writer(&mut output, &answer)?;
        output.write_all(b"\n")?;
        output.flush()?;
    }
    Ok(())
}
