"""The plan of production: nothing open, nothing secret, nothing that a module's own test could not see."""

import json
import re

from harness.emulator import PRODUCTION
from harness.plan import changes, of_type, planned, strings
from harness.terraform import Workspace


def test_everything_is_made_anew(production_plan: dict) -> None:
    made = changes(production_plan)
    assert len(made) > 200
    assert all(change.startswith("create ") for change in made)


def test_nothing_is_open_to_the_internet(production_plan: dict) -> None:
    for rule in of_type(planned(production_plan), "aws_vpc_security_group_ingress_rule"):
        assert rule.values.get("cidr_ipv4") is None and rule.values.get("cidr_ipv6") is None, rule.address
    for group in of_type(planned(production_plan), "aws_security_group"):
        assert not group.values.get("ingress"), group.address


def test_only_the_load_balancer_has_a_way_out(production_plan: dict) -> None:
    out = [
        route.address
        for route in of_type(planned(production_plan), "aws_route")
        if route.values["destination_cidr_block"] == "0.0.0.0/0"
    ]
    assert out == ["module.network.aws_route.load_balancer_to_internet"]


def test_no_secret_is_in_the_plan(production_plan: dict) -> None:
    kinds = {resource.type for resource in planned(production_plan)}
    assert not kinds & {
        "aws_secretsmanager_secret_version",
        "aws_iam_access_key",
        "aws_iam_user",
        "random_password",
        "tls_private_key",
    }
    for resource in planned(production_plan):
        for name in ("password", "secret_string", "secret_binary", "secret_key", "auth_token"):
            assert not resource.values.get(name), f"{resource.address}.{name}"
        for text in strings(resource.values):
            assert not re.search(r"-----BEGIN|AKIA[0-9A-Z]{16}", text), resource.address


def test_no_managed_policy_but_of_the_control_plane_and_rds(production_plan: dict) -> None:
    attached = {
        resource.values["policy_arn"]
        for resource in of_type(planned(production_plan), "aws_iam_role_policy_attachment")
    }
    assert attached == {
        "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy",
        "arn:aws:iam::aws:policy/AmazonEKSVPCResourceController",
        "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole",
    }


def test_sessions_end_within_the_hour(production_plan: dict) -> None:
    assert {role.values["max_session_duration"] for role in of_type(planned(production_plan), "aws_iam_role")} == {3600}


def test_every_alarm_is_acted_on(production_plan: dict) -> None:
    alarms = of_type(planned(production_plan), "aws_cloudwatch_metric_alarm")
    assert len(alarms) >= 12
    # The topic's ARN is not known yet; that it is asked for is.
    unknown = {change["address"]: change["change"]["after_unknown"] for change in production_plan["resource_changes"]}
    for alarm in alarms:
        assert unknown[alarm.address].get("alarm_actions"), alarm.address
        assert alarm.values["actions_enabled"]


def test_every_log_group_is_encrypted_and_kept(production_plan: dict) -> None:
    unknown = {change["address"]: change["change"]["after_unknown"] for change in production_plan["resource_changes"]}
    groups = of_type(planned(production_plan), "aws_cloudwatch_log_group")
    assert len(groups) >= 6
    for group in groups:
        assert group.values["retention_in_days"] >= 365 and unknown[group.address]["kms_key_id"], group.address


def test_a_wrong_account_is_refused(production: Workspace) -> None:
    refused = production.run(PRODUCTION, "plan", "-no-color", "-input=false", "-var=account_id=production")
    assert refused.code != 0
    assert "account_id must be the account's twelve digits" in refused.text


def test_outputs_hold_no_secret(production_plan: dict) -> None:
    outputs = production_plan["planned_values"]["outputs"]
    assert "cluster_config" in outputs
    assert not re.search("password|token", json.dumps(list(outputs)), re.IGNORECASE)
