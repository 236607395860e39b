"""The policies as the emulator holds them, decided by the engine of the local run: the whole deny matrix.

Each check returns what is wrong with a system. It is run on the system as applied, where it has to find nothing, and on
copies with one fault, where it has to find something.
"""

import copy
import json
from collections.abc import Callable

import pytest

from harness.applied import Applied
from harness.evaluation import (
    ACCOUNT,
    ACTIONS,
    IRSA,
    PRINCIPALS,
    System,
    Target,
    allowed_by_the_map,
    decide,
    principal_of,
    query,
    read,
    trusts,
)

OWN, MASTER, FIRST = "url_service_database_secret", "migrate_database_secret", "first_api_key_secret"
SECRET_CONTEXT = "kms:EncryptionContext:SecretARN"  # noqa: S105


@pytest.fixture(scope="module")
def system(applied: Applied) -> System:
    return read(applied.state)


def matrix(system: System) -> list[str]:
    """Every principal, action and resource: decided as the trust map says."""
    asked = [
        (principal, action, target, via)
        for principal in PRINCIPALS
        for target in system.targets.values()
        for action in ACTIONS[target.kind]
        for via in ((None, "sqs", "secretsmanager", "rds") if target.kind == "kms:key" else (None,))
    ]
    assert len(asked) > 600
    answers = decide([query(system, *request, **_secret_of(system, *request)) for request in asked])
    return [
        f"{principal['name']} {action} {target.name} via {via}: allowed {answer['allowed']} because {answer['because']}"
        for (principal, action, target, via), answer in zip(asked, answers, strict=True)
        if answer["allowed"] != allowed_by_the_map(principal, action, target.name, via)
    ]


def _secret_of(system: System, principal: dict, action: str, target: Target, via: str | None) -> dict[str, list[str]]:
    """The secret for which the secrets key is asked: one that is the principal's, so that the key alone decides."""
    if target.name != "secrets_key" or via != "secretsmanager":
        return {}
    reads_master = principal["name"] in ("migrate", "rotation") and action == "kms:Decrypt"
    return {SECRET_CONTEXT: [system.targets[MASTER if reads_master else OWN].arn]}


def keys_of_secrets(system: System) -> list[str]:
    """A key opens the secrets of whoever uses it, and no other."""
    # Secrets Manager decrypts before it encrypts: migrate's key opens what it writes, while the secret's policy keeps it from reading.
    opens = {
        "url-service": {OWN},
        "migrate": {OWN, MASTER, FIRST},
        "rotation": {OWN, MASTER},
        "keda": set(),
        "worker": set(),
    }
    asked = [(name, secret) for name in opens for secret in (OWN, MASTER, FIRST)]
    key = system.targets["secrets_key"]
    answers = decide(
        [
            query(
                system,
                principal_of(name),
                "kms:Decrypt",
                key,
                "secretsmanager",
                **{SECRET_CONTEXT: [system.targets[secret].arn]},
            )
            for name, secret in asked
        ]
    )
    return [
        f"{name} {secret}"
        for (name, secret), answer in zip(asked, answers, strict=True)
        if answer["allowed"] != (secret in opens[name])
    ]


def endpoints(system: System) -> list[str]:
    """Messages and values pass through the endpoint, messages over TLS as well."""
    sender = principal_of("url-service")
    message = (sender, "sqs:SendMessage", system.targets["click_queue"], None)
    value = (sender, "secretsmanager:GetSecretValue", system.targets[OWN], None)
    cases = {
        "message": (True, query(system, *message)),
        "message through another endpoint": (False, query(system, *message, **{"aws:SourceVpce": ["vpce-elsewhere"]})),
        "message from the internet": (False, query(system, *message, **{"aws:SourceVpce": []})),
        "message in clear": (False, query(system, *message, **{"aws:SecureTransport": ["false"]})),
        "value": (True, query(system, *value)),
        "value through another endpoint": (False, query(system, *value, **{"aws:SourceVpce": ["vpce-elsewhere"]})),
        "value from the internet": (False, query(system, *value, **{"aws:SourceVpce": []})),
    }
    answers = decide([request for _, request in cases.values()])
    return [
        name
        for (name, (allowed, _)), answer in zip(cases.items(), answers, strict=True)
        if answer["allowed"] != allowed
    ]


def boundaries(system: System) -> list[str]:
    """What is attached to a role later adds nothing."""
    anything = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Sid": "Later", "Effect": "Allow", "Action": "*", "Resource": "*"}]}
    )
    asked = [
        (principal, action, arn)
        for principal in PRINCIPALS
        for action, arn in (
            ("s3:GetObject", "arn:aws:s3:::anything/at-all"),
            ("iam:CreateUser", "*"),
            ("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/admin"),
        )
    ]
    requests = []
    for principal, action, arn in asked:
        request = query(system, principal, action, Target("other", "s3:object", arn, ""), None) | {
            "identity": [anything]
        }
        del request["resource_policy"]
        requests.append(request)
    return [
        f"{principal['name']} {action}"
        for (principal, action, _), answer in zip(asked, decide(requests), strict=True)
        if answer["allowed"]
    ]


