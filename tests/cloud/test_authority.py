"""What SPIRE's server may do with keys and databases, decided by the engine of the local run: its own, and no other.

Its keys are made by itself and are in no state, so their policy is the one that SPIRE 1.15.3 writes:
doc/plugin_server_keymanager_aws_kms.md, "Default key policy".
"""

import copy
import json

import pytest

from harness.applied import Applied
from harness.evaluation import ACCOUNT, REGION, System, Target, decide, principal_of, query, read
from harness.plan import of_type, present

ROLE = "zero-trust-eks-spire-server-irsa"
OWN_KEY_POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "AllowFullAccessToTheServersRole",
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/{ROLE}"},
                "Action": "kms:*",
                "Resource": "*",
            }
        ],
    }
)
SIGNS, DATA = {"kms:KeyUsage": ["SIGN_VERIFY"], "kms:KeySpec": ["ECC_NIST_P256"]}, {"kms:KeyUsage": ["ENCRYPT_DECRYPT"]}


@pytest.fixture(scope="module")
def system(applied: Applied) -> System:
    return read(applied.state)


@pytest.fixture(scope="module")
def signing_key(applied: Applied) -> Target:
    """The key of releases, with its policy."""
    resources = present(applied.state)
    [key] = [key for key in of_type(resources, "aws_kms_key") if key.address.endswith(".signing")]
    [policy] = [policy for policy in of_type(resources, "aws_kms_key_policy") if policy.address.endswith(".signing")]
    return Target("signing_key", "kms:key", key.values["arn"], policy.values["policy"])


def wrong(system: System, signing_key: Target) -> list[str]:
    """Requests of SPIRE's server that are decided otherwise than they should be."""
    own = Target("own key", "kms:key", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/00000000", OWN_KEY_POLICY)
    cases = [
        (True, "kms:CreateKey", anything("kms:key", "*"), SIGNS),
        (False, "kms:CreateKey", anything("kms:key", "*"), DATA),
        (True, "kms:Sign", own, SIGNS),
        (True, "kms:ScheduleKeyDeletion", own, SIGNS),
        (False, "kms:PutKeyPolicy", own, SIGNS),
        (False, "kms:CreateGrant", own, SIGNS),
        *((False, action, signing_key, SIGNS) for action in ("kms:Sign", "kms:ScheduleKeyDeletion", "kms:CreateAlias")),
        *(
            (False, action, system.targets[key], DATA)
            for key in ("click_key", "secrets_key")
            for action in ("kms:Decrypt", "kms:ScheduleKeyDeletion", "kms:CreateAlias")
        ),
        (True, "kms:CreateAlias", alias("SPIRE_SERVER/zero-trust-eks_example_com/server/x509-CA-A"), {}),
        (False, "kms:UpdateAlias", alias("SPIRE_SERVER/elsewhere_example_com/server/x509-CA-A"), {}),
        (False, "kms:UpdateAlias", alias("zero-trust-eks/signing"), {}),
        (True, "rds-db:connect", login("spire"), {}),
        (False, "rds-db:connect", login("spire_administrator"), {}),
        (False, "rds-db:connect", login("spire", instance="db-OTHER"), {}),
    ]
    answers = decide([ask(system, *case) for _, *case in cases])
    return [
        f"{action} {target.name}: allowed {answer['allowed']} because {answer['because']}"
        for (allowed, action, target, _), answer in zip(cases, answers, strict=True)
        if answer["allowed"] != allowed
    ]


def ask(system: System, action: str, target: Target, context: dict[str, list[str]]) -> dict:
    """The request; what has no policy of its own is decided by the role's."""
    request = query(system, principal_of("spire-server"), action, target, None, **context)
    if not target.policy:
        del request["resource_policy"]
        request["resource_must_allow"] = False
    return request


def anything(kind: str, arn: str) -> Target:
    return Target(arn, kind, arn, "")


def alias(name: str) -> Target:
    return anything("kms:alias", f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/{name}")


def login(name: str, instance: str = "db-STANDIN") -> Target:
    return anything("rds-db:db-user", f"arn:aws:rds-db:{REGION}:{ACCOUNT}:dbuser:{instance}/{name}")


def test_the_authority_has_its_own_keys_and_database_and_no_other(system: System, signing_key: Target) -> None:
    assert wrong(system, signing_key) == []


@pytest.mark.parametrize("key", ["kms:KeyUsage", "kms:CallerAccount"])
def test_a_key_of_data_stays_out_of_reach_by_its_use(system: System, signing_key: Target, key: str) -> None:
    """Without the condition on the use of a key, its deletion could be asked for; the account alone does not matter."""
    faulty = copy.deepcopy(system)
    for documents in (faulty.identity[ROLE], [faulty.boundary[ROLE]]):
        for text in documents:
            assert key in text
    faulty.identity[ROLE] = [unconditional(text, key) for text in faulty.identity[ROLE]]
    faulty.boundary[ROLE] = unconditional(faulty.boundary[ROLE], key)
    assert (wrong(faulty, signing_key) != []) == (key == "kms:KeyUsage")


def test_without_the_denial_the_key_of_releases_could_be_removed(system: System, signing_key: Target) -> None:
    faulty = copy.deepcopy(system)
    faulty.identity[ROLE] = [without_denials(text) for text in faulty.identity[ROLE]]
    faulty.boundary[ROLE] = without_denials(faulty.boundary[ROLE])
    assert [text.split(":", 2)[1] for text in wrong(faulty, signing_key)] == [
        "ScheduleKeyDeletion signing_key",
        "CreateAlias signing_key",
    ]


def unconditional(text: str, key: str) -> str:
    document = json.loads(text)
    for statement in document["Statement"]:
        statement.get("Condition", {}).get("StringEquals", {}).pop(key, None)
        if not statement.get("Condition", {}).get("StringEquals", True):
            del statement["Condition"]
    return json.dumps(document)


def without_denials(text: str) -> str:
    document = json.loads(text)
    return json.dumps(
        document | {"Statement": [item for item in document["Statement"] if item["Effect"] == "Allow"]}
    )
