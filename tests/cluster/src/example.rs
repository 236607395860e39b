//! The manifests with the example's values in place of an account's, for tests that only read or try them.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::ClusterError;
use crate::machine::run;

/// Copies the manifests in `source` to `target` and gives these overlays of the copy the example's values.
///
/// # Errors
///
/// When they cannot be copied, or the example is missing.
pub fn copy_with_example(source: &Path, target: &Path, overlays: &[&str]) -> Result<(), ClusterError> {
    run(Command::new("cp").arg("-rT").args([source, target]))?;
    for overlay in overlays {
        let generated = target.join("overlays").join(overlay).join("generated");
        let _ = fs::remove_dir_all(&generated);
        fs::create_dir_all(&generated).map_err(ClusterError::file("make", &generated))?;
        for name in ["account-values.env", "database-ca.pem"] {
            let example = target.join("overlays/production/example").join(name);
            fs::copy(&example, generated.join(name)).map_err(ClusterError::file("copy", &example))?;
        }
        let authority = generated.join("aws-ca.pem");
        fs::write(&authority, "an authority").map_err(ClusterError::file("write", &authority))?;
    }
    Ok(())
}
