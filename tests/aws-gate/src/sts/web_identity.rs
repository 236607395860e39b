//! `AssumeRoleWithWebIdentity`: a token in, a session out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use time::{Duration, OffsetDateTime};

use super::Refusal;
use super::answer::{Assumed, assumed_role};
use super::arguments::Arguments;
use super::keys::IssuerKeys;
use super::token::Token;
use crate::authorization::{Authorizer, Caller, Network, WebIdentity};
use crate::config::{Account, Provider, Role};
use crate::parameters::Parameters;
use crate::random::Random;
use crate::sessions::Sessions;

/// What a session gets when its caller names no duration. IAM gives every role at least as much; the role of a test may
/// have less, and then this is what it has.
const DEFAULT_DURATION: Duration = Duration::hours(1);

/// What the operation works with.
pub(crate) struct Desk<'a> {
    pub(crate) account: &'a Account,
    pub(crate) authorizer: &'a Authorizer,
    pub(crate) keys: &'a IssuerKeys,
    pub(crate) sessions: &'a Sessions,
    pub(crate) random: &'a Random,
    pub(crate) network: &'a Network,
    pub(crate) now: OffsetDateTime,
    pub(crate) request_id: &'a str,
}

/// What is known at the end, for the decision log.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    /// The token's subject, once its signature is verified.
    pub(crate) subject: Option<String>,
    /// The role that was asked for, when it has the form of one.
    pub(crate) role_arn: Option<String>,
}

/// A session that was opened.
pub(crate) struct Opened {
    /// The answer for the caller: it holds the credentials.
    pub(crate) body: String,
    /// The statement of the trust policy that allowed it.
    pub(crate) by: String,
}

/// Opens a session for the bearer of a token that the role's trust policy wants.
pub(crate) async fn assume_role_with_web_identity(
    desk: &Desk<'_>,
    parameters: &Parameters,
    trace: &mut Trace,
) -> Result<Opened, Refusal> {
    let arguments = Arguments::read(parameters)?;
    trace.role_arn = Some(arguments.role_arn.to_owned());
    let token = Token::read(arguments.token)?;
    let issuer = &token.claims.issuer;
    let unregistered = || Refusal::UnknownIssuer(issuer.clone());
    let provider = desk.account.provider(issuer).ok_or_else(unregistered)?;
    let key = desk.keys.find(issuer, &token.header.key_id, desk.now).await?;
    token.verify_signature(&key)?;
    trace.subject = Some(token.claims.subject.clone());
    token.verify_times(desk.now)?;
    let audience = token.verify_audience(&provider.audiences)?;

    let (role, by) = trusted(desk, provider, &token, &arguments)?;
    let longest = Duration::seconds(i64::from(role.max_session_seconds));
    let duration = arguments.duration.unwrap_or(DEFAULT_DURATION.min(longest));
    if duration > longest {
        return Err(Refusal::SessionTooLong);
    }
    let session_policy = arguments.session_policy;
    let caller = Caller {
        session_policy: session_policy.document,
        ..caller(desk.account, provider, role, arguments.session_name)
    };
    let credentials = desk.sessions.open(desk.random, caller.clone(), desk.now, duration);
    let assumed = Assumed {
        caller: &caller,
        subject: &token.claims.subject,
        audience,
        packed_percent: session_policy.packed_percent,
    };
    let body = assumed_role(&assumed, &credentials, desk.request_id);
    Ok(Opened { body, by })
}

/// The role, and what of its trust policy wants the token's bearer.
fn trusted<'a>(
    desk: &Desk<'a>,
    provider: &Provider,
    token: &Token<'_>,
    arguments: &Arguments<'_>,
) -> Result<(&'a Role, String), Refusal> {
    let role = desk.account.role(arguments.role_arn).ok_or(Refusal::UnknownRole)?;
    let identity = WebIdentity {
        provider_arn: &provider.arn(&desk.account.id),
        issuer: provider.name(),
        subject: &token.claims.subject,
        audiences: &token.claims.audiences,
        session_name: arguments.session_name,
    };
    let decision = desk.authorizer.trust(&role.arn, &identity, desk.network, desk.now);
    let decision = decision.ok_or(Refusal::UnknownRole)?;
    let because = decision.because.to_string();
    if decision.allowed { Ok((role, because)) } else { Err(Refusal::Trust(because)) }
}

fn caller(account: &Account, provider: &Provider, role: &Role, session_name: &str) -> Caller {
    let name = role.arn.rsplit('/').next().unwrap_or_default();
    Caller {
        account: account.id.clone(),
        role_arn: role.arn.clone(),
        session_arn: format!("arn:aws:sts::{}:assumed-role/{name}/{session_name}", account.id),
        user_id: format!("{}:{session_name}", role_id(&role.arn)),
        provider_arn: provider.arn(&account.id),
        session_policy: None,
    }
}

/// The unique identifier that IAM would have given the role: the same for the same ARN.
fn role_id(role_arn: &str) -> String {
    let text = STANDARD.encode(Sha256::digest(role_arn.as_bytes()));
    let letters = text.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_uppercase());
    "AROA".chars().chain(letters.take(17)).collect()
}
