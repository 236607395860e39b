//! The short name of a link: what a caller may choose, what the service makes up, and what a look-up
//! matches on.
//!
//! A slug is matched without regard to case and shown as it was written. Two types keep the two apart:
//! [`Slug`] is a name that may be given to a new link, [`SlugKey`] is what a request's path is matched on.

use std::fmt;

use rand::CryptoRng;

mod generate;
mod key;
mod profanity;
mod reserved;
#[cfg(test)]
mod tests;

pub(crate) use generate::GeneratedLength;
pub(crate) use key::SlugKey;

/// A name that may be given to a new link, in the spelling that its owner chose.
///
/// ASCII letters, digits, `-` and `_`; 3 to 64 characters; a letter or digit at both ends; none of the
/// reserved words.
///
/// - Below three characters, the whole space is under 1,500 names, to be grabbed and never free again.
/// - 64 characters hold a readable title and let [`SlugKey`] live without a heap allocation.
/// - Software that turns text into links leaves a trailing `-` or `_` out of the link.
/// - Anything outside this alphabet would need percent-encoding, or collide with the `+` of a preview.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slug {
    display: String,
    key: SlugKey,
}

impl Slug {
    /// Fewest characters.
    pub(crate) const MIN_LENGTH: usize = 3;
    /// Most characters.
    pub(crate) const MAX_LENGTH: usize = 64;

    /// Accepts a name that a caller chose.
    ///
    /// # Errors
    ///
    /// One [`SlugError`] per rule; the first that the name breaks.
    pub(crate) fn parse(text: &str) -> Result<Self, SlugError> {
        if reserved::is_reserved(text) {
            return Err(SlugError::Reserved);
        }
        let key = SlugKey::fold(text)?;
        Ok(Self { display: text.to_owned(), key })
    }

    /// Makes up a name: uniform over its alphabet, never a reserved word, never one that reads as profanity.
    ///
    /// The source must be unpredictable, because a slug is the only thing that keeps an unlisted link
    /// unlisted. Uniqueness is the database's to say; after collisions, try [`GeneratedLength::longer`].
    pub(crate) fn generate<R: CryptoRng + ?Sized>(rng: &mut R, length: GeneratedLength) -> Self {
        loop {
            let text = generate::draw(rng, length);
            if profanity::reads_as_profanity(&text) {
                continue;
            }
            if let Ok(slug) = Self::parse(&text) {
                return slug;
            }
        }
    }

    /// The name as its owner wrote it.
    pub(crate) fn as_str(&self) -> &str {
        &self.display
    }

    /// The case-folded form: what has to be unique, and what a look-up matches.
    #[cfg(test)]
    pub(crate) const fn key(&self) -> &SlugKey {
        &self.key
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.display)
    }
}

/// Why a name is refused, in words for the caller of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SlugError {
    /// Something other than an ASCII letter, a digit, `-` or `_`.
    #[error("a slug may contain only the letters a to z, digits, hyphens and underscores")]
    Character,
    /// Fewer than [`Slug::MIN_LENGTH`] characters.
    #[error("a slug has at least {} characters", Slug::MIN_LENGTH)]
    TooShort,
    /// More than [`Slug::MAX_LENGTH`] characters.
    #[error("a slug has at most {} characters", Slug::MAX_LENGTH)]
    TooLong,
    /// A hyphen or underscore at either end.
    #[error("a slug starts and ends with a letter or a digit")]
    Edge,
    /// A word that the service keeps for itself.
    #[error("this slug is reserved; choose another one")]
    Reserved,
}
