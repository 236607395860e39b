"""The policies as the emulator holds them, decided by the engine of the local run: the whole deny matrix.

Every principal asks for every action of the system on every resource; what the trust map does not allow is refused.
"""

import json
import os
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from harness import ROOT
from harness.emulator import Applied
from harness.plan import Resource, of_type, present

MAP = tomllib.loads((ROOT / "docs/trust-map.toml").read_text())
ACCOUNT, REGION = "123456789012", "eu-central-1"
SERVICE = {"sqs:queue": "sqs", "kms:key": "kms", "secretsmanager:secret": "secretsmanager"}


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
    queries: list[dict] = field(default_factory=list)


@pytest.fixture(scope="module")
def system(applied: Applied) -> System:
    resources = present(applied.state)
    endpoints = {endpoint.values["service_name"].rsplit(".", 1)[1]: endpoint.values["id"] for endpoint in of_type(resources, "aws_vpc_endpoint")}
    roles = of_type(resources, "aws_iam_role")
    boundaries = {policy.values["arn"]: policy.values["policy"] for policy in of_type(resources, "aws_iam_policy")}
    [cluster] = of_type(resources, "aws_eks_cluster")
    return System(
        targets={target.name: target for target in _targets(resources, endpoints)},
        identity={role.values["name"]: [policy.values["policy"] for policy in of_type(resources, "aws_iam_role_policy") if policy.values["role"] == role.values["name"]] for role in roles},
        boundary={role.values["name"]: boundaries[role.values["permissions_boundary"]] for role in roles if role.values["permissions_boundary"]},
        trust={role.values["name"]: role.values["assume_role_policy"] for role in roles},
        vpc=of_type(resources, "aws_vpc")[0].values["id"],
        provider=next(item.values["arn"] for item in of_type(resources, "aws_iam_openid_connect_provider") if "github" not in item.values["url"]),
        issuer=cluster.values["identity"][0]["oidc"][0]["issuer"].removeprefix("https://"),
    )


def _targets(resources: list[Resource], endpoints: dict[str, str]) -> Iterator[Target]:
    keys = {key.address.split('"')[1]: key.values for key in of_type(resources, "aws_kms_key") if '"' in key.address}
    key_policies = {policy.address.split('"')[1]: policy.values["policy"] for policy in of_type(resources, "aws_kms_key_policy") if '"' in policy.address}
    for name, data_class in (("click_key", "clicks"), ("secrets_key", "secrets")):
        yield Target(name, "kms:key", keys[data_class]["arn"], key_policies[data_class])
    queues = {queue.address.rsplit(".", 1)[1]: queue.values for queue in of_type(resources, "aws_sqs_queue")}
    queue_policies = {policy.values["queue_url"]: policy.values["policy"] for policy in of_type(resources, "aws_sqs_queue_policy")}
    for name, queue in (("click_queue", queues["clicks"]), ("dead_letter_queue", queues["dead_letters"])):
        yield Target(name, "sqs:queue", queue["arn"], queue_policies[queue["url"]], "click_key", endpoints["sqs"])
    secrets = {secret.address.rsplit(".", 1)[1]: secret.values["arn"] for secret in of_type(resources, "aws_secretsmanager_secret")}
    secret_policies = {policy.values["secret_arn"]: policy.values["policy"] for policy in of_type(resources, "aws_secretsmanager_secret_policy")}
    for name, secret in (("url_service_database_secret", "url_service_database"), ("migrate_database_secret", "master"), ("first_api_key_secret", "first_api_key")):
        arn = secrets[secret]
        yield Target(name, "secretsmanager:secret", arn, secret_policies[arn], "secrets_key", endpoints["secretsmanager"])


