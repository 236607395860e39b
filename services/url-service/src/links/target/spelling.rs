//! What has to be refused before parsing, because the parser would quietly repair it.

use std::ops::RangeInclusive;

use super::{TargetError, TargetUrl};

/// Most bytes of text that are looked at. Normalisation shortens a URL a little at times (`/./`, a default
/// port), so the real limit applies afterwards; this one bounds the work.
const MAX_BYTES: usize = 4 * TargetUrl::MAX_LENGTH;

/// Characters without a shape of their own that a host name loses on its way (UTS #46), or that reorder the
/// text around them (UAX #9). The two joiners and the variation selectors are not here: scripts and emoji
/// need them, and in a host name UTS #46 admits joiners only where they matter.
const INVISIBLE: &[RangeInclusive<char>] = &[
    '\u{ad}'..='\u{ad}',
    '\u{34f}'..='\u{34f}',
    '\u{61c}'..='\u{61c}',
    '\u{115f}'..='\u{1160}',
    '\u{17b4}'..='\u{17b5}',
    '\u{180b}'..='\u{180f}',
    '\u{200b}'..='\u{200b}',
    '\u{200e}'..='\u{200f}',
    '\u{202a}'..='\u{202e}',
    '\u{2060}'..='\u{206f}',
    '\u{3164}'..='\u{3164}',
    '\u{feff}'..='\u{feff}',
    '\u{ffa0}'..='\u{ffa0}',
    '\u{fff0}'..='\u{fffb}',
    '\u{1d173}'..='\u{1d17a}',
    '\u{e0000}'..='\u{e0fff}',
];

/// Checks the text of a URL as it was given.
///
/// # Errors
///
/// What is wrong with the spelling; rules about the host as such come after parsing.
pub(super) fn check(text: &str) -> Result<(), TargetError> {
    if text.is_empty() {
        return Err(TargetError::Empty);
    }
    if text.len() > MAX_BYTES {
        return Err(TargetError::TooLong);
    }
    text.chars().try_for_each(check_character)?;
    let (scheme, rest) = text.split_once("://").ok_or(TargetError::Scheme)?;
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return Err(TargetError::Scheme);
    }
    check_authority(rest.split(['/', '?', '#']).next().unwrap_or_default())
}

fn check_character(character: char) -> Result<(), TargetError> {
    if character.is_whitespace() {
        return Err(TargetError::WhiteSpace);
    }
    if character.is_control() {
        return Err(TargetError::ControlCharacter);
    }
    if character == '\\' {
        return Err(TargetError::Backslash);
    }
    if INVISIBLE.iter().any(|range| range.contains(&character)) {
        return Err(TargetError::InvisibleCharacter);
    }
    Ok(())
}

/// Checks what stands between `//` and the path: the parser drops an empty user name and skips extra slashes.
fn check_authority(authority: &str) -> Result<(), TargetError> {
    if authority.contains('@') {
        return Err(TargetError::UserInfo);
    }
    if authority.is_empty() {
        return Err(TargetError::MissingHost);
    }
    Ok(())
}
