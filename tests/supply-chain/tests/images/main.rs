//! The images that `services/images/build` left in `target/images/release`, or in the folder that `IMAGES` names.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test says what is wrong by failing, and prints what it has measured"
)]

mod contents;
mod crates;
mod start;
