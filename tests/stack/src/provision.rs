//! What Terraform makes in an account, made in the emulator: keys, queues, secrets.

use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::json;

use crate::StackError;
use crate::names::ResourceNames;
use crate::operator::Operator;
use crate::postgres::MIGRATOR;

/// How often a message may be received before it moves to the dead-letter queue.
const MAX_RECEIVE_COUNT: u32 = 5;
/// Seconds for which a received message is invisible to others.
const VISIBILITY_TIMEOUT: u32 = 60;
/// Seconds for which the dead-letter queue keeps a message: the longest that SQS allows, 14 days.
const RETENTION: u32 = 1_209_600;

/// The resources of one stack.
#[derive(Debug, Clone)]
pub struct Resources {
    /// Their names.
    pub names: ResourceNames,
    /// The queue of clicks: what `CLICK_QUEUE_URL` names.
    pub click_queue_url: String,
    /// Its dead-letter queue.
    pub dead_letter_queue_url: String,
    /// What a policy calls them by.
    pub arns: Arns,
}

impl Resources {
    /// Names the queues by the address that services use instead of the one that the emulator gave out.
    pub(crate) fn seen_at(&mut self, emulator: &str, endpoint: &str) {
        for url in [&mut self.click_queue_url, &mut self.dead_letter_queue_url] {
            *url = url.replacen(emulator, endpoint, 1);
        }
    }
}

/// The ARNs of the resources of one stack.
#[derive(Debug, Clone)]
pub struct Arns {
    /// The key that encrypts the queues.
    pub click_key: String,
    /// The key that encrypts the secrets.
    pub secrets_key: String,
    /// The queue of clicks.
    pub click_queue: String,
    /// Its dead-letter queue.
    pub dead_letter_queue: String,
    /// The secret with url-service's database login.
    pub url_service_database_secret: String,
    /// The secret with the login of the database role `migrator`.
    pub migrate_database_secret: String,
    /// The secret with the first API key.
    pub first_api_key_secret: String,
}

/// Makes everything that the services expect to find.
pub(crate) async fn provision(
    operator: &Operator,
    names: ResourceNames,
    migrator_password: &str,
) -> Result<Resources, StackError> {
    let click_key = key(operator, &names.click_key_alias()).await?;
    let secrets_key = key(operator, &names.secrets_key_alias()).await?;
    let (click_queue_url, dead_letter_queue_url) = queues(operator, &names).await?;
    let login = json!({ "username": MIGRATOR, "password": migrator_password }).to_string();
    let arns = Arns {
        click_key,
        secrets_key,
        click_queue: queue_arn(operator, &click_queue_url).await?,
        dead_letter_queue: queue_arn(operator, &dead_letter_queue_url).await?,
        migrate_database_secret: secret(operator, &names, names.migrate_database_secret(), Some(login))
            .await?,
        // Empty on purpose: migrate makes their values, so that no one else ever knows them.
        url_service_database_secret: secret(operator, &names, names.url_service_database_secret(), None)
            .await?,
        first_api_key_secret: secret(operator, &names, names.first_api_key_secret(), None).await?,
    };
    Ok(Resources { names, click_queue_url, dead_letter_queue_url, arns })
}

/// Removes what [`provision`] made, from an emulator that stays. Goes on after a failure and reports the first.
pub(crate) async fn remove(operator: &Operator, resources: &Resources) -> Result<(), StackError> {
    let names = &resources.names;
    let mut outcomes = Vec::new();
    for url in [&resources.click_queue_url, &resources.dead_letter_queue_url] {
        let deleted = operator.sqs.delete_queue().queue_url(url).send().await;
        outcomes.push(deleted.map(drop).map_err(StackError::aws("DeleteQueue")));
    }
    for id in
        [names.migrate_database_secret(), names.url_service_database_secret(), names.first_api_key_secret()]
    {
        let call = operator.secrets.delete_secret().secret_id(id).force_delete_without_recovery(true);
        outcomes.push(call.send().await.map(drop).map_err(StackError::aws("DeleteSecret")));
    }
    for alias in [names.click_key_alias(), names.secrets_key_alias()] {
        let deleted = operator.kms.delete_alias().alias_name(alias).send().await;
        outcomes.push(deleted.map(drop).map_err(StackError::aws("DeleteAlias")));
    }
    for id in [&resources.arns.click_key, &resources.arns.secrets_key] {
        // Seven days is the shortest that KMS allows.
        let call = operator.kms.schedule_key_deletion().key_id(id).pending_window_in_days(7);
        outcomes.push(call.send().await.map(drop).map_err(StackError::aws("ScheduleKeyDeletion")));
    }
    outcomes.into_iter().collect()
}

