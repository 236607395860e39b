"""The policies of a state, and requests put to the engine of the local run with them."""

import json
import os
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass

from harness import ROOT
from harness.plan import Resource, of_type, present

MAP = tomllib.loads((ROOT / "docs/trust-map.toml").read_text())
ACCOUNT, REGION = "123456789012", "eu-central-1"


@dataclass
class Target:
    """A resource of the map: its ARN, its policy, and the endpoint through which it is reached."""

    name: str
    kind: str
    arn: str
    policy: str
    key: str | None = None
    endpoint: str | None = None


@dataclass
class System:
    """What was read back from the emulator."""

    targets: dict[str, Target]
    identity: dict[str, list[str]]
    boundary: dict[str, str]
    trust: dict[str, str]
    vpc: str
    provider: str
    issuer: str


def read(state: dict) -> System:
    """The policies of an applied state."""
    resources = present(state)
    endpoints = {
        endpoint.values["service_name"].rsplit(".", 1)[1]: endpoint.values["id"]
        for endpoint in of_type(resources, "aws_vpc_endpoint")
    }
    roles = of_type(resources, "aws_iam_role")
    boundaries = {policy.values["arn"]: policy.values["policy"] for policy in of_type(resources, "aws_iam_policy")}
    [cluster] = of_type(resources, "aws_eks_cluster")
    return System(
        targets={target.name: target for target in _targets(resources, endpoints)},
        identity={
            role.values["name"]: [
                policy.values["policy"]
                for policy in of_type(resources, "aws_iam_role_policy")
                if policy.values["role"] == role.values["name"]
            ]
            for role in roles
        },
        boundary={
            role.values["name"]: boundaries[role.values["permissions_boundary"]]
            for role in roles
            if role.values["permissions_boundary"]
        },
        trust={role.values["name"]: role.values["assume_role_policy"] for role in roles},
        vpc=of_type(resources, "aws_vpc")[0].values["id"],
        provider=next(
            item.values["arn"]
            for item in of_type(resources, "aws_iam_openid_connect_provider")
            if "github" not in item.values["url"]
        ),
        issuer=cluster.values["identity"][0]["oidc"][0]["issuer"].removeprefix("https://"),
    )


def _targets(resources: list[Resource], endpoints: dict[str, str]) -> Iterator[Target]:
    keys = {key.address.split('"')[1]: key.values for key in of_type(resources, "aws_kms_key") if '"' in key.address}
    key_policies = {
        policy.address.split('"')[1]: policy.values["policy"]
        for policy in of_type(resources, "aws_kms_key_policy")
        if '"' in policy.address
    }
    for name, data_class in (("click_key", "clicks"), ("secrets_key", "secrets")):
        yield Target(name, "kms:key", keys[data_class]["arn"], key_policies[data_class])
    queues = {queue.address.rsplit(".", 1)[1]: queue.values for queue in of_type(resources, "aws_sqs_queue")}
    queue_policies = {
        policy.values["queue_url"]: policy.values["policy"] for policy in of_type(resources, "aws_sqs_queue_policy")
    }
    for name, queue in (("click_queue", queues["clicks"]), ("dead_letter_queue", queues["dead_letters"])):
        yield Target(name, "sqs:queue", queue["arn"], queue_policies[queue["url"]], "click_key", endpoints["sqs"])
    secrets = {
        secret.address.removeprefix("module."): secret.values["arn"]
        for secret in of_type(resources, "aws_secretsmanager_secret")
    }
    secret_policies = {
        policy.values["secret_arn"]: policy.values["policy"]
        for policy in of_type(resources, "aws_secretsmanager_secret_policy")
    }
    for name, secret in (
        ("url_service_database_secret", "secrets.aws_secretsmanager_secret.url_service_database"),
        ("migrate_database_secret", "database.aws_secretsmanager_secret.master"),
        ("spire_database_secret", "spire_database.aws_secretsmanager_secret.master"),
        ("first_api_key_secret", "secrets.aws_secretsmanager_secret.first_api_key"),
    ):
        arn = secrets[secret]
        yield Target(
            name, "secretsmanager:secret", arn, secret_policies[arn], "secrets_key", endpoints["secretsmanager"]
        )