ACTIONS = {
    "sqs:queue": ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes", "sqs:PurgeQueue", "sqs:SetQueueAttributes", "sqs:DeleteQueue"],
    "secretsmanager:secret": ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue", "secretsmanager:DescribeSecret", "secretsmanager:UpdateSecretVersionStage", "secretsmanager:DeleteSecret", "secretsmanager:PutResourcePolicy", "secretsmanager:RotateSecret"],
    "kms:key": ["kms:Decrypt", "kms:GenerateDataKey", "kms:Encrypt", "kms:CreateGrant", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion"],
}  # fmt: skip


def allowed_by_the_map(principal: dict, action: str, target: str, via: str | None) -> bool:
    """What the map says of one request; `via` is the service through which a key is asked for."""
    if "actions" in principal["allow"][0]:
        groups = [group for group in principal["allow"] if action in group["actions"] and group["on"] == target]
        return any("when" not in group or via == "secretsmanager" for group in groups)
    return any(rule["action"] == action and rule["on"] == target and rule.get("via") == via for rule in principal["allow"])


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
        if via:
            context["kms:ViaService"] = [f"{via}.{REGION}.amazonaws.com"]
    return {
        "principal": {"session": {"role_arn": role, "session_arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{principal['role']}/pod", "account": ACCOUNT}},
        "action": action,
        "resource": target.arn,
        "context": {key: value for key, value in (context | changed).items() if value},
        "identity": system.identity[principal["role"]],
        "boundary": system.boundary[principal["role"]],
        "resource_policy": target.policy,
        "resource_must_allow": target.kind == "kms:key",
        "owner": ACCOUNT,
    }  # fmt: skip


def decide(queries: list[dict]) -> list[dict]:
    """The engine's answers."""
    text = "\n".join(json.dumps(item) for item in queries) + "\n"
    done = subprocess.run([os.environ["IAM_POLICY"]], input=text, stdout=subprocess.PIPE, text=True, timeout=120, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert not [answer for answer in answers if "error" in answer], answers
    return answers


PRINCIPALS = MAP["workload"] + MAP["platform"]


def matrix(system: System) -> Iterator[tuple[dict, str, Target, str | None]]:
    for principal in PRINCIPALS:
        for target in system.targets.values():
            for action in ACTIONS[target.kind]:
                for via in (None, "sqs", "secretsmanager", "rds") if target.kind == "kms:key" else (None,):
                    yield principal, action, target, via


def test_everything_the_map_does_not_allow_is_denied(system: System) -> None:
    asked = list(matrix(system))
    assert len(asked) > 600
    # Keys behind Secrets Manager are bound to their secret, which test_a_key_opens_its_own_secret_alone looks at.
    contexts = [_encryption_context(system, principal, action, target, via) for principal, action, target, via in asked]
    answers = decide([query(system, *request, **context) for request, context in zip(asked, contexts, strict=True)])
    wrong = [
        f"{principal['name']} {action} {target.name} via {via}: allowed {answer['allowed']} because {answer['because']}"
        for (principal, action, target, via), answer in zip(asked, answers, strict=True)
        if answer["allowed"] != allowed_by_the_map(principal, action, target.name, via)
    ]
    assert wrong == []


def _encryption_context(system: System, principal: dict, action: str, target: Target, via: str | None) -> dict[str, list[str]]:
    if target.name != "secrets_key" or via != "secretsmanager":
        return {}
    own = {"url-service": "url_service_database_secret", "migrate": "migrate_database_secret", "rotation": "migrate_database_secret"}
    name = own.get(principal["name"], "url_service_database_secret")
    if action == "kms:GenerateDataKey":
        name = "url_service_database_secret"
    return {"kms:EncryptionContext:SecretARN": [system.targets[name].arn]}


def test_a_key_opens_its_own_secret_alone(system: System) -> None:
    principals = {principal["name"]: principal for principal in PRINCIPALS}
    key = system.targets["secrets_key"]
    own, master, first = "url_service_database_secret", "migrate_database_secret", "first_api_key_secret"
    # Secrets Manager decrypts before it encrypts: migrate's key opens what it writes, while the secret's policy keeps it from reading.
    reads = {"url-service": {own}, "migrate": {own, master, first}, "rotation": {own, master}, "keda": set(), "worker": set()}
    for name, readable in reads.items():
        for secret in (own, master, first):
            context = {"kms:EncryptionContext:SecretARN": [system.targets[secret].arn]}
            [answer] = decide([query(system, principals[name], "kms:Decrypt", key, "secretsmanager", **context)])
            assert answer["allowed"] == (secret in readable), f"{name} {secret}"


@pytest.mark.parametrize(
    ("key", "value"),
    [("aws:SourceVpce", ["vpce-somewhere-else"]), ("aws:SourceVpce", []), ("aws:SecureTransport", ["false"])],
    ids=["another endpoint", "the internet", "plaintext"],
)
def test_messages_pass_through_the_endpoint_over_tls(system: System, key: str, value: list[str]) -> None:
    sender = next(principal for principal in PRINCIPALS if principal["name"] == "url-service")
    queue = system.targets["click_queue"]
    good, bad = decide([query(system, sender, "sqs:SendMessage", queue, None), query(system, sender, "sqs:SendMessage", queue, None, **{key: value})])
    assert (good["allowed"], bad["allowed"]) == (True, False)


@pytest.mark.parametrize("value", [["vpce-somewhere-else"], []], ids=["another endpoint", "the internet"])
def test_secrets_pass_through_the_endpoint(system: System, value: list[str]) -> None:
    reader = next(principal for principal in PRINCIPALS if principal["name"] == "url-service")
    secret = system.targets["url_service_database_secret"]
    [answer] = decide([query(system, reader, "secretsmanager:GetSecretValue", secret, None, **{"aws:SourceVpce": value})])
    assert not answer["allowed"]


def test_the_boundary_holds_what_is_attached_later(system: System) -> None:
    anything = json.dumps({"Version": "2012-10-17", "Statement": [{"Sid": "Later", "Effect": "Allow", "Action": "*", "Resource": "*"}]})
    asked = []
    for principal in PRINCIPALS:
        for action, arn in (("s3:GetObject", "arn:aws:s3:::anything/at-all"), ("iam:CreateUser", "*"), ("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/admin")):
            request = query(system, principal, action, Target("other", "s3:object", arn, ""), None)
            request |= {"identity": [anything], "resource_policy": None}
            asked.append({name: value for name, value in request.items() if value is not None})
    assert not [answer for answer in decide(asked) if answer["allowed"]]


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


IRSA = [principal for principal in PRINCIPALS if principal.get("trusted", "irsa") == "irsa"]


@pytest.mark.parametrize("principal", IRSA, ids=lambda principal: principal["name"])
def test_a_role_trusts_its_own_token_alone(system: System, principal: dict) -> None:
    subject, audience = f"{system.issuer}:sub", f"{system.issuer}:aud"
    own = f"system:serviceaccount:{principal['namespace']}:{principal['service_account']}"
    foreign = [f"system:serviceaccount:{other['namespace']}:{other['service_account']}" for other in IRSA if other is not principal]
    bad = [trusts(system, principal, **{subject: [value]}) for value in [*foreign, own.upper(), own + "x", own[:-1], "system:serviceaccount:default:default", "*"]]
    bad += [trusts(system, principal, **{subject: []}), trusts(system, principal, **{audience: []}), trusts(system, principal, **{audience: ["kubernetes.default.svc"]})]
    bad += [trusts(system, principal, **{"aws:SourceVpc": ["vpc-elsewhere"]}), trusts(system, principal, **{"aws:SourceVpc": []})]
    elsewhere = trusts(system, principal)
    elsewhere["principal"] = {"web_identity": {"provider_arn": f"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.example.com"}}
    good, *refused = decide([trusts(system, principal), *bad, elsewhere])
    assert good["allowed"], good
    assert not [answer for answer in refused if answer["allowed"]]
