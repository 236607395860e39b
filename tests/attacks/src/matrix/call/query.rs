//! Calls in AWS Query.

use http::Method;
use url::form_urlencoded::Serializer;

use super::{Call, json};
use crate::matrix::target::{Relation, Target};

/// Which argument of IAM names a resource of which type.
const IAM: &[(&str, &str)] = &[
    ("access-report", "EntityPath"),
    ("group", "GroupName"),
    ("instance-profile", "InstanceProfileName"),
    ("mfa", "SerialNumber"),
    ("oidc-provider", "OpenIDConnectProviderArn"),
    ("policy", "PolicyArn"),
    ("role", "RoleName"),
    ("saml-provider", "SAMLProviderArn"),
    ("server-certificate", "ServerCertificateName"),
    ("user", "UserName"),
];

/// Which argument of RDS names a resource of which type.
const RDS: &[(&str, &str)] = &[
    ("auto-backup", "DBInstanceAutomatedBackupsArn"),
    ("cluster", "DBClusterIdentifier"),
    ("cluster-endpoint", "DBClusterEndpointIdentifier"),
    ("cluster-pg", "DBClusterParameterGroupName"),
    ("cluster-snapshot", "DBClusterSnapshotIdentifier"),
    ("db", "DBInstanceIdentifier"),
    ("deployment", "BlueGreenDeploymentIdentifier"),
    ("es", "SubscriptionName"),
    ("global-cluster", "GlobalClusterIdentifier"),
    ("integration", "IntegrationIdentifier"),
    ("og", "OptionGroupName"),
    ("pg", "DBParameterGroupName"),
    ("proxy", "DBProxyName"),
    ("proxy-endpoint", "DBProxyEndpointName"),
    ("ri", "ReservedDBInstanceId"),
    ("secgrp", "DBSecurityGroupName"),
    ("shardgrp", "DBShardGroupIdentifier"),
    ("snapshot", "DBSnapshotIdentifier"),
    ("subgrp", "DBSubnetGroupName"),
    ("target-group", "TargetGroupName"),
    ("tenant-database", "TenantDBName"),
];

/// SQS, as clients before its JSON protocol call it.
pub(super) fn sqs(operation: &str, target: &Target) -> Call {
    let url = json::queue_url(target);
    let entry = |prefix: &str| {
        let members =
            [("Id", "1"), ("MessageBody", "attack"), ("ReceiptHandle", "attack"), ("VisibilityTimeout", "0")];
        members.map(|(name, value)| (format!("{prefix}{name}"), value.to_owned()))
    };
    let batch = format!("{operation}RequestEntry.1.");
    let members = if operation.ends_with("Batch") { entry(&batch) } else { entry("") };
    let named = [
        ("QueueUrl", url.as_str()),
        ("QueueName", target.id()),
        ("QueueOwnerAWSAccountId", target.account()),
        ("SourceArn", &target.arn),
        ("TaskHandle", "attack"),
        ("AttributeName.1", "QueueArn"),
    ];
    let members = members.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    signed("2012-11-05", operation, named.into_iter().chain(members))
}

pub(super) fn iam(action: &str, target: &Target) -> Option<Call> {
    if action == "PassRole" {
        return None;
    }
    Some(signed("2010-05-08", action, named(IAM, target)))
}

pub(super) fn rds(action: &str, target: &Target) -> Option<Call> {
    if action == "CrossRegionCommunication" {
        return None;
    }
    Some(signed("2014-10-31", action, named(RDS, target)))
}

/// STS; tags and source identity are asked for together with a role.
pub(super) fn sts(action: &str, target: &Target, token: &str) -> Option<Call> {
    let role = ("RoleArn", target.arn.as_str());
    let name = ("RoleSessionName", "attack");
    let call =
        |operation, arguments: &[(&str, &str)]| signed("2011-06-15", operation, arguments.iter().copied());
    Some(match (action, target.kind) {
        ("AssumeRoleWithWebIdentity", _) => {
            Call { unsigned: true, ..call(action, &[role, name, ("WebIdentityToken", token)]) }
        }
        ("TagSession", "role") => call("AssumeRole", &[role, name, ("Tags.member.1.Key", "a")]),
        ("SetSourceIdentity", "role") => call("AssumeRole", &[role, name, ("SourceIdentity", "a")]),
        (
            "GetServiceBearerToken"
            | "SetContext"
            | "SetSourceIdentity"
            | "TagGetWebIdentityToken"
            | "TagSession",
            _,
        ) => {
            return None;
        }
        (_, "role") => call(action, &[role, name]),
        (_, "root-user") => call(action, &[("TargetPrincipal", &target.arn)]),
        (_, "federated-user") => call(action, &[("Name", target.id())]),
        (_, "user") => return None,
        _ => call(action, &[]),
    })
}

/// The argument that names the target. A name cannot point elsewhere, an ARN in its place can.
fn named<'a>(table: &[(&str, &'a str)], target: &'a Target) -> Option<(&'a str, &'a str)> {
    let (_, argument) = table.iter().find(|(kind, _)| *kind == target.kind)?;
    let by_arn =
        argument.ends_with("Arn") || *argument == "SerialNumber" || target.relation == Relation::Foreign;
    Some((*argument, if by_arn { &target.arn } else { target.id() }))
}

fn signed<'a>(
    version: &str,
    operation: &str,
    arguments: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Call {
    let mut body = Serializer::new(String::new());
    body.append_pair("Action", operation).append_pair("Version", version).extend_pairs(arguments);
    Call {
        method: Method::POST,
        path: "/".to_owned(),
        headers: vec![("content-type", "application/x-www-form-urlencoded".to_owned())],
        body: body.finish(),
        unsigned: false,
    }
}
