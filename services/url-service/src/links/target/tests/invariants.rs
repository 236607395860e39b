//! What holds for every target that is accepted, whatever it was made from.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

use super::{TargetUrl, parse};

const SEED: u64 = 0x7a26_e75e_ed00;
const TRIES: usize = 50_000;

/// Pieces that mean something to a URL parser, or to the mapping of UTS #46.
const PIECES: &[&str] = &[
    "http",
    "https",
    "HTTPS",
    "ftp",
    "javascript",
    ":",
    "://",
    "//",
    "/",
    "\\",
    "?",
    "#",
    "@",
    ".",
    "..",
    "。",
    "%",
    "%2e",
    "%2F",
    "%40",
    "%00",
    "[",
    "]",
    "::1",
    "[::1]",
    ":0",
    ":80",
    ":8443",
    ":99999",
    "127",
    "0x7f",
    "0177",
    "2130706433",
    "127.0.0.1",
    "①",
    "１",
    "example",
    "example.com",
    "com",
    "localhost",
    "local",
    "nip.io",
    "go",
    "go.example.net",
    "net",
    "test",
    "xn--",
    "xn--mnchen-3ya",
    "münchen",
    "ß",
    "İ",
    "\u{212a}",
    "ⓐ",
    "א",
    "日本",
    "\u{200d}",
    "\u{ad}",
    "\u{202e}",
    "\u{fe0f}",
    "\t",
    "\n",
    " ",
    "\0",
    "a",
    "b",
    "-",
    "--",
    "_",
    "*",
    "\"",
    "<",
    "'",
    "~",
    "$",
    "©",
    "½",
    "℀",
    "／",
    "＠",
    "．",
];

fn mixture(rng: &mut StdRng) -> String {
    let start =
        ["", "http://", "https://", "https://example.com", "http://example.com/"].choose(rng).unwrap();
    let count = rng.random_range(0..8);
    (0..count).fold((*start).to_owned(), |text, _| text + PIECES.choose(rng).unwrap())
}

#[test]
fn whatever_is_accepted_is_a_plain_absolute_url_of_a_public_name() {
    let mut rng = StdRng::seed_from_u64(SEED);
    let mut accepted = 0;
    for _ in 0..TRIES {
        let text = mixture(&mut rng);
        if let Ok(target) = parse(&text) {
            accepted += 1;
            check(&text, &target);
        }
    }
    assert!((TRIES / 100..TRIES / 2).contains(&accepted), "{accepted} of {TRIES} tell little");
}

fn check(text: &str, target: &TargetUrl) {
    let stored = target.as_str();
    assert_eq!(parse(stored).as_ref(), Ok(target), "{text:?} is not stable");
    assert!(stored.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\'), "{text:?}: {stored}");
    let url = url::Url::parse(stored).unwrap();
    assert_eq!(url.as_str(), stored, "{text:?}");
    assert!(matches!(url.scheme(), "http" | "https"), "{text:?}");
    assert_eq!((url.username(), url.password()), ("", None), "{text:?}");
    assert_ne!(url.port(), Some(0), "{text:?}");
    assert_eq!(url.host(), Some(url::Host::Domain(target.host())), "{text:?}");
    let host = target.host();
    assert!(host.contains('.') && !host.ends_with('.') && !host.contains(".."), "{text:?}: {host}");
    for forbidden in ["localhost", "local", "test", "nip.io", "go.example.net"] {
        assert!(host != forbidden && !host.ends_with(&format!(".{forbidden}")), "{text:?}: {host}");
    }
}
