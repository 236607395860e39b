//! The mutants as they are written down.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::MutantError;

/// One guard taken away.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mutant {
    /// What is taken away.
    pub(crate) name: String,
    /// The file, relative to the repository.
    pub(crate) file: PathBuf,
    /// A text that occurs exactly once in the file.
    pub(crate) find: String,
    /// What stands there instead.
    #[serde(default)]
    pub(crate) replace: String,
    /// The test that must notice.
    pub(crate) test: TestFilter,
    /// Whether the file is compiled into the services or the tests, rather than read when they run.
    #[serde(default)]
    pub(crate) code: bool,
}

/// A test target and a filter of its tests, written `target filter`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct TestFilter {
    /// The name of a test target, or of a library for its unit tests.
    pub(crate) target: String,
    /// A part of the names of the tests.
    pub(crate) filter: String,
}

impl TryFrom<String> for TestFilter {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.split_once(' ') {
            Some((target, filter)) if !filter.is_empty() => {
                Ok(Self { target: target.to_owned(), filter: filter.to_owned() })
            }
            _ => Err(format!("{text:?} is not a test target and a filter")),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Chapter {
    mutant: Vec<Mutant>,
}

impl Mutant {
    /// Takes the guard away in a tree.
    pub(crate) fn plant(&self, tree: &Path) -> Result<Planted, MutantError> {
        let path = tree.join(&self.file);
        let original = fs::read_to_string(&path).map_err(MutantError::file(&path))?;
        let occurrences = original.matches(&self.find).count();
        if occurrences != 1 {
            return Err(MutantError::DoesNotApply { file: self.file.clone(), occurrences });
        }
        fs::write(&path, original.replacen(&self.find, &self.replace, 1))
            .map_err(MutantError::file(&path))?;
        Ok(Planted { path, original })
    }
}

/// A file with a mutant in it; restored when dropped.
#[derive(Debug)]
pub(crate) struct Planted {
    path: PathBuf,
    original: String,
}

impl Drop for Planted {
    fn drop(&mut self) {
        // The copy of the tree is thrown away in the end; the next mutant of this file says when this failed.
        drop(fs::write(&self.path, &self.original));
    }
}

/// All mutants, in the order of their files.
pub(crate) fn load() -> Result<Vec<Mutant>, MutantError> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("catalogue");
    let entries = fs::read_dir(&directory).map_err(MutantError::file(&directory))?;
    let mut files: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    files.sort();
    let mut mutants = Vec::new();
    for path in files {
        let text = fs::read_to_string(&path).map_err(MutantError::file(&path))?;
        let chapter: Chapter =
            toml::from_str(&text).map_err(|source| MutantError::Catalogue { path: path.clone(), source })?;
        mutants.extend(chapter.mutant);
    }
    Ok(mutants)
}
