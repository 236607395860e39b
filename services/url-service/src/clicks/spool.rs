//! Batches on disk, for as long as the queue cannot be reached.
//!
//! One file per batch, written whole before it gets its name, so that a killed process leaves either a batch
//! or nothing. A batch that is sent twice because the process died in between counts once.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use uuid::Uuid;

/// The most that the spool holds, in bytes: a day of a busy service, and less than a pod's ephemeral storage.
pub(crate) const MAX_BYTES: u64 = 512 * 1024 * 1024;

/// A directory of batches.
#[derive(Clone, Debug)]
pub(crate) struct Spool {
    directory: PathBuf,
}

/// A batch that was kept.
#[derive(Debug)]
pub(crate) struct Spooled {
    file: PathBuf,
    pub(crate) body: String,
}

impl Spool {
    /// Uses `directory`, and clears away what a killed process had not finished writing.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub(crate) fn open(directory: &Path) -> io::Result<Self> {
        let spool = Self { directory: directory.to_owned() };
        for unfinished in spool.files("part")? {
            fs::remove_file(unfinished)?;
        }
        Ok(spool)
    }

    /// Keeps the encoded batch `id`.
    ///
    /// # Errors
    /// When the disk refuses, or the spool is full.
    pub(crate) fn keep(&self, id: Uuid, body: &str) -> io::Result<()> {
        if self.bytes()? + u64::try_from(body.len()).unwrap_or(u64::MAX) > MAX_BYTES {
            return Err(io::Error::new(io::ErrorKind::StorageFull, "the spool is full"));
        }
        let unfinished = self.directory.join(format!("{id}.part"));
        let mut file = File::create(&unfinished)?;
        file.write_all(body.as_bytes())?;
        file.sync_all()?;
        fs::rename(unfinished, self.directory.join(format!("{id}.json")))
    }

    /// The oldest batch; identifiers sort by time.
    ///
    /// # Errors
    /// When the directory or the file cannot be read.
    pub(crate) fn oldest(&self) -> io::Result<Option<Spooled>> {
        let Some(file) = self.files("json")?.into_iter().min() else { return Ok(None) };
        let body = fs::read_to_string(&file)?;
        Ok(Some(Spooled { file, body }))
    }

    /// How many bytes it holds.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub(crate) fn bytes(&self) -> io::Result<u64> {
        self.files("json")?.iter().map(|file| file.metadata().map(|data| data.len())).sum()
    }

    fn files(&self, extension: &str) -> io::Result<Vec<PathBuf>> {
        let files = fs::read_dir(&self.directory)?.map(|entry| entry.map(|entry| entry.path()));
        let files: io::Result<Vec<PathBuf>> = files.collect();
        Ok(files?.into_iter().filter(|file| file.extension().is_some_and(|own| own == extension)).collect())
    }
}

impl Spooled {
    /// Deletes the batch, which has been sent.
    ///
    /// # Errors
    /// When the disk refuses; the batch is then sent again and counts once.
    pub(crate) fn done(self) -> io::Result<()> {
        fs::remove_file(self.file)
    }

    /// Keeps the batch for a person to look at, out of the way of those behind it.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn set_aside(self) -> io::Result<()> {
        let aside = self.file.with_extension("refused");
        fs::rename(self.file, aside)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_come_back_oldest_first_and_leave_nothing() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("unfinished.part"), "half").unwrap();
        let spool = Spool::open(directory.path()).unwrap();
        assert!(spool.oldest().unwrap().is_none());
        spool.keep(Uuid::from_u128(2), "younger").unwrap();
        spool.keep(Uuid::from_u128(1), "older").unwrap();
        assert_eq!(spool.bytes().unwrap(), 12);
        for expected in ["older", "younger"] {
            let spooled = spool.oldest().unwrap().unwrap();
            assert_eq!(spooled.body, expected);
            spooled.done().unwrap();
        }
        assert!(spool.oldest().unwrap().is_none());
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_batch_that_was_set_aside_is_not_in_the_way() {
        let directory = tempfile::tempdir().unwrap();
        let spool = Spool::open(directory.path()).unwrap();
        spool.keep(Uuid::from_u128(1), "refused").unwrap();
        spool.keep(Uuid::from_u128(2), "good").unwrap();
        spool.oldest().unwrap().unwrap().set_aside().unwrap();
        assert_eq!(spool.oldest().unwrap().unwrap().body, "good");
    }

    #[test]
    fn a_missing_directory_is_an_error() {
        assert!(Spool::open(Path::new("/nonexistent/spool")).is_err());
    }
}
