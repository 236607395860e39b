//! Which actions on which resources a call needs.

#![expect(clippy::too_many_lines, reason = "a table of cases is as long as it is")]

use std::fmt::Write as _;

use iam_policy::Catalogue;
use serde_json::json;

use super::requests::{REGION, Request};
use crate::authorization::demand::{self, Scope};
use crate::authorization::holdings::{Holdings, Resource};

const ACCOUNT: &str = "111111111111";
const KEY: &str = "arn:aws:kms:eu-central-1:111111111111:key/11111111-1111-1111-1111-111111111111";
const SECRET: &str = "arn:aws:secretsmanager:eu-central-1:111111111111:secret:a/db-a1B2c3";
const QUEUE: &str = "arn:aws:sqs:eu-central-1:111111111111:clicks";

fn holdings() -> Holdings {
    let mut holdings = Holdings::default();
    for (arn, key, alias) in [
        (KEY, None, Some("alias/clicks")),
        (SECRET, Some(KEY), None),
        ("arn:aws:secretsmanager:eu-central-1:111111111111:secret:a/db-a1B2c3-x9Y8z7", None, None),
        (QUEUE, Some(KEY), None),
    ] {
        let resource = Resource {
            arn: arn.to_owned(),
            policy: None,
            key_arn: key.map(str::to_owned),
            aliases: alias.into_iter().map(str::to_owned).collect(),
        };
        holdings.resources.insert(arn.to_owned(), resource);
    }
    holdings
}

/// `ACTION RESOURCE`, a line each, with `via SERVICE` for what a service asks in the caller's name; or `? WHAT`.
fn needs(request: &Request) -> String {
    let (holdings, catalogue) = (holdings(), Catalogue::published());
    let scope = Scope { account: ACCOUNT, region: REGION, holdings: &holdings, catalogue: &catalogue };
    match demand::read(&request.call(), &scope) {
        Err(unknown) => format!("? {}", unknown.what),
        Ok(demand) => {
            let mut text = String::new();
            for need in demand.needs {
                let via = need.via.map(|via| format!(" via {via}")).unwrap_or_default();
                let resource = need.resource.replace(&format!("{REGION}:{ACCOUNT}:"), "");
                writeln!(text, "{} {resource}{via}", need.action).unwrap();
            }
            text.trim_end().to_owned()
        }
    }
}

#[test]
fn of_sqs() {
    let url = json!({ "QueueUrl": "https://sqs.eu-central-1.amazonaws.com/111111111111/clicks" });
    let sends = "sqs:SendMessage arn:aws:sqs:clicks
kms:GenerateDataKey arn:aws:kms:key/11111111-1111-1111-1111-111111111111 via sqs
kms:Decrypt arn:aws:kms:key/11111111-1111-1111-1111-111111111111 via sqs";
    let receives = "sqs:ReceiveMessage arn:aws:sqs:clicks
kms:Decrypt arn:aws:kms:key/11111111-1111-1111-1111-111111111111 via sqs";
    let form = "Version=2012-11-05&QueueUrl=http%3A%2F%2F127.0.0.1%3A1%2F111111111111%2Fclicks&Action=";
    for (request, expected) in [
        (Request::json("sqs", "SendMessage", &url), sends),
        (Request::json("sqs", "SendMessageBatch", &url), sends),
        (Request::query("sqs", &format!("{form}SendMessageBatch")), sends),
        (Request::json("sqs", "ReceiveMessage", &url), receives),
        (Request::json("sqs", "DeleteMessageBatch", &url), "sqs:DeleteMessage arn:aws:sqs:clicks"),
        (
            Request::json("sqs", "ChangeMessageVisibilityBatch", &url),
            "sqs:ChangeMessageVisibility arn:aws:sqs:clicks",
        ),
        (Request::json("sqs", "ListQueues", &json!({})), "sqs:ListQueues *"),
        (Request::json("sqs", "CreateQueue", &json!({ "QueueName": "q" })), "sqs:CreateQueue arn:aws:sqs:q"),
        (
            Request::json(
                "sqs",
                "GetQueueUrl",
                &json!({ "QueueName": "q", "QueueOwnerAWSAccountId": "222222222222" }),
            ),
            "sqs:GetQueueUrl arn:aws:sqs:eu-central-1:222222222222:q",
        ),
        (Request::json("sqs", "PurgeQueue", &json!({})), "sqs:PurgeQueue arn:aws:sqs:*"),
        (
            Request::json("sqs", "StartMessageMoveTask", &json!({ "SourceArn": "arn:aws:sqs:x:1:dlq" })),
            "sqs:StartMessageMoveTask arn:aws:sqs:x:1:dlq
sqs:ReceiveMessage arn:aws:sqs:x:1:dlq
sqs:DeleteMessage arn:aws:sqs:x:1:dlq
sqs:GetQueueAttributes arn:aws:sqs:x:1:dlq",
        ),
        (Request::json("sqs", "SendMassage", &url), "? the operation sqs:SendMassage"),
        (
            Request::json("sqs", "SendMessage", &json!({ "QueueUrl": "clicks" })),
            "? a queue URL that is not https://HOST/ACCOUNT/NAME",
        ),
        (
            Request::json(
                "sqs",
                "SendMessage",
                &json!({ "QueueUrl": "https://sqs.us-east-1.amazonaws.com/111111111111/clicks" }),
            ),
            "? a queue URL that is not https://HOST/ACCOUNT/NAME",
        ),
        (Request::query("sqs", "QueueUrl=a"), "? a call without an operation"),
    ] {
        assert_eq!(needs(&request), expected);
    }
}

