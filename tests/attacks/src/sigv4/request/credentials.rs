//! Whose signature it is.

use crate::arena::Refused;
use crate::sigv4::edit::authorize;
use crate::sigv4::{ALGORITHM, Attack, INVALID, UNRECOGNIZED};

const MISSING: Refused = Refused {
    status: 400,
    code: "MissingAuthenticationTokenException",
    message: "Request is missing Authentication Token",
    reason: "signature-missing",
};

pub(super) fn attacks() -> Vec<Attack> {
    vec![
        Attack::tampered("no signature", MISSING, |request| {
            request.headers_mut().remove("authorization");
        }),
        Attack::drafted("the emulator's own keys", UNRECOGNIZED, |draft| draft.with_keys("test", "test")),
        Attack::drafted("the emulator's own keys with the victim's token", UNRECOGNIZED, |draft| {
            draft.with_keys("test", "test");
            draft.with_token = true;
        }),
        Attack::drafted("a user's long-lived key", UNRECOGNIZED, |draft| {
            draft.with_keys("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
        }),
        Attack::drafted("an empty key id", UNRECOGNIZED, |draft| draft.with_keys("", "")),
        Attack::drafted("the victim's key id with another secret", INVALID, |draft| {
            draft.credentials.secret = "0".repeat(40);
        }),
        Attack::drafted("the victim's key id with an empty secret", INVALID, |draft| {
            draft.credentials.secret.clear();
        }),
        Attack::tampered("a password", ALGORITHM, |request| authorize(request, "Basic dGVzdDp0ZXN0")),
        Attack::tampered("a bearer token", ALGORITHM, |request| authorize(request, "Bearer a.b.c")),
        Attack::tampered("a signature of version 2", ALGORITHM, |request| {
            authorize(request, "AWS test:c2lnbmF0dXJl");
        }),
        Attack::replaced("the asymmetric algorithm", ALGORITHM, "HMAC-SHA256", "ECDSA-P256-SHA256"),
        Attack::replaced("the algorithm in lower case", ALGORITHM, "HMAC-SHA256", "hmac-sha256"),
    ]
}
