//! What a signature is good for: a day, a region, a service, and five minutes.

use crate::arena::Refused;
use crate::sigv4::edit::{authorization, set};
use crate::sigv4::{Attack, INVALID, incomplete};

const OTHER_REGION: Refused = scope("Credential should be scoped to a valid region, not 'us-east-1'.");
const OTHER_SERVICE: Refused = scope("Credential should be scoped to correct service: 'sqs'.");
const OTHER_END: Refused = scope("Credential should be scoped with a valid terminator: 'aws4_request'.");
const OTHER_DAY: Refused =
    scope("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: …");
const FOUR_PARTS: Refused = incomplete(
    "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.",
);
const OTHER_FORM: Refused = incomplete("Date must be in ISO-8601 'basic format'.");
const NO_DATE: Refused = incomplete("Authorization header requires existence of 'X-Amz-Date' header.");
const LATE: Refused = Refused { message: "Signature expired: …", reason: "signature-expired", ..INVALID };
const EARLY: Refused =
    Refused { message: "Signature not yet current: …", reason: "signature-not-yet-current", ..INVALID };

const fn scope(message: &'static str) -> Refused {
    Refused { message, reason: "signature-scope", ..INVALID }
}

pub(super) fn attacks() -> Vec<Attack> {
    vec![
        Attack::drafted("for another region", OTHER_REGION, |draft| draft.region = "us-east-1"),
        Attack::drafted("for another service", OTHER_SERVICE, |draft| draft.service = "secretsmanager"),
        Attack::replaced("without an end", OTHER_END, "aws4_request", "aws5_request"),
        Attack::replaced("with four parts", FOUR_PARTS, "/sqs/", "/"),
        Attack::tampered("for another day", OTHER_DAY, |request| {
            let day = request.headers()["x-amz-date"].to_str().unwrap()[..8].to_owned();
            authorization(request, |text| text.replace(&day, "20200101"));
        }),
        Attack::drafted("six minutes old", LATE, |draft| draft.at -= 360),
        Attack::drafted("a day old", LATE, |draft| draft.at -= 86_400),
        Attack::drafted("six minutes ahead", EARLY, |draft| draft.at += 360),
        Attack::tampered("with another second than was signed", INVALID, |request| {
            let date = request.headers()["x-amz-date"].to_str().unwrap().to_owned();
            let digit = if date.ends_with("0Z") { '1' } else { '0' };
            set(request, "x-amz-date", &format!("{}{digit}Z", &date[..14]));
        }),
        Attack::tampered("with a date in another form", OTHER_FORM, |request| {
            set(request, "x-amz-date", "Fri, 01 May 2026 12:00:00 GMT");
        }),
        Attack::tampered("without a date", NO_DATE, |request| {
            request.headers_mut().remove("x-amz-date");
        }),
    ]
}
