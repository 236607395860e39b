//! What a look-up matches on.

use std::borrow::Borrow;
use std::fmt;
use std::hash::{Hash, Hasher};

use super::{Slug, SlugError};

/// A slug in lower case, held inline: reading one from a request's path allocates nothing.
///
/// Hashes and compares as the `str` that it holds, so a map or cache keyed by any string type that borrows
/// as `str` can be asked with [`SlugKey::as_str`], and one keyed by `SlugKey` with a `&str`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct SlugKey {
    /// Zero after `length`, so that the derived comparison is that of the text.
    bytes: [u8; Slug::MAX_LENGTH],
    length: usize,
}

impl SlugKey {
    /// Reads one segment of a request's path; `None` for what no link can be called.
    ///
    /// Reserved words pass: a word that is reserved today may be the name of an older link, which goes on
    /// working, and the routes of the service win over the redirect anyway.
    pub(crate) fn parse(segment: &str) -> Option<Self> {
        Self::fold(segment).ok()
    }

    /// Checks the shape of a slug and folds its case.
    pub(super) fn fold(text: &str) -> Result<Self, SlugError> {
        let mut bytes = [0; Slug::MAX_LENGTH];
        let Some(slots) = bytes.get_mut(..text.len()) else {
            return Err(if text.is_ascii() { SlugError::TooLong } else { SlugError::Character });
        };
        if !text.bytes().all(is_allowed) {
            return Err(SlugError::Character);
        }
        if text.len() < Slug::MIN_LENGTH {
            return Err(SlugError::TooShort);
        }
        let edges = [text.bytes().next(), text.bytes().next_back()];
        if edges.iter().flatten().any(|byte| !byte.is_ascii_alphanumeric()) {
            return Err(SlugError::Edge);
        }
        slots.copy_from_slice(text.as_bytes());
        slots.make_ascii_lowercase();
        Ok(Self { bytes, length: text.len() })
    }

    /// The folded text.
    pub(crate) fn as_str(&self) -> &str {
        // Only ASCII gets in, so neither fallback is ever taken.
        let text = self.bytes.get(..self.length).unwrap_or_default();
        str::from_utf8(text).unwrap_or_default()
    }
}

const fn is_allowed(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_')
}

impl Hash for SlugKey {
    /// As `str` does, which [`Borrow<str>`] requires.
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl Borrow<str> for SlugKey {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Debug for SlugKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("SlugKey").field(&self.as_str()).finish()
    }
}
