//! What a generated slug must not read as.
//!
//! Only generated slugs are tested: a caller answers for a name that they chose. The generator's alphabet
//! has no vowels, so words are listed as the consonants that are left of them, in its characters alone
//! (nothing with an `l` or a `y` can come up). The list is short on purpose: English, the coarse and the
//! hateful, three letters or more.

/// Matched anywhere in the slug as drawn. The figures are sexual or hate codes.
const FIGURES: &[&str] = &["666", "69", "88"];

/// Matched anywhere in the slug once its digits are read as letters.
const SKELETONS: &[&str] = &[
    "bggr", "bstrd", "btch", "cck", "chnk", "cnt", "dck", "fck", "fcn", "fgg", "fgt", "fkc", "fkk", "fkn",
    "fkr", "gtf", "jckff", "jsm", "jzm", "jzz", "kkk", "mthrf", "ncst", "ngg", "ngr", "ngz", "nzs", "pdph",
    "pns", "prn", "prv", "pss", "rpst", "rtrd", "sht", "skk", "spc", "spz", "stf", "sxx", "trd", "trnn",
    "tts", "ttz", "twt", "vgn", "whr", "wnk", "wtbck", "wtf", "xxx",
];

/// Whether somebody who is handed this link would take offence.
pub(super) fn reads_as_profanity(generated: &str) -> bool {
    let letters: String = generated.chars().map(as_letter).collect();
    FIGURES.iter().any(|figure| generated.contains(figure))
        || SKELETONS.iter().any(|skeleton| letters.contains(skeleton))
}

/// The letter that a digit of the generator's alphabet passes for.
const fn as_letter(character: char) -> char {
    match character {
        '6' | '9' => 'g',
        '7' => 't',
        '8' => 'b',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::super::generate::ALPHABET;
    use super::*;

    #[test]
    fn the_lists_are_sorted_and_can_match() {
        assert!(FIGURES.is_sorted_by(|a, b| a < b));
        assert!(SKELETONS.is_sorted_by(|a, b| a < b));
        for entry in FIGURES.iter().chain(SKELETONS) {
            assert!(entry.bytes().all(|byte| ALPHABET.contains(&byte)), "{entry} cannot be drawn");
        }
        for entry in SKELETONS {
            assert!(entry.chars().all(|letter| letter.is_ascii_alphabetic()), "{entry} is folded away");
            assert!(entry.len() >= 3, "{entry} would refuse too much");
        }
    }

    #[test]
    fn a_word_is_found_wherever_it_stands_and_whatever_spells_it() {
        for word in
            ["fckbbbb", "bbfckbb", "bbbbfck", "sh7bbbb", "fa9bbbb".replace('a', "g").as_str(), "b8bb88b"]
        {
            assert!(reads_as_profanity(word), "{word}");
        }
        for word in ["8tchbbb", "n99bbbb", "b69bbbb", "bbbb666", "prnbbbb", "kkkbbbb"] {
            assert!(reads_as_profanity(word), "{word}");
        }
    }

    #[test]
    fn plain_slugs_pass() {
        for word in ["bcdfghj", "kmnpqrs", "tvwxz67", "9876bcd", "zzzzzzz", "b8b8b8b", "6796796"] {
            assert!(!reads_as_profanity(word), "{word}");
        }
    }
}
