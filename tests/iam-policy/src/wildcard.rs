//! Patterns with `*` and `?`.

/// One symbol of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Symbol {
    /// This character.
    Exactly(char),
    /// `?`: any one character.
    One,
    /// `*`: any characters, also none.
    Run,
}

impl Symbol {
    /// What a character of a policy means in a pattern.
    pub(crate) fn of(character: char) -> Self {
        match character {
            '?' => Self::One,
            '*' => Self::Run,
            other => Self::Exactly(other),
        }
    }

    /// The character that it was, for operators that know no wildcards.
    pub(crate) fn character(self) -> char {
        match self {
            Self::Exactly(character) => character,
            Self::One => '?',
            Self::Run => '*',
        }
    }
}

/// What a wildcard may stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Any character.
    Everything,
    /// Any character but a colon, except that a `*` at the end of a segment of an ARN goes on beyond it
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>).
    Segment,
}

/// Whether the pattern matches the whole text.
pub(crate) fn matches(pattern: &[Symbol], text: &str, reach: Reach) -> bool {
    // Nearly every pattern begins with plain characters, and nearly every text differs in them.
    let mut rest = text.chars();
    let mut remaining = pattern;
    while let Some((Symbol::Exactly(expected), after)) = remaining.split_first() {
        if rest.next() != Some(*expected) {
            return false;
        }
        remaining = after;
    }
    matches_from_wildcard(remaining, rest.as_str(), reach)
}

fn matches_from_wildcard(pattern: &[Symbol], text: &str, reach: Reach) -> bool {
    // `open[n]`: the first n symbols match the text read so far.
    let mut open = vec![false; pattern.len() + 1];
    if let Some(start) = open.first_mut() {
        *start = true;
    }
    skip_runs(pattern, &mut open);
    for character in text.chars() {
        let mut next = vec![false; pattern.len() + 1];
        for (position, symbol) in pattern.iter().enumerate() {
            if !open.get(position).is_some_and(|is_open| *is_open) {
                continue;
            }
            let (taken, target) = match symbol {
                Symbol::Exactly(expected) => (*expected == character, position + 1),
                Symbol::One => (character != ':' || reach == Reach::Everything, position + 1),
                Symbol::Run => (character != ':' || crosses(pattern, position, reach), position),
            };
            if let (true, Some(slot)) = (taken, next.get_mut(target)) {
                *slot = true;
            }
        }
        skip_runs(pattern, &mut next);
        open = next;
    }
    open.last().is_some_and(|is_open| *is_open)
}

/// Whether the `*` at this position may stand for a colon.
fn crosses(pattern: &[Symbol], position: usize, reach: Reach) -> bool {
    reach == Reach::Everything || matches!(pattern.get(position + 1), None | Some(Symbol::Exactly(':')))
}

/// A `*` may stand for nothing.
fn skip_runs(pattern: &[Symbol], open: &mut [bool]) {
    for (position, symbol) in pattern.iter().enumerate() {
        let is_open = open.get(position).is_some_and(|is_open| *is_open);
        if let (true, Symbol::Run, Some(next)) = (is_open, symbol, open.get_mut(position + 1)) {
            *next = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Reach, Symbol, matches};

    fn pattern(text: &str) -> Vec<Symbol> {
        text.chars().map(Symbol::of).collect()
    }

    #[test]
    fn wildcards_match_whole_texts() {
        for (glob, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c", "abbcd", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*a*b*", "xxaxxbxx", true),
            ("**", "a:b", true),
        ] {
            assert_eq!(matches(&pattern(glob), text, Reach::Everything), expected, "{glob} {text}");
        }
    }

    #[test]
    fn a_wildcard_inside_a_segment_stays_in_it() {
        for (glob, text, expected) in [
            ("arn:aws:sqs:eu-*:1:q", "arn:aws:sqs:eu-central-1:1:q", true),
            ("arn:aws:sqs:e*1:1:q", "arn:aws:sqs:eu:1:1:q", false),
            ("arn:aws:sqs:*", "arn:aws:sqs:eu:1:q", true),
            ("arn:aws:sqs:eu:1?q", "arn:aws:sqs:eu:1:q", false),
        ] {
            assert_eq!(matches(&pattern(glob), text, Reach::Segment), expected, "{glob} {text}");
        }
    }
}
