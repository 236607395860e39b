"""Every policy template, as it is written: exact actions, exact principals, simple placeholders, and in use."""

import re
from pathlib import Path

import pytest

from harness import TERRAFORM
from harness.documents import many, outline, placeholders, statements, templates

#: Actions that AWS ties to no resource, or whose resource has no name before it is made.
WITHOUT_RESOURCE = re.compile(
    r"(ec2|elasticloadbalancing):Describe\w+|ecr:GetAuthorizationToken|ec2:(Create|Delete)NetworkInterface"
    r"|kms:(CreateKey|ListAliases|ListKeys)"
)


def named(path: Path) -> str:
    return str(path.relative_to(TERRAFORM))


def identity(path: Path) -> bool:
    return not any("Principal" in statement for statement in statements(outline(path.read_text())))


ALL = templates()
IDENTITY = [path for path in ALL if identity(path)]
RESOURCE = [path for path in ALL if not identity(path)]


@pytest.mark.parametrize("path", ALL, ids=named)
def test_placeholders_are_simple(path: Path) -> None:
    for placeholder in placeholders(path.read_text()):
        assert re.fullmatch(r"\w+|jsonencode\(\w+\)", placeholder), placeholder


@pytest.mark.parametrize("path", ALL, ids=named)
def test_each_statement_is_named_once_and_inclusive(path: Path) -> None:
    written = statements(outline(path.read_text()))
    sids = [statement["Sid"] for statement in written]
    assert len(sids) == len(set(sids))
    for statement in written:
        # What is left out of a NotAction grows with every new service of AWS.
        assert not {"NotAction", "NotResource", "NotPrincipal"} & statement.keys(), statement["Sid"]


@pytest.mark.parametrize("path", ALL, ids=named)
def test_what_is_allowed_is_named(path: Path) -> None:
    for statement in statements(outline(path.read_text())):
        if statement["Effect"] == "Allow":
            assert not [action for action in many(statement["Action"]) if "*" in action], statement["Sid"]


@pytest.mark.parametrize("path", IDENTITY, ids=named)
def test_a_role_names_its_resources(path: Path) -> None:
    for statement in statements(outline(path.read_text())):
        if "*" in many(statement["Resource"]):
            loose = [action for action in many(statement["Action"]) if not WITHOUT_RESOURCE.fullmatch(action)]
            assert not loose, f"{statement['Sid']}: {loose}"


@pytest.mark.parametrize("path", RESOURCE, ids=named)
def test_nobody_is_everybody(path: Path) -> None:
    """`*` may stand in a denial, and at an endpoint that serves one account or names its roles."""
    for statement in statements(outline(path.read_text())):
        if statement["Effect"] == "Allow" and statement["Principal"] == "*":
            conditions = statement.get("Condition", {}).get("StringEquals", {})
            by_account = conditions.get("aws:PrincipalAccount") == "<account_id>"
            to_roles = statement["Action"] == "sts:AssumeRoleWithWebIdentity" and statement["Resource"] == [
                "<web_identity_role_arns>"
            ]
            layers = statement["Action"] == "s3:GetObject" and "starport-layer-bucket/" in statement["Resource"]
            assert "endpoints" in path.parts and (by_account or to_roles or layers), statement["Sid"]


@pytest.mark.parametrize("path", RESOURCE, ids=named)
def test_services_act_for_this_account(path: Path) -> None:
    """A service's principal is everybody's; only a source binds it to this account."""
    exempt = {
        # EventBridge sends no source with what it publishes: docs/decisions/0024-what-terraform-trusts.md
        "PublishFindings",
        # The principal is the region's, the condition the log group's.
        "EncryptLogGroupsOfThisAccount",
        # These services assume roles without a source.
        "InstancesOfThisAccount",
        "OneFunctionOfThisAccount",
        "RdsMonitoringOnly",
    }
    for statement in statements(outline(path.read_text())):
        principal = statement["Principal"]
        if (
            statement["Effect"] == "Allow"
            and isinstance(principal, dict)
            and "Service" in principal
            and statement["Sid"] not in exempt
        ):
            keys = {key for condition in statement["Condition"].values() for key in condition}
            assert keys & {"aws:SourceAccount", "aws:SourceArn"}, statement["Sid"]


@pytest.mark.parametrize("path", [path for path in ALL if path.name == "trust.json"], ids=named)
def test_web_identities_are_exact(path: Path) -> None:
    for statement in statements(outline(path.read_text())):
        if statement["Action"] == "sts:AssumeRoleWithWebIdentity":
            assert list(statement["Condition"]) == ["StringEquals"]
            keys = {key.rsplit(":", 1)[1] for key in statement["Condition"]["StringEquals"]}
            assert keys >= {"aud", "sub"}


def test_every_template_is_in_use() -> None:
    used: set[Path] = set()
    for file in TERRAFORM.glob("**/*.tf"):
        for reference in re.findall(r'templatefile\("\$\{path\.module\}/([^"]+)"', file.read_text()):
            used.update(file.parent.glob(re.sub(r"\$\{[^}]+\}", "*", reference)))
    assert set(ALL) == used