#[test]
fn of_secretsmanager() {
    let reads = "secretsmanager:GetSecretValue arn:aws:secretsmanager:secret:a/db-a1B2c3
kms:Decrypt arn:aws:kms:key/11111111-1111-1111-1111-111111111111 via secretsmanager";
    let writes = "secretsmanager:PutSecretValue arn:aws:secretsmanager:secret:a/db-a1B2c3
kms:GenerateDataKey arn:aws:kms:key/11111111-1111-1111-1111-111111111111 via secretsmanager
kms:Decrypt arn:aws:kms:key/11111111-1111-1111-1111-111111111111 via secretsmanager";
    let batch = format!("secretsmanager:BatchGetSecretValue *\n{reads}");
    let id = |id: &str| json!({ "SecretId": id });
    for (operation, arguments, expected) in [
        ("GetSecretValue", id("a/db"), reads),
        ("GetSecretValue", id(SECRET), reads),
        ("GetSecretValue", id("arn:aws:secretsmanager:eu-central-1:111111111111:secret:a/db"), reads),
        (
            "GetSecretValue",
            id("a/db-a1B2c3"),
            // The whole ARN of one secret goes before the partial one of another.
            reads,
        ),
        (
            "GetSecretValue",
            id("a/other"),
            "secretsmanager:GetSecretValue arn:aws:secretsmanager:secret:a/other",
        ),
        (
            "GetSecretValue",
            id("arn:aws:secretsmanager:us-east-1:222222222222:secret:x-a1B2c3"),
            "secretsmanager:GetSecretValue arn:aws:secretsmanager:us-east-1:222222222222:secret:x-a1B2c3",
        ),
        ("PutSecretValue", id("a/db"), writes),
        (
            "DescribeSecret",
            id("a/db"),
            "secretsmanager:DescribeSecret arn:aws:secretsmanager:secret:a/db-a1B2c3",
        ),
        ("ListSecrets", json!({}), "secretsmanager:ListSecrets *"),
        ("DeleteSecret", json!({}), "secretsmanager:DeleteSecret arn:aws:secretsmanager:secret:*"),
        (
            "CreateSecret",
            json!({ "Name": "n", "KmsKeyId": "alias/clicks" }),
            "secretsmanager:CreateSecret arn:aws:secretsmanager:secret:n
kms:GenerateDataKey arn:aws:kms:key/11111111-1111-1111-1111-111111111111 via secretsmanager
kms:Decrypt arn:aws:kms:key/11111111-1111-1111-1111-111111111111 via secretsmanager",
        ),
        ("BatchGetSecretValue", json!({ "SecretIdList": ["a/db"] }), &batch),
        ("Steal", json!({}), "? the operation secretsmanager:Steal"),
    ] {
        assert_eq!(needs(&Request::json("secretsmanager", operation, &arguments)), expected);
    }
    let filtered = needs(&Request::json("secretsmanager", "BatchGetSecretValue", &json!({})));
    assert!(filtered.contains("secretsmanager:ListSecrets *\n") && filtered.contains(reads), "{filtered}");
}

