//! Other programs.

use std::process::Command;

use crate::SupplyChainError;

/// Runs a program to its end and returns what it printed.
///
/// # Errors
///
/// When it cannot be run, or fails: with everything that it said.
pub(crate) fn run(command: &mut Command) -> Result<String, SupplyChainError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output =
        command.output().map_err(|source| SupplyChainError::Run { program: program.clone(), source })?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(printed);
    }
    let arguments = command.get_args().map(|argument| argument.to_string_lossy());
    let program = arguments.fold(program, |line, argument| line + " " + &argument);
    let output = format!("{printed}{}", String::from_utf8_lossy(&output.stderr));
    Err(SupplyChainError::Command { program, output })
}
