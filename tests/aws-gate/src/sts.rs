//! The Security Token Service: sessions for who shows a token, and who a session is.
//!
//! Source: the API reference of AWS STS
//! (<https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html>).

mod answer;
mod arguments;
pub(crate) mod keys;
mod refusal;
mod session_policy;
mod token;
mod web_identity;

pub(crate) use answer::caller_identity;
pub(crate) use refusal::Refusal;
pub(crate) use web_identity::{Desk, Trace, assume_role_with_web_identity};
