//! What the environment may tell the stack itself. Services never see any of it.
//!
//! | variable | meaning |
//! | --- | --- |
//! | `PYTHON` | the interpreter that makes the emulator's environment (3.11 or later) |
//! | `LOCALSTACK_ENDPOINT` | use this emulator, `http://host:port`, instead of starting one |
//! | `POSTGRES_BIN_DIR` | the directory that holds `initdb` and `postgres` |
//! | `STACK_BIN_DIR` | the directory that holds the services' binaries |
//! | `STACK_KEEP` | when set, the scratch directory stays after the end |

use std::path::{Path, PathBuf};

/// The value of `name`; an empty value counts as absent.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var_os(name).and_then(|value| value.into_string().ok()).filter(|value| !value.is_empty())
}

/// The root of the repository, as it was when this crate was compiled.
pub(crate) fn repository() -> &'static Path {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.ancestors().nth(2).unwrap_or(manifest)
}

/// Where what is fetched once and used by every later run is kept.
pub(crate) fn cache() -> PathBuf {
    repository().join(".cache")
}