ACTIONS = {
    "sqs:queue": [
        "sqs:SendMessage",
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:ChangeMessageVisibility",
        "sqs:GetQueueAttributes",
        "sqs:PurgeQueue",
        "sqs:SetQueueAttributes",
        "sqs:DeleteQueue",
    ],
    "secretsmanager:secret": [
        "secretsmanager:GetSecretValue",
        "secretsmanager:PutSecretValue",
        "secretsmanager:DescribeSecret",
        "secretsmanager:UpdateSecretVersionStage",
        "secretsmanager:DeleteSecret",
        "secretsmanager:PutResourcePolicy",
        "secretsmanager:RotateSecret",
    ],
    "kms:key": [
        "kms:Decrypt",
        "kms:GenerateDataKey",
        "kms:Encrypt",
        "kms:CreateGrant",
        "kms:PutKeyPolicy",
        "kms:ScheduleKeyDeletion",
    ],
}


def allowed_by_the_map(principal: dict, action: str, target: str, via: str | None) -> bool:
    """What the map says of one request; `via` is the service through which a key is asked for."""
    if "actions" in principal["allow"][0]:
        groups = [group for group in principal["allow"] if action in group["actions"] and group["on"] == target]
        return any("when" not in group or via == "secretsmanager" for group in groups)
    return any(
        rule["action"] == action and rule["on"] == target and rule.get("via") == via for rule in principal["allow"]
    )


def query(system: System, principal: dict, action: str, target: Target, via: str | None, **changed: list[str]) -> dict:
    """The request as a pod makes it from inside the network."""
    role = f"arn:aws:iam::{ACCOUNT}:role/{principal['role']}"
    context = {
        "aws:PrincipalArn": [role],
        "aws:PrincipalAccount": [ACCOUNT],
        "aws:PrincipalIsAWSService": ["false"],
        "aws:SecureTransport": ["true"],
        "aws:SourceVpc": [system.vpc],
    }
    if target.endpoint:
        context["aws:SourceVpce"] = [target.endpoint]
    if target.kind == "kms:key":
        context["kms:CallerAccount"] = [ACCOUNT]
        context["kms:KeyUsage"] = ["ENCRYPT_DECRYPT"]
        if via:
            context["kms:ViaService"] = [f"{via}.{REGION}.amazonaws.com"]
    return {
        "principal": {
            "session": {
                "role_arn": role,
                "session_arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{principal['role']}/pod",
                "account": ACCOUNT,
            }
        },
        "action": action,
        "resource": target.arn,
        "context": {key: value for key, value in (context | changed).items() if value},
        "identity": system.identity[principal["role"]],
        "boundary": system.boundary[principal["role"]],
        "resource_policy": target.policy,
        "resource_must_allow": target.kind == "kms:key",
        "owner": ACCOUNT,
    }


def decide(queries: list[dict]) -> list[dict]:
    """The engine's answers."""
    text = "\n".join(json.dumps(item) for item in queries) + "\n"
    done = subprocess.run(
        [os.environ["IAM_POLICY"]], input=text, stdout=subprocess.PIPE, text=True, timeout=120, check=True
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert not [answer for answer in answers if "error" in answer], answers
    return answers


def trusts(system: System, principal: dict, **changed: list[str]) -> dict:
    """An exchange of the principal's own token, with what differs."""
    context = {
        f"{system.issuer}:aud": ["sts.amazonaws.com"],
        f"{system.issuer}:sub": [f"system:serviceaccount:{principal['namespace']}:{principal['service_account']}"],
        "aws:SourceVpc": [system.vpc],
    }
    return {
        "principal": {"web_identity": {"provider_arn": system.provider}},
        "action": "sts:AssumeRoleWithWebIdentity",
        "resource": f"arn:aws:iam::{ACCOUNT}:role/{principal['role']}",
        "context": {key: value for key, value in (context | changed).items() if value},
        "trust": system.trust[principal["role"]],
    }


PRINCIPALS = MAP["workload"] + MAP["platform"]
IRSA = [principal for principal in PRINCIPALS if principal.get("trusted", "irsa") == "irsa"]


def principal_of(name: str) -> dict:
    """A principal of the map."""
    return next(principal for principal in PRINCIPALS if principal["name"] == name)
