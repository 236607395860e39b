//! A signature as a request presents it: in the header `Authorization`, or in the query of a presigned address.

use std::collections::BTreeMap;

use http::header::AUTHORIZATION;
use time::format_description::FormatItem;
use time::macros::format_description;
use time::{Duration, OffsetDateTime, PrimitiveDateTime};

use super::Refusal;
use crate::parameters::Parameters;
use crate::received::Received;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const TERMINATOR: &str = "aws4_request";
const TIMESTAMP: &[FormatItem<'_>] = format_description!("[year][month][day]T[hour][minute][second]Z");
/// The longest life of a presigned address, in seconds: one week.
const LONGEST_EXPIRY: i64 = 604_800;

/// What the caller says about the signature, not yet believed.
pub(super) struct Presented {
    pub(super) access_key_id: String,
    pub(super) scope: Scope,
    /// Lower case, in order, none twice.
    pub(super) signed_headers: Vec<String>,
    pub(super) signature: String,
    /// As the request has it.
    pub(super) timestamp: String,
    pub(super) signed_at: OffsetDateTime,
    pub(super) session_token: Option<String>,
    pub(super) form: Form,
}

/// What a signing key is good for.
pub(super) struct Scope {
    pub(super) date: String,
    pub(super) region: String,
    pub(super) service: String,
}

/// Where the signature is.
#[derive(Clone, Copy)]
pub(super) enum Form {
    /// In `Authorization`.
    Header,
    /// In the query, good for a time.
    Query { expires: Duration },
}

impl Presented {
    pub(super) fn read(received: &Received) -> Result<Self, Refusal> {
        let query = Parameters::of_query(&received.query);
        let presigned = query.first("X-Amz-Signature").is_some();
        match (received.headers.get(AUTHORIZATION), presigned) {
            (Some(_), true) => Err(Refusal::Several),
            (Some(value), false) => Self::of_header(received, value.to_str().unwrap_or_default()),
            (None, true) => Self::of_query(&query),
            (None, false) => Err(Refusal::Missing),
        }
    }

    fn of_header(received: &Received, authorization: &str) -> Result<Self, Refusal> {
        let (algorithm, parts) = authorization.split_once(' ').unwrap_or((authorization, ""));
        if algorithm != ALGORITHM {
            return Err(Refusal::Algorithm);
        }
        let mut parts = parameters_of_header(parts)?;
        let mut part = |name: &str| {
            let missing =
                || Refusal::incomplete(format!("Authorization header requires '{name}' parameter."));
            parts.remove(name).ok_or_else(missing)
        };
        let (credential, signed_headers) = (part("Credential")?, part("SignedHeaders")?);
        let signature = part("Signature")?;
        if let Some(name) = parts.keys().next() {
            return Err(Refusal::incomplete(format!("Authorization header has unknown parameter '{name}'.")));
        }
        let header = |name: &str| received.headers.get(name)?.to_str().ok();
        let missing =
            || Refusal::incomplete("Authorization header requires existence of 'X-Amz-Date' header.");
        let timestamp = header("x-amz-date").ok_or_else(missing)?;
        let session_token = header("x-amz-security-token").map(str::to_owned);
        Self::new(credential, signed_headers, signature, timestamp, session_token, Form::Header)
    }

    fn of_query(query: &Parameters) -> Result<Self, Refusal> {
        if let Some(name) = query.repeated() {
            return Err(Refusal::incomplete(format!("Query-string parameter '{name}' is repeated.")));
        }
        let required = |name: &'static str| {
            let missing =
                || Refusal::incomplete(format!("AWS query-string parameters must include '{name}'."));
            query.first(name).ok_or_else(missing)
        };
        if required("X-Amz-Algorithm")? != ALGORITHM {
            return Err(Refusal::Algorithm);
        }
        let seconds = required("X-Amz-Expires")?.parse().unwrap_or(0);
        if !(1..=LONGEST_EXPIRY).contains(&seconds) {
            return Err(Refusal::incomplete(format!(
                "X-Amz-Expires must be from 1 to {LONGEST_EXPIRY} seconds."
            )));
        }
        Self::new(
            required("X-Amz-Credential")?,
            required("X-Amz-SignedHeaders")?,
            required("X-Amz-Signature")?,
            required("X-Amz-Date")?,
            query.first("X-Amz-Security-Token").map(str::to_owned),
            Form::Query { expires: Duration::seconds(seconds) },
        )
    }

    fn new(
        credential: &str,
        signed_headers: &str,
        signature: &str,
        timestamp: &str,
        session_token: Option<String>,
        form: Form,
    ) -> Result<Self, Refusal> {
        let (access_key_id, scope) = read_credential(credential)?;
        let signed_at = PrimitiveDateTime::parse(timestamp, TIMESTAMP)
            .map_err(|_| Refusal::incomplete("Date must be in ISO-8601 'basic format'."))?
            .assume_utc();
        Ok(Self {
            access_key_id,
            scope,
            signed_headers: read_signed_headers(signed_headers)?,
            signature: signature.to_owned(),
            timestamp: timestamp.to_owned(),
            signed_at,
            session_token,
            form,
        })
    }
}

/// `Name=value` pairs with commas between them, each name once.
fn parameters_of_header(parts: &str) -> Result<BTreeMap<&str, &str>, Refusal> {
    let mut found = BTreeMap::new();
    for part in parts.split(',') {
        let malformed = || Refusal::incomplete("Authorization header has a parameter without '='.");
        let (name, value) = part.trim().split_once('=').ok_or_else(malformed)?;
        if found.insert(name, value).is_some() {
            return Err(Refusal::incomplete(format!("Authorization header has '{name}' more than once.")));
        }
    }
    Ok(found)
}

fn read_credential(credential: &str) -> Result<(String, Scope), Refusal> {
    let elements: Vec<&str> = credential.split('/').collect();
    let [access_key_id, date, region, service, terminator] = elements[..] else {
        return Err(Refusal::incomplete(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.",
        ));
    };
    if terminator != TERMINATOR {
        return Err(Refusal::Scope(format!(
            "Credential should be scoped with a valid terminator: '{TERMINATOR}'."
        )));
    }
    let scope = Scope { date: date.to_owned(), region: region.to_owned(), service: service.to_owned() };
    Ok((access_key_id.to_owned(), scope))
}

fn read_signed_headers(signed_headers: &str) -> Result<Vec<String>, Refusal> {
    let names: Vec<String> = signed_headers.split(';').map(str::to_owned).collect();
    let canonical = names.is_sorted_by(|one, next| one < next)
        && names.iter().all(|name| !name.is_empty() && *name == name.to_ascii_lowercase());
    if canonical {
        Ok(names)
    } else {
        Err(Refusal::incomplete("'SignedHeaders' must be lower case, in order and without repetition."))
    }
}
