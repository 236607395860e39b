//! What the header `Authorization` says.

use crate::arena::Refused;
use crate::sigv4::edit::{append, authorization, authorize, query, sign_as, turn};
use crate::sigv4::{ALGORITHM, Attack, INCOMPLETE, INVALID, incomplete};

const NO_CREDENTIAL: Refused = incomplete("Authorization header requires 'Credential' parameter.");
const NO_HEADERS: Refused = incomplete("Authorization header requires 'SignedHeaders' parameter.");
const NO_SIGNATURE: Refused = incomplete("Authorization header requires 'Signature' parameter.");
const UNKNOWN_PART: Refused = incomplete("Authorization header has unknown parameter 'Extra'.");
const TWO_PARTS: Refused = incomplete("Authorization header has 'Signature' more than once.");
const NOT_CANONICAL: Refused =
    incomplete("'SignedHeaders' must be lower case, in order and without repetition.");
const TWO_HEADERS: Refused = Refused {
    message: "Header 'authorization' is repeated.",
    reason: "signature-header-repeated",
    ..INCOMPLETE
};
const TWO_PLACES: Refused =
    Refused { message: "Only one auth mechanism allowed", reason: "signature-twice", ..INCOMPLETE };
const ABSENT: Refused = Refused { reason: "signature-header-absent", ..INVALID };

/// Two of the headers that the SDK signs, as it lists them.
const LISTED: &str = "content-type;host";

pub(super) fn attacks() -> Vec<Attack> {
    vec![
        Attack::tampered("an empty header", ALGORITHM, |request| authorize(request, "")),
        Attack::replaced("no credential", NO_CREDENTIAL, "Credential=", "Cred="),
        Attack::replaced("no signed headers", NO_HEADERS, "SignedHeaders=", "Signed="),
        Attack::replaced("no signature in the header", NO_SIGNATURE, "Signature=", "Sig="),
        Attack::tampered("one part more", UNKNOWN_PART, |request| {
            authorization(request, |text| format!("{text}, Extra=1"));
        }),
        Attack::tampered("two signatures in the header", TWO_PARTS, |request| {
            authorization(request, |text| format!("{text}, Signature={}", "0".repeat(64)));
        }),
        Attack::tampered("an empty signature", INVALID, |request| sign_as(request, |_| String::new())),
        Attack::tampered("a signature of zeros", INVALID, |request| sign_as(request, |_| "0".repeat(64))),
        Attack::tampered("half a signature", INVALID, |request| {
            sign_as(request, |text| text[..32].to_owned());
        }),
        Attack::tampered("a signature in upper case", INVALID, |request| sign_as(request, str::to_uppercase)),
        Attack::tampered("a signature with one digit turned", INVALID, |request| sign_as(request, turn)),
        Attack::tampered("two headers", TWO_HEADERS, |request| {
            append(request, "authorization", "AWS4-HMAC-SHA256 Credential=test");
        }),
        Attack::tampered("a header and a query", TWO_PLACES, |request| query(request, "X-Amz-Signature=00")),
        Attack::replaced("signed headers out of order", NOT_CANONICAL, LISTED, "host;content-type"),
        Attack::replaced("signed headers in upper case", NOT_CANONICAL, LISTED, "Content-Type;host"),
        Attack::replaced("a signed header twice", NOT_CANONICAL, LISTED, "content-type;host;host"),
        Attack::replaced("a signed header that is not there", ABSENT, LISTED, "a;content-type;host"),
    ]
}
