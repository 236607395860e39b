//! The hash of the body that a signature covers.

use aws_sigv4::http_request::SignableBody;

use super::Refusal;
use super::presented::{Form, Presented};
use crate::received::Received;
use crate::service::Service;

const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

/// What to sign for the body. Only S3 takes a signature that leaves the body out, and only where the caller says so
/// in a signed header or in a presigned address; it takes no streaming form here.
pub(super) fn signed<'a>(
    received: &'a Received,
    service: Service,
    presented: &Presented,
) -> Result<SignableBody<'a>, Refusal> {
    let declared = received.headers.get("x-amz-content-sha256").map(|hash| hash.to_str().unwrap_or_default());
    let presigned = matches!(presented.form, Form::Query { .. });
    match declared {
        Some(UNSIGNED) if service == Service::S3 => Ok(SignableBody::UnsignedPayload),
        Some(UNSIGNED) => Err(Refusal::UnsignedPayload),
        None if service == Service::S3 && presigned => Ok(SignableBody::UnsignedPayload),
        None if service == Service::S3 => {
            Err(Refusal::incomplete("Missing required header for this request: x-amz-content-sha256"))
        }
        Some(hash) if !hash.eq_ignore_ascii_case(&hash_of(&received.body)) => Err(Refusal::PayloadHash),
        Some(_) | None => Ok(SignableBody::Bytes(&received.body)),
    }
}

fn hash_of(body: &[u8]) -> String {
    use std::fmt::Write as _;

    use sha2::{Digest as _, Sha256};

    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(body) {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
