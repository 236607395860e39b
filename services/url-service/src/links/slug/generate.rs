//! Slugs that the service makes up.

use rand::CryptoRng;

use super::Slug;

/// What a generated slug is made of: 23 characters that survive being read aloud, written down and typed.
///
/// - No vowels, and no `y`, `3` or `4`, which stand in for them: what is left hardly ever spells a word.
/// - One of each look-alike pair only: no `0` (`o`), no `1` or `l` (`i`), no `2` (`z`), no `5` (`s`).
/// - Lower case alone, because the match ignores case.
pub(super) const ALPHABET: &[u8; 23] = b"bcdfghjkmnpqrstvwxz6789";

/// How many values of a byte stand for each character: the most that fit, `23 × 11 = 253`.
const BYTES_PER_CHARACTER: u8 = 11;

/// How many characters a generated slug has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GeneratedLength(usize);

impl GeneratedLength {
    /// Seven characters: 23⁷, about 3.4 × 10⁹ names. With a million links, one try in 3,400 collides, and
    /// one guess in 3,400 finds a link, which is what the limit on unknown slugs is for.
    pub(crate) const DEFAULT: Self = Self(7);

    /// One character more, 23 times the names: for the next try when two names in a row were taken.
    #[must_use]
    pub(crate) fn longer(self) -> Self {
        Self((self.0 + 1).min(Slug::MAX_LENGTH))
    }
}

/// Draws that many characters, each with the same probability.
///
/// A byte is divided, not reduced: 253 values fall evenly on the 23 characters, and the three that are left
/// over fall outside the alphabet and are drawn again.
pub(super) fn draw<R: CryptoRng + ?Sized>(rng: &mut R, length: GeneratedLength) -> String {
    let mut text = String::with_capacity(length.0);
    let mut block = [0; 16];
    while text.len() < length.0 {
        rng.fill_bytes(&mut block);
        let drawn = block.iter().filter_map(|byte| ALPHABET.get(usize::from(byte / BYTES_PER_CHARACTER)));
        text.extend(drawn.take(length.0 - text.len()).map(|&character| char::from(character)));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};
    use std::convert::Infallible;

    use rand::{TryCryptoRng, TryRng};

    use super::*;

    /// Gives every value of a byte in turn.
    struct EveryByte(u8);

    impl TryRng for EveryByte {
        type Error = Infallible;

        fn try_next_u32(&mut self) -> Result<u32, Infallible> {
            let mut bytes = [0; 4];
            self.try_fill_bytes(&mut bytes)?;
            Ok(u32::from_le_bytes(bytes))
        }

        fn try_next_u64(&mut self) -> Result<u64, Infallible> {
            let mut bytes = [0; 8];
            self.try_fill_bytes(&mut bytes)?;
            Ok(u64::from_le_bytes(bytes))
        }

        fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
            for byte in bytes {
                *byte = self.0;
                self.0 = self.0.wrapping_add(1);
            }
            Ok(())
        }
    }

    impl TryCryptoRng for EveryByte {}

    #[test]
    fn every_character_stands_for_as_many_bytes_as_any_other() {
        let drawn = draw(&mut EveryByte(0), GeneratedLength(253));
        let mut counts = HashMap::new();
        for character in drawn.bytes() {
            *counts.entry(character).or_insert(0) += 1;
        }
        assert_eq!(counts.len(), ALPHABET.len());
        assert!(counts.values().all(|&count| count == BYTES_PER_CHARACTER));
    }

    #[test]
    fn bytes_left_over_are_drawn_again() {
        let start = u8::MAX - 2;
        assert_eq!(draw(&mut EveryByte(start), GeneratedLength(1)), "b", "253, 254 and 255 are skipped");
    }

    #[test]
    fn the_alphabet_has_no_vowels_look_alikes_or_repeats() {
        for character in ALPHABET {
            assert!(!b"aeiouy34".contains(character), "{character} reads as a vowel");
            assert!(!b"0o1l25".contains(character), "{character} has a look-alike");
            assert!(!character.is_ascii_uppercase());
        }
        assert_eq!(ALPHABET.iter().collect::<HashSet<_>>().len(), ALPHABET.len());
    }

    #[test]
    fn a_longer_try_stops_at_the_longest_slug() {
        assert_eq!(GeneratedLength::DEFAULT.longer(), GeneratedLength(8));
        assert_eq!(GeneratedLength(63).longer(), GeneratedLength(64));
        assert_eq!(GeneratedLength(64).longer(), GeneratedLength(64));
    }
}