#[test]
fn of_kms() {
    let decrypts = "kms:Decrypt arn:aws:kms:key/11111111-1111-1111-1111-111111111111";
    let key = "11111111-1111-1111-1111-111111111111";
    for (operation, arguments, expected) in [
        ("Decrypt", json!({ "KeyId": key }), decrypts),
        ("Decrypt", json!({ "KeyId": KEY }), decrypts),
        ("Decrypt", json!({ "KeyId": "alias/clicks" }), decrypts),
        ("Decrypt", json!({ "KeyId": "arn:aws:kms:eu-central-1:111111111111:alias/clicks" }), decrypts),
        // "11111111-1111-1111-1111-111111111111" and what follows it.
        (
            "Decrypt",
            json!({ "CiphertextBlob": "MTExMTExMTEtMTExMS0xMTExLTExMTEtMTExMTExMTExMTExAAAA" }),
            decrypts,
        ),
        ("Decrypt", json!({ "CiphertextBlob": "AAAA" }), "kms:Decrypt arn:aws:kms:key/*"),
        ("Decrypt", json!({ "KeyId": "alias/none" }), "kms:Decrypt arn:aws:kms:alias/none"),
        ("ListKeys", json!({}), "kms:ListKeys *"),
        (
            "ReEncrypt",
            json!({ "SourceKeyId": key, "DestinationKeyId": "alias/clicks" }),
            "kms:ReEncryptFrom arn:aws:kms:key/11111111-1111-1111-1111-111111111111
kms:ReEncryptTo arn:aws:kms:key/11111111-1111-1111-1111-111111111111",
        ),
        (
            "UpdateAlias",
            json!({ "AliasName": "alias/clicks", "TargetKeyId": "2" }),
            "kms:UpdateAlias arn:aws:kms:alias/clicks
kms:UpdateAlias arn:aws:kms:key/11111111-1111-1111-1111-111111111111
kms:UpdateAlias arn:aws:kms:key/2",
        ),
        ("ReEncryptTo", json!({}), "? the operation kms:ReEncryptTo"),
    ] {
        assert_eq!(needs(&Request::json("kms", operation, &arguments)), expected);
    }
}

#[test]
fn of_sts_iam_rds_and_ecr() {
    let role = "RoleArn=arn%3Aaws%3Aiam%3A%3A111111111111%3Arole%2Fworker";
    for (request, expected) in [
        (
            Request::query("sts", &format!("Action=AssumeRole&{role}&Tags.member.1.Key=a")),
            "sts:AssumeRole arn:aws:iam::111111111111:role/worker
sts:TagSession arn:aws:iam::111111111111:role/worker",
        ),
        (Request::query("sts", "Action=DecodeAuthorizationMessage"), "sts:DecodeAuthorizationMessage *"),
        (Request::query("sts", "Action=TagSession"), "? the operation sts:TagSession"),
        (
            Request::query("iam", "Action=PutRolePolicy&RoleName=worker&PolicyName=p"),
            "iam:PutRolePolicy arn:aws:iam::111111111111:role/worker",
        ),
        (
            Request::query("iam", "Action=CreatePolicy&PolicyName=p"),
            "iam:CreatePolicy arn:aws:iam::111111111111:policy/p",
        ),
        (Request::query("iam", "Action=GetUser"), "iam:GetUser arn:aws:iam::111111111111:user/*"),
        (
            Request::query("iam", "Action=PassRole&RoleName=worker"),
            "iam:PassRole arn:aws:iam::111111111111:role/worker",
        ),
        (Request::query("iam", "Action=Nothing"), "? the operation iam:Nothing"),
        (
            Request::query("rds", "Action=DeleteDBInstance&DBInstanceIdentifier=db"),
            "rds:DeleteDBInstance arn:aws:rds:db:db",
        ),
        (
            Request::json(
                "ecr",
                "PutImage",
                &json!({ "repositoryName": "a/b", "registryId": "222222222222" }),
            ),
            "ecr:PutImage arn:aws:ecr:eu-central-1:222222222222:repository/a/b",
        ),
        (Request::json("ecr", "GetAuthorizationToken", &json!({})), "ecr:GetAuthorizationToken *"),
        (
            Request::json("ecr", "DescribeRepositories", &json!({ "repositoryNames": ["a", "b"] })),
            "ecr:DescribeRepositories arn:aws:ecr:repository/a\necr:DescribeRepositories arn:aws:ecr:repository/b",
        ),
    ] {
        assert_eq!(needs(&request), expected);
    }
}

