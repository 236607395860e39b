"""The trail's filters, over events as CloudTrail writes them: which raises which alarm."""

import pytest

from harness.applied import Applied
from harness.filter_pattern import matches
from harness.plan import of_type, present

ACCOUNT = "123456789012"


def exchange(role: str, subject: str, **more: str) -> dict:
    """An AssumeRoleWithWebIdentity, whether it was granted or not."""
    return {
        "eventName": "AssumeRoleWithWebIdentity",
        "userIdentity": {"type": "WebIdentityUser", "userName": subject},
        "requestParameters": {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/{role}"},
    } | more


WORKER, URL_SERVICE = "zero-trust-eks-worker-irsa", "zero-trust-eks-url-service-irsa"
OWN = "system:serviceaccount:services:worker"

EVENTS = {
    "the worker's own exchange": (exchange(WORKER, OWN), set()),
    "the publisher's own exchange": (
        exchange("zero-trust-eks-publisher", "repo:example/zero-trust-eks:ref:refs/heads/main:environment:release"),
        set(),
    ),
    "a token of url-service at the worker's role": (
        exchange(WORKER, "system:serviceaccount:services:url-service"),
        {"unexpected-subject-worker"},
    ),
    "a refused token of the default account": (
        exchange(WORKER, "system:serviceaccount:services:default", errorCode="AccessDenied"),
        {"unexpected-subject-worker", "access-denied"},
    ),
    "another branch at the publisher's role": (
        exchange("zero-trust-eks-publisher", "repo:example/zero-trust-eks:ref:refs/heads/evil:environment:release"),
        {"unexpected-subject-publisher"},
    ),
    "a role that is none of ours": (exchange("admin", OWN), {"unexpected-role"}),
    "a look-alike role": (exchange(WORKER + "-2", OWN), {"unexpected-role"}),
    "a refused call": ({"eventName": "GetSecretValue", "errorCode": "AccessDenied"}, {"access-denied"}),
    "a refused call with a longer code": (
        {"eventName": "Decrypt", "errorCode": "AccessDeniedException"},
        {"access-denied"},
    ),
    "a refused call of EC2": (
        {"eventName": "RunInstances", "errorCode": "Client.UnauthorizedOperation"},
        {"access-denied"},
    ),
    "a call that was granted": ({"eventName": "GetSecretValue"}, set()),
}


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_raises_its_alarms(applied: Applied, name: str) -> None:
    event, expected = EVENTS[name]
    filters = of_type(present(applied.state), "aws_cloudwatch_log_metric_filter")
    raised = {
        item.values["name"].removeprefix("zero-trust-eks-")
        for item in filters
        if matches(item.values["pattern"], event)
    }
    assert raised == expected


def test_every_filter_has_an_alarm_on_its_metric(applied: Applied) -> None:
    resources = present(applied.state)
    metrics = {
        item.values["metric_transformation"][0]["name"]
        for item in of_type(resources, "aws_cloudwatch_log_metric_filter")
    }
    watched = {
        item.values["metric_name"]
        for item in of_type(resources, "aws_cloudwatch_metric_alarm")
        if item.values["namespace"] == "zero-trust-eks/audit"
    }
    assert metrics == watched
    assert len(metrics) == 12
