//! Calls in AWS JSON.
//!
//! A call carries the arguments of all operations of its service; each reads its own.

use http::Method;
use serde_json::{Value, json};
use stack::names::REGION;

use super::Call;
use crate::matrix::target::Target;

/// Long enough for a token of idempotency.
const TOKEN: &str = "00000000-0000-0000-0000-000000000000";

pub(super) fn sqs(action: &str, target: &Target) -> Call {
    let arguments = json!({
        "QueueUrl": queue_url(target),
        "Entries": [{ "Id": "1", "MessageBody": "attack", "ReceiptHandle": "attack", "VisibilityTimeout": 0 }],
        "QueueName": target.id(),
        "QueueOwnerAWSAccountId": target.account(),
        "SourceArn": target.arn,
        "MessageBody": "attack",
        "ReceiptHandle": "attack",
        "TaskHandle": "attack",
        "VisibilityTimeout": 0,
        "AttributeNames": ["QueueArn"],
        "Attributes": {},
        "Label": "attack",
        "AWSAccountIds": [target.account()],
        "Actions": ["*"],
        "Tags": {},
        "TagKeys": [],
    });
    call("AmazonSQS", "1.0", action, &arguments)
}

/// The URL of a queue; its host names a region that is not ours.
pub(super) fn queue_url(target: &Target) -> String {
    let host = match target.region() {
        REGION | "" => "127.0.0.1".to_owned(),
        region => format!("sqs.{region}.amazonaws.com"),
    };
    format!("http://{host}/{}/{}", target.account(), target.id())
}

pub(super) fn secretsmanager(action: &str, target: &Target) -> Call {
    let arguments = json!({
        "SecretId": target.arn,
        "SecretIdList": [target.arn],
        "Name": target.id(),
        "SecretString": "attack",
        "ClientRequestToken": TOKEN,
        "ResourcePolicy": "{}",
        "Tags": [],
        "TagKeys": [],
    });
    call("secretsmanager", "1.1", action, &arguments)
}

pub(super) fn kms(action: &str, target: &Target) -> Option<Call> {
    let operation = match action {
        "ReEncryptFrom" | "ReEncryptTo" => "ReEncrypt",
        "SynchronizeMultiRegionKey" => return None,
        other => other,
    };
    let arguments = json!({
        "KeyId": target.arn,
        "TargetKeyId": target.arn,
        "SourceKeyId": target.arn,
        "DestinationKeyId": target.arn,
        "AliasName": "alias/attack",
        "CiphertextBlob": "YXR0YWNr",
        "Plaintext": "YXR0YWNr",
        "NumberOfBytes": 32,
    });
    Some(call("TrentService", "1.1", operation, &arguments))
}

pub(super) fn ecr(action: &str, target: &Target) -> Option<Call> {
    if matches!(action, "BatchImportUpstreamImage" | "GetImageCopyStatus" | "ReplicateImage") {
        return None;
    }
    let mut arguments = json!({ "imageTag": "attack" });
    if target.kind == "repository" {
        arguments["repositoryName"] = target.id().into();
        arguments["registryId"] = target.account().into();
        if target.region() != REGION || action.contains("TagResource") || action.starts_with("ListTags") {
            // Only an ARN can name a repository elsewhere.
            arguments = json!({ "resourceArn": target.arn });
        }
    }
    Some(call("AmazonEC2ContainerRegistry_V20150921", "1.1", action, &arguments))
}

fn call(prefix: &str, version: &str, operation: &str, arguments: &Value) -> Call {
    Call {
        method: Method::POST,
        path: "/".to_owned(),
        headers: vec![
            ("content-type", format!("application/x-amz-json-{version}")),
            ("x-amz-target", format!("{prefix}.{operation}")),
        ],
        body: arguments.to_string(),
        unsigned: false,
    }
}
