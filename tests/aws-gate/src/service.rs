//! Which service a request calls, and in which protocol it must be answered.
//!
//! All services share one address here, so the name in the signature decides nothing: the operation that the
//! request names does, and the signature must have been made for the service that has it.

use http::HeaderMap;
use http::header::CONTENT_TYPE;

use crate::parameters::Parameters;

/// A service that the gate can name in a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Service {
    /// Elastic Container Registry.
    Ecr,
    /// Identity and Access Management.
    Iam,
    /// Key Management Service.
    Kms,
    /// Relational Database Service.
    Rds,
    /// Simple Storage Service: whatever names no operation of another.
    S3,
    /// Secrets Manager.
    SecretsManager,
    /// Simple Queue Service.
    Sqs,
    /// Security Token Service.
    Sts,
}

/// How a service writes its answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// AWS JSON 1.0.
    Json10,
    /// AWS JSON 1.1.
    Json11,
    /// AWS Query; the XML namespace of its answers.
    Query(&'static str),
    /// REST-XML as S3 speaks it.
    RestXml,
}

/// What a request calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// The service.
    pub(crate) service: Service,
    /// The protocol of the answer.
    pub(crate) protocol: Protocol,
    /// The operation, in the service's spelling; none where the method and path name it (S3).
    pub(crate) operation: Option<String>,
}

/// The request names no operation, or names it in two ways, so that two readers could take it for two calls.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unclear {
    /// No service of the gate has this operation.
    #[error("no service here has the operation")]
    UnknownOperation(Protocol),
    /// More than one operation is named.
    #[error("the request can be read as more than one call")]
    Ambiguous(Protocol),
}

impl Unclear {
    /// The protocol in which to say so.
    #[must_use]
    pub(crate) fn protocol(&self) -> Protocol {
        match self {
            Self::UnknownOperation(protocol) | Self::Ambiguous(protocol) => *protocol,
        }
    }
}

const TARGETS: [(&str, Service, Protocol); 4] = [
    ("AmazonEC2ContainerRegistry_V20150921", Service::Ecr, Protocol::Json11),
    ("AmazonSQS", Service::Sqs, Protocol::Json10),
    ("TrentService", Service::Kms, Protocol::Json11),
    ("secretsmanager", Service::SecretsManager, Protocol::Json11),
];

const QUERY_STS: Protocol = Protocol::Query("https://sts.amazonaws.com/doc/2011-06-15/");

const VERSIONS: [(&str, Service, Protocol); 4] = [
    ("2010-05-08", Service::Iam, Protocol::Query("https://iam.amazonaws.com/doc/2010-05-08/")),
    ("2011-06-15", Service::Sts, QUERY_STS),
    ("2012-11-05", Service::Sqs, Protocol::Query("http://queue.amazonaws.com/doc/2012-11-05/")),
    ("2014-10-31", Service::Rds, Protocol::Query("http://rds.amazonaws.com/doc/2014-10-31/")),
];

impl Service {
    /// Its name in the scope of a signature.
    #[must_use]
    pub(crate) fn signing_name(self) -> &'static str {
        match self {
            Self::Ecr => "ecr",
            Self::Iam => "iam",
            Self::Kms => "kms",
            Self::Rds => "rds",
            Self::S3 => "s3",
            Self::SecretsManager => "secretsmanager",
            Self::Sqs => "sqs",
            Self::Sts => "sts",
        }
    }

    /// The region in the scope of a signature, for an account that works in `region`.
    #[must_use]
    pub(crate) fn signing_region(self, region: &str) -> &str {
        if self == Self::Iam { "us-east-1" } else { region }
    }
}

impl Target {
    /// Reads what a request calls. `parameters` are those of its query and form body.
    ///
    /// # Errors
    ///
    /// When it names no operation of a service here, or more than one.
    pub(crate) fn read(path: &str, headers: &HeaderMap, parameters: &Parameters) -> Result<Self, Unclear> {
        let target = headers.get("x-amz-target").map(|target| target.to_str().unwrap_or_default());
        let form = headers.get(CONTENT_TYPE).is_some_and(is_form);
        match (target, parameters.first("Action")) {
            (Some(_), Some(_)) => Err(Unclear::Ambiguous(Protocol::Json11)),
            (Some(target), None) => Self::of_target(target, path, form, parameters),
            (None, Some(action)) => Self::of_action(action, path, parameters),
            (None, None) if form => Err(Unclear::UnknownOperation(QUERY_STS)),
            (None, None) => Ok(Self { service: Service::S3, protocol: Protocol::RestXml, operation: None }),
        }
    }

    fn of_target(target: &str, path: &str, form: bool, parameters: &Parameters) -> Result<Self, Unclear> {
        let (prefix, operation) =
            target.split_once('.').ok_or(Unclear::UnknownOperation(Protocol::Json11))?;
        let known = TARGETS.into_iter().find(|(known, ..)| *known == prefix);
        let (_, service, protocol) = known.ok_or(Unclear::UnknownOperation(Protocol::Json11))?;
        if path != "/" || form || !parameters.is_empty() {
            return Err(Unclear::Ambiguous(protocol));
        }
        Ok(Self { service, protocol, operation: Some(operation.to_owned()) })
    }

    fn of_action(action: &str, path: &str, parameters: &Parameters) -> Result<Self, Unclear> {
        let version = parameters.first("Version");
        let known = VERSIONS.into_iter().find(|(known, ..)| version == Some(known));
        let (_, service, protocol) = known.ok_or(Unclear::UnknownOperation(QUERY_STS))?;
        // A repeated parameter has two values, and a path may name a queue beside the one in the body.
        if path != "/" || parameters.repeated().is_some() {
            return Err(Unclear::Ambiguous(protocol));
        }
        Ok(Self { service, protocol, operation: Some(action.to_owned()) })
    }
}

/// Whether a body of this type is read as query parameters.
pub(crate) fn is_form(content_type: &http::HeaderValue) -> bool {
    let text = content_type.to_str().unwrap_or_default();
    let media_type = text.split(';').next().unwrap_or_default().trim();
    media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

#[cfg(test)]
#[path = "service/tests.rs"]
mod tests;
