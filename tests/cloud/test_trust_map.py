"""Terraform against docs/trust-map.toml, which says what every principal may do."""

import re
import tomllib
from fnmatch import fnmatchcase

import pytest

from harness import ROOT
from harness.applied import Applied
from harness.documents import grants, many, outline, statements
from harness.plan import of_type, present

MAP = tomllib.loads((ROOT / "docs/trust-map.toml").read_text())
#: How the templates name what the map calls by these names.
ARN = {
    "click_queue": "<click_queue_arn>",
    "click_key": "<click_key_arn>",
    "secrets_key": "<secrets_key_arn>",
    "signing_key": "<signing_key_arn>",
    "url_service_database_secret": "<url_service_database_secret_arn>",
    "migrate_database_secret": "<migrate_database_secret_arn>",
    "first_api_key_secret": "<first_api_key_secret_arn>",
    "repositories": "<repository_arns>",
    "rotation_log": "<rotation_log_group_arn>:*",
    "pod_log": "<pod_log_group_arn>:*",
    "spire_keys": "arn:aws:kms:<region>:<account_id>:key/*",
    "spire_key_names": "<spire_key_aliases_arn>",
    "spire_database_login": "<spire_database_login_arn>",
    "cluster": "arn:aws:eks:<region>:<account_id>:cluster/<cluster_name>",
    "network_interfaces": "arn:aws:ec2:<region>:<account_id>:*",
    "load_balancers": "arn:aws:elasticloadbalancing:<region>:<account_id>:*/*",
    "*": "*",
}


def document(principal: dict) -> dict:
    return outline((ROOT / principal["policy"]).read_text())


@pytest.mark.parametrize("workload", MAP["workload"], ids=lambda workload: workload["name"])
def test_a_workload_may_do_what_the_map_says(workload: dict) -> None:
    assert set(grants(document(workload))) == {(allow["action"], ARN[allow["on"]]) for allow in workload["allow"]}


@pytest.mark.parametrize("workload", MAP["workload"], ids=lambda workload: workload["name"])
def test_a_workload_uses_keys_through_their_service(workload: dict) -> None:
    expected = {(allow["action"], ARN[allow["on"]], allow["via"]) for allow in workload["allow"] if "via" in allow}
    written = {
        (action, resource, service.split(".")[0])
        for statement in statements(document(workload))
        for action in many(statement["Action"])
        for resource in many(statement["Resource"])
        for service in many(statement.get("Condition", {}).get("StringEquals", {}).get("kms:ViaService", []))
    }
    assert written == expected


@pytest.mark.parametrize("principal", MAP["platform"], ids=lambda principal: principal["name"])
def test_a_platform_principal_may_do_what_the_map_says(principal: dict) -> None:
    allowed = {(action, ARN[group["on"]]) for group in principal["allow"] for action in group["actions"]}
    written = set(grants(document(principal)))
    unknown = {
        grant
        for grant in written
        if not any(grant[0] == action and _covers(pattern, grant[1]) for action, pattern in allowed)
    }
    unused = {
        rule for rule in allowed if not any(grant[0] == rule[0] and _covers(rule[1], grant[1]) for grant in written)
    }
    assert (unknown, unused) == (set(), set())


@pytest.mark.parametrize("principal", MAP["platform"], ids=lambda principal: principal["name"])
def test_a_platform_principals_conditions_are_the_maps(principal: dict) -> None:
    for group in principal["allow"]:
        if "when" in group:
            for statement in statements(document(principal)):
                if all(_covers(ARN[group["on"]], resource) for resource in many(statement["Resource"])) and set(
                    many(statement["Action"])
                ) & set(group["actions"]):
                    keys = set(statement["Condition"]["StringEquals"])
                    assert group["when"] in keys or any(
                        other.get("when") in keys for other in principal["allow"] if other is not group
                    )


#: Who calls each service from inside the network. Behind SQS and Secrets Manager keys are used by the services themselves,
#: and Lambda makes the rotation function's interfaces and log outside of it.
CALLERS = {
    "sqs": ["url-service", "worker", "keda"],
    "secretsmanager": ["url-service", "migrate", "rotation"],
    "kms": ["kyverno-admission", "spire-server"],
    "logs": ["fluent-bit"],
    "ecr": ["node", "kyverno-admission"],
    "ec2": ["node", "vpc-cni", "load-balancer-controller"],
    "elasticloadbalancing": ["load-balancer-controller"],
    "eks": ["node"],
}


@pytest.mark.parametrize("service", CALLERS)
def test_an_endpoint_admits_what_its_callers_call_and_no_more(service: str) -> None:
    principals = {principal["name"]: principal for principal in MAP["workload"] + MAP["platform"]}
    called = {
        action
        for name in CALLERS[service]
        for action, _ in grants(document(principals[name]))
        if action.startswith(f"{service}:")
    }
    for endpoint in (ROOT / "terraform/modules/network/policies/endpoints").glob(f"{service}*.json"):
        if endpoint.stem in (service, f"{service}.api", f"{service}.dkr"):
            assert {action for action, _ in grants(outline(endpoint.read_text()))} == called, endpoint.name


def test_every_role_of_the_map_exists_and_no_other(applied: Applied) -> None:
    roles = {resource.values["name"] for resource in of_type(present(applied.state), "aws_iam_role")}
    # Roles of AWS's services, which no code of ours runs with.
    services = {f"zero-trust-eks-{name}" for name in ("cluster", "flow-logs", "trail")}
    assert roles - services == {principal["role"] for principal in MAP["workload"] + MAP["platform"]}


def test_each_role_is_trusted_as_the_map_says(applied: Applied) -> None:
    import json

    trusts = {
        resource.values["name"]: json.loads(resource.values["assume_role_policy"])
        for resource in of_type(present(applied.state), "aws_iam_role")
    }
    for principal in MAP["workload"] + MAP["platform"]:
        [statement] = trusts[principal["role"]]["Statement"]
        match principal.get("trusted", "irsa"):
            case "irsa":
                conditions = statement["Condition"]["StringEquals"]
                subjects = [value for key, value in conditions.items() if key.endswith(":sub")]
                audiences = [value for key, value in conditions.items() if key.endswith(":aud")]
                assert subjects == [f"system:serviceaccount:{principal['namespace']}:{principal['service_account']}"]
                assert audiences == [MAP["audience"]]
                assert conditions["aws:SourceVpc"].startswith("vpc-")
            case "github":
                assert re.fullmatch(
                    r"repo:[^*:]+:ref:refs/[^*:]+:environment:[^*:]+",
                    statement["Condition"]["StringEquals"]["token.actions.githubusercontent.com:sub"],
                )
            case service:
                assert statement["Principal"] == {"Service": f"{service}.amazonaws.com"}


def _covers(pattern: str, resource: str) -> bool:
    return fnmatchcase(resource.replace("[", "("), pattern.replace("[", "("))
