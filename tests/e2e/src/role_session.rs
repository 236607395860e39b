//! The session of a role in an attacker's hands: the token was exchanged as its owner would, the calls are anybody's.

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use http::Method;
use serde_json::Value;
use stack::http_client::Answer;
use stack::names::REGION;
use stack::{HttpClient, StackError, Workload};
use time::OffsetDateTime;

use crate::context::Context;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A session, and where to use it.
pub(crate) struct RoleSession {
    credentials: Credentials,
    endpoint: String,
}

impl RoleSession {
    /// Exchanges the token of `workload` for a session of its role.
    pub(crate) async fn of(context: &Context, workload: Workload) -> Result<Self, Failure> {
        let platform = context.stack.platform();
        let endpoint = platform.aws_endpoint().to_owned();
        let token = std::fs::read_to_string(platform.tokens().path(workload)?)?;
        let form = format!(
            "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleSessionName=attacker&RoleArn={}&WebIdentityToken={token}",
            workload.role_arn()
        );
        let answer = context
            .stack
            .http()
            .send(
                Method::POST,
                &format!("{endpoint}/"),
                Some("application/x-www-form-urlencoded"),
                form.into_bytes(),
            )
            .await?;
        let text = answer.text();
        let element = |name: &str| {
            let rest = text.split_once(&format!("<{name}>")).map(|(_, rest)| rest);
            let value = rest.and_then(|rest| rest.split_once('<')).map(|(value, _)| value.to_owned());
            value.ok_or_else(|| format!("no {name} in {text}"))
        };
        let credentials = Credentials::new(
            element("AccessKeyId")?,
            element("SecretAccessKey")?,
            Some(element("SessionToken")?),
            None,
            "attacker",
        );
        Ok(Self { credentials, endpoint })
    }

    /// Calls an operation of a service that speaks JSON.
    pub(crate) async fn call(&self, service: &str, operation: &str, body: &Value) -> Result<Answer, Failure> {
        let (prefix, content_type) = match service {
            "sqs" => ("AmazonSQS", "application/x-amz-json-1.0"),
            "kms" => ("TrentService", "application/x-amz-json-1.1"),
            _ => (service, "application/x-amz-json-1.1"),
        };
        let (url, body) = (format!("{}/", self.endpoint), body.to_string());
        let target = format!("{prefix}.{operation}");
        let headers = [("content-type", content_type), ("x-amz-target", target.as_str())];
        let identity = self.credentials.clone().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(REGION)
            .name(service)
            .time(OffsetDateTime::now_utc().into())
            .settings(SigningSettings::default())
            .build()?
            .into();
        let signable =
            SignableRequest::new("POST", &url, headers.into_iter(), SignableBody::Bytes(body.as_bytes()))?;
        let (instructions, _) = sign(signable, &parameters)?.into_parts();
        let mut client = HttpClient::new().with_header("x-amz-target".parse()?, &target)?;
        for (name, value) in instructions.headers() {
            client = client.with_header(name.parse()?, value)?;
        }
        let sent: Result<Answer, StackError> =
            client.send(Method::POST, &url, Some(content_type), body.into_bytes()).await;
        Ok(sent?)
    }
}
