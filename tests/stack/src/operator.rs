//! The operator's side of AWS: what Terraform and a person with an administrator's role can do. No service has it.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_sqs::types::QueueAttributeName;

use crate::StackError;
use crate::names::REGION;

/// Clients with the emulator's fixed test credentials, which it takes from everyone.
#[derive(Debug, Clone)]
pub struct Operator {
    /// Keys.
    pub kms: aws_sdk_kms::Client,
    /// Secrets.
    pub secrets: aws_sdk_secretsmanager::Client,
    /// Queues.
    pub sqs: aws_sdk_sqs::Client,
}

impl Operator {
    /// Clients for the emulator at this address.
    #[must_use]
    pub fn new(emulator: &str) -> Self {
        let credentials = Credentials::new("test", "test", None, None, "local operator");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static(REGION))
            .endpoint_url(emulator)
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build();
        Self {
            kms: aws_sdk_kms::Client::new(&config),
            secrets: aws_sdk_secretsmanager::Client::new(&config),
            sqs: aws_sdk_sqs::Client::new(&config),
        }
    }

    /// The current value of a secret; none when it has never been given one.
    ///
    /// # Errors
    ///
    /// When Secrets Manager does not answer.
    pub async fn secret(&self, id: &str) -> Result<Option<String>, StackError> {
        match self.secrets.get_secret_value().secret_id(id).send().await {
            Ok(output) => Ok(output.secret_string),
            Err(error)
                if error.as_service_error().is_some_and(aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError::is_resource_not_found_exception) =>
            {
                Ok(None)
            }
            Err(error) => Err(StackError::aws("GetSecretValue")(error)),
        }
    }

    /// How many messages a queue holds, as (waiting, in flight).
    ///
    /// # Errors
    ///
    /// When SQS does not answer.
    pub async fn queue_depth(&self, queue_url: &str) -> Result<(u64, u64), StackError> {
        let waiting = QueueAttributeName::ApproximateNumberOfMessages;
        let in_flight = QueueAttributeName::ApproximateNumberOfMessagesNotVisible;
        let call = self.sqs.get_queue_attributes().queue_url(queue_url);
        let call = call.attribute_names(waiting.clone()).attribute_names(in_flight.clone());
        let output = call.send().await.map_err(StackError::aws("GetQueueAttributes"))?;
        let number = |name: &QueueAttributeName| {
            let value = output.attributes().and_then(|attributes| attributes.get(name));
            value.and_then(|value| value.parse().ok()).unwrap_or_default()
        };
        Ok((number(&waiting), number(&in_flight)))
    }
}