async fn key(operator: &Operator, alias: &str) -> Result<String, StackError> {
    let created = operator.kms.create_key().send().await.map_err(StackError::aws("CreateKey"))?;
    let missing = StackError::AwsAnswer { call: "CreateKey", field: "Arn" };
    let arn = created.key_metadata.and_then(|metadata| metadata.arn).ok_or(missing)?;
    let call = operator.kms.create_alias().alias_name(alias).target_key_id(&arn);
    call.send().await.map_err(StackError::aws("CreateAlias"))?;
    Ok(arn)
}

/// The queue and its dead-letter queue, both encrypted with the click key.
async fn queues(operator: &Operator, names: &ResourceNames) -> Result<(String, String), StackError> {
    let alias = names.click_key_alias();
    let dead_letter = vec![
        (QueueAttributeName::KmsMasterKeyId, alias.clone()),
        (QueueAttributeName::MessageRetentionPeriod, RETENTION.to_string()),
    ];
    let dead_letter_url = queue(operator, &names.dead_letter_queue(), dead_letter).await?;
    let redrive = json!({
        "deadLetterTargetArn": queue_arn(operator, &dead_letter_url).await?,
        "maxReceiveCount": MAX_RECEIVE_COUNT,
    });
    let clicks = vec![
        (QueueAttributeName::KmsMasterKeyId, alias),
        (QueueAttributeName::VisibilityTimeout, VISIBILITY_TIMEOUT.to_string()),
        (QueueAttributeName::MessageRetentionPeriod, RETENTION.to_string()),
        (QueueAttributeName::RedrivePolicy, redrive.to_string()),
    ];
    Ok((queue(operator, &names.click_queue(), clicks).await?, dead_letter_url))
}

async fn queue(
    operator: &Operator,
    name: &str,
    attributes: Vec<(QueueAttributeName, String)>,
) -> Result<String, StackError> {
    let mut call = operator.sqs.create_queue().queue_name(name);
    for (attribute, value) in attributes {
        call = call.attributes(attribute, value);
    }
    let created = call.send().await.map_err(StackError::aws("CreateQueue"))?;
    created.queue_url.ok_or(StackError::AwsAnswer { call: "CreateQueue", field: "QueueUrl" })
}

async fn queue_arn(operator: &Operator, url: &str) -> Result<String, StackError> {
    let call = operator.sqs.get_queue_attributes().queue_url(url);
    let output = call.attribute_names(QueueAttributeName::QueueArn).send().await;
    let attributes = output.map_err(StackError::aws("GetQueueAttributes"))?.attributes.unwrap_or_default();
    let missing = StackError::AwsAnswer { call: "GetQueueAttributes", field: "QueueArn" };
    attributes.get(&QueueAttributeName::QueueArn).cloned().ok_or(missing)
}

async fn secret(
    operator: &Operator,
    names: &ResourceNames,
    name: String,
    value: Option<String>,
) -> Result<String, StackError> {
    let call = operator.secrets.create_secret().name(name).kms_key_id(names.secrets_key_alias());
    let created = call.set_secret_string(value).send().await.map_err(StackError::aws("CreateSecret"))?;
    created.arn.ok_or(StackError::AwsAnswer { call: "CreateSecret", field: "ARN" })
}
