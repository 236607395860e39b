"""Production applied to an emulator of AWS: it can be made, made twice without a change, and removed."""

import json

from harness.applied import Applied
from harness.plan import of_type, present


def test_production_applies_to_the_emulator(applied: Applied) -> None:
    kinds = {resource.type for resource in present(applied.state)}
    expected = {
        "aws_vpc",
        "aws_vpc_endpoint",
        "aws_eks_cluster",
        "aws_iam_openid_connect_provider",
        "aws_kms_key",
        "aws_ecr_repository",
        "aws_sqs_queue",
        "aws_lambda_function",
        "aws_cloudtrail",
    }
    assert expected <= kinds


def test_a_second_plan_changes_nothing(applied: Applied) -> None:
    assert "\n".join(applied.second_plan) == ""


def test_the_trusted_issuer_is_the_clusters_own(applied: Applied) -> None:
    resources = present(applied.state)
    [cluster] = of_type(resources, "aws_eks_cluster")
    providers = {
        resource.values["url"]: resource.values["client_id_list"]
        for resource in of_type(resources, "aws_iam_openid_connect_provider")
    }
    issuer = cluster.values["identity"][0]["oidc"][0]["issuer"].removeprefix("https://")
    assert providers == {issuer: ["sts.amazonaws.com"], "token.actions.githubusercontent.com": ["sts.amazonaws.com"]}


def test_derived_names_are_what_was_made(applied: Applied) -> None:
    """A failed `check` only warns: nobody would see it."""
    [check] = [check for check in applied.state["checks"] if check["address"]["to_display"] == "check.names"]
    assert check["status"] == "pass", check


def test_no_secret_is_in_the_state(applied: Applied) -> None:
    resources = present(applied.state)
    assert of_type(resources, "aws_secretsmanager_secret_version") == []
    text = json.dumps(applied.state)
    assert '"secret_string"' not in text
    assert "PRIVATE KEY" not in text


def test_zz_destroy_leaves_nothing(applied: Applied) -> None:
    assert applied.destroyed().left == []