def trust(system: System) -> list[str]:
    """A role is given for its own token and for no other."""
    subject, audience = f"{system.issuer}:sub", f"{system.issuer}:aud"
    cases: list[tuple[str, bool, dict]] = []
    for principal in IRSA:
        own = f"system:serviceaccount:{principal['namespace']}:{principal['service_account']}"
        foreign = [
            f"system:serviceaccount:{other['namespace']}:{other['service_account']}"
            for other in IRSA
            if other is not principal
        ]
        changes = [
            {subject: [value]}
            for value in [*foreign, own.upper(), own + "x", own[:-1], "system:serviceaccount:default:default", "*"]
        ]
        changes += [{subject: []}, {audience: []}, {audience: ["kubernetes.default.svc"]}]
        changes += [{"aws:SourceVpc": ["vpc-elsewhere"]}, {"aws:SourceVpc": []}]
        cases.append((principal["name"], True, trusts(system, principal)))
        cases += [(f"{principal['name']} {change}", False, trusts(system, principal, **change)) for change in changes]
        elsewhere = {"web_identity": {"provider_arn": f"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.example.com"}}
        cases.append(
            (f"{principal['name']} another issuer", False, trusts(system, principal) | {"principal": elsewhere})
        )
    answers = decide([request for _, _, request in cases])
    return [name for (name, allowed, _), answer in zip(cases, answers, strict=True) if answer["allowed"] != allowed]


Check = Callable[[System], list[str]]
CHECKS: list[Check] = [matrix, keys_of_secrets, endpoints, boundaries, trust]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_every_request_is_decided_as_the_map_says(system: System, check: Check) -> None:
    assert check(system) == []


def _replace(text: str, old: str, new: str) -> str:
    document = json.dumps(json.loads(text))
    assert old in document, f"{old} is not in {document}"
    return document.replace(old, new)


def _without(text: str, sid: str) -> str:
    document = json.loads(text)
    kept = [statement for statement in document["Statement"] if statement["Sid"] != sid]
    assert len(kept) < len(document["Statement"])
    return json.dumps(document | {"Statement": kept})


def _unconditional(text: str, key: str) -> str:
    document = json.loads(text)
    for statement in document["Statement"]:
        statement.get("Condition", {}).get("StringEquals", {}).pop(key, None)
    return json.dumps(document)


def _target(name: str, change: Callable[[str], str]) -> Callable[[System], None]:
    def plant(system: System) -> None:
        system.targets[name].policy = change(system.targets[name].policy)

    return plant


def _role(documents: str, name: str, change: Callable[[str], str]) -> Callable[[System], None]:
    def plant(system: System) -> None:
        held = getattr(system, documents)
        role = f"zero-trust-eks-{name}"
        held[role] = [change(text) for text in held[role]] if documents == "identity" else change(held[role])

    return plant


FAULTS: dict[str, tuple[Check, Callable[[System], None]]] = {
    "the worker may send": (
        matrix,
        _role("identity", "worker-irsa", lambda text: _replace(text, "sqs:ReceiveMessage", "sqs:SendMessage")),
    ),
    "the click key can be used directly": (
        matrix,
        _target("click_key", lambda text: _unconditional(text, "kms:ViaService")),
    ),
    "migrate reads what it hands over": (
        matrix,
        lambda system: (
            _target(OWN, lambda text: _without(text, "DenyReadingToAllButItsReaders"))(system),
            _role(
                "identity",
                "migrate-irsa",
                lambda text: _replace(text, "secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"),
            )(system),
        ),
    ),
    "the secrets key opens every secret": (
        keys_of_secrets,
        _target(
            "secrets_key",
            lambda text: _replace(text, "kms:EncryptionContext:SecretARN", "kms:EncryptionContext:Anything").replace(
                '"StringEquals"', '"StringEqualsIfExists"'
            ),
        ),
    ),
    "messages in clear": (endpoints, _target("click_queue", lambda text: _without(text, "DenyPlaintext"))),
    "messages from the internet": (
        endpoints,
        _target("click_queue", lambda text: _without(text, "DenyMessagesOutsideTheEndpoint")),
    ),
    "values from the internet": (endpoints, _target(OWN, lambda text: _without(text, "DenyValuesOutsideTheEndpoint"))),
    "a boundary without a bound": (
        boundaries,
        _role(
            "boundary",
            "worker-irsa",
            lambda text: json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [{"Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*"}],
                }
            ),
        ),
    ),
    "a role for any audience": (
        trust,
        _role(
            "trust",
            "worker-irsa",
            lambda text: _replace(text, ':aud": "sts.amazonaws.com", ', ':amr": "x", ').replace(
                '"StringEquals"', '"StringEqualsIfExists"'
            ),
        ),
    ),
    "a role for any subject": (
        trust,
        _role(
            "trust",
            "worker-irsa",
            lambda text: _replace(text, "system:serviceaccount:services:worker", "*").replace(
                '"StringEquals"', '"StringLike"'
            ),
        ),
    ),
    "a role from any network": (
        trust,
        _role(
            "trust",
            "worker-irsa",
            lambda text: _replace(text, "aws:SourceVpc", "aws:Nothing").replace(
                '"StringEquals"', '"StringEqualsIfExists"'
            ),
        ),
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_no_fault_is_overlooked(system: System, name: str) -> None:
    check, plant = FAULTS[name]
    faulty = copy.deepcopy(system)
    plant(faulty)
    assert check(faulty) != []