#[test]
fn of_s3() {
    for (method, target, headers, expected) in [
        ("GET", "/", [].as_slice(), "s3:ListAllMyBuckets *"),
        ("GET", "/bucket", &[], "s3:ListBucket arn:aws:s3:::bucket"),
        ("GET", "/bucket/?list-type=2&prefix=a", &[], "s3:ListBucket arn:aws:s3:::bucket"),
        ("HEAD", "/bucket", &[], "s3:ListBucket arn:aws:s3:::bucket"),
        ("GET", "/bucket/a/b%20c", &[], "s3:GetObject arn:aws:s3:::bucket/a/b c"),
        ("HEAD", "/bucket/a", &[], "s3:GetObject arn:aws:s3:::bucket/a"),
        ("GET", "/bucket/a?versionId=1", &[], "s3:GetObjectVersion arn:aws:s3:::bucket/a"),
        ("GET", "/bucket?acl", &[], "s3:GetBucketAcl arn:aws:s3:::bucket"),
        ("GET", "/bucket/a?acl=", &[], "s3:GetObjectAcl arn:aws:s3:::bucket/a"),
        ("PUT", "/bucket?encryption", &[], "s3:PutEncryptionConfiguration arn:aws:s3:::bucket"),
        ("POST", "/bucket?delete", &[], "s3:DeleteObject arn:aws:s3:::bucket/*"),
        ("PUT", "/bucket/a?partNumber=1&uploadId=u", &[], "s3:PutObject arn:aws:s3:::bucket/a"),
        (
            "PUT",
            "/bucket/a",
            &["x-amz-copy-source: other/b?versionId=1", "x-amz-tagging: a=b"],
            "s3:PutObject arn:aws:s3:::bucket/a
s3:PutObjectTagging arn:aws:s3:::bucket/a
s3:GetObjectVersion arn:aws:s3:::other/b",
        ),
        (
            "GET",
            "/bucket/a?attributes",
            &[],
            "s3:GetObject arn:aws:s3:::bucket/a\ns3:GetObjectAttributes arn:aws:s3:::bucket/a",
        ),
        (
            "DELETE",
            "/v20180820/accesspoint/ap/policy",
            &[],
            "s3:DeleteAccessPointPolicy arn:aws:s3:accesspoint/ap",
        ),
        (
            "GET",
            "/v20180820/jobs/1",
            &["x-amz-account-id: 222222222222"],
            "s3:DescribeJob arn:aws:s3:eu-central-1:222222222222:job/1",
        ),
        ("GET", "/bucket/a/../b", &[], "? the path /bucket/a/../b"),
        ("GET", "/bucket/%2E%2E/b", &[], "? the path /bucket/%2E%2E/b"),
        ("GET", "/bucket?acl&policy", &[], "? a call that is both acl and policy"),
        ("PATCH", "/bucket", &[], "? the operation PATCH of S3"),
        ("GET", "/bucket?session", &[], "? the operation s3:CreateSession"),
        ("GET", "/bucket?newest", &[], "? the parameter newest of S3"),
    ] {
        assert_eq!(needs(&Request::rest(method, target, headers)), expected, "{method} {target}");
    }
}

#[test]
fn of_a_service_that_is_not_here() {
    assert_eq!(needs(&Request::query("sns", "Action=Publish")), "? the service sns");
}
