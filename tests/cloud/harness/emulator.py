"""AWS's emulator (moto's server), and production made fit for it."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import boto3

from harness import CLOUD
from harness.terraform import Workspace

PRODUCTION = "environments/production"
SERVICES = [
    "acm",
    "budgets",
    "cloudtrail",
    "cloudwatch",
    "ec2",
    "ecr",
    "eks",
    "events",
    "guardduty",
    "iam",
    "kms",
    "lambda",
    "logs",
    "rds",
    "route53",
    "s3",
    "secretsmanager",
    "sns",
    "sqs",
    "sts",
]

#: What the emulator does not do, and why: none of it is made there. The plan and the modules' tests cover it.
NOT_EMULATED = {
    ("audit", "aws_budgets_budget", "monthly"): "its subscribers cannot be read back",
    ("audit", "aws_guardduty_detector_feature", "eks_audit_logs"): "features cannot be read back",
    ("audit", "aws_guardduty_detector_feature", "runtime_monitoring"): "features cannot be read back",
    ("click-queue", "aws_sqs_queue_redrive_allow_policy", "dead_letters"): "the attribute is dropped",
    ("cluster", "aws_eks_access_entry", "administrator"): "no access entries",
    ("cluster", "aws_eks_access_policy_association", "administrator"): "no access entries",
    ("cluster", "aws_eks_addon", "before_nodes"): "no add-ons",
    ("cluster", "aws_eks_addon", "on_nodes"): "no add-ons",
    ("cluster", "aws_eks_node_group", "this"): "waits for the add-ons",
    ("cluster", "aws_vpc_security_group_egress_rule", "to_control_plane"): "clusters have no group",
    ("cluster", "aws_vpc_security_group_ingress_rule", "control_plane_to_nodes"): "clusters have no group",
    ("cluster", "aws_vpc_security_group_ingress_rule", "control_plane_to_spire_server"): "clusters have no group",
    ("cluster", "aws_vpc_security_group_ingress_rule", "to_control_plane"): "clusters have no group",
    ("secrets", "aws_secretsmanager_secret_rotation", "url_service_database"): "would run the function in a container",
}
#: Those of them that are made for each of several things.
FOR_EACH = {"administrator", "before_nodes", "on_nodes", "control_plane_to_nodes", "to_control_plane"}

#: What the emulator takes and forgets or writes differently: left out of the comparison of the second plan.
FORGOTTEN = {
    ("cluster", "aws_eks_cluster", "this"): ["access_config", "upgrade_policy", "vpc_config"],
    ("cluster", "aws_launch_template", "node"): ["tag_specifications"],
    ("click-queue", "aws_sqs_queue", "clicks"): ["redrive_policy"],
    ("dns", "aws_acm_certificate", "public"): ["key_algorithm"],
    ("network", "aws_vpc_security_group_egress_rule", "edge"): ["description"],
    ("network", "aws_vpc_security_group_egress_rule", "between_nodes"): ["description"],
    ("network", "aws_vpc_security_group_egress_rule", "image_layers"): ["description"],
    ("network", "aws_vpc_security_group_ingress_rule", "edge"): ["description"],
    ("network", "aws_vpc_security_group_ingress_rule", "between_nodes"): ["description"],
}


class Emulator:
    """moto's server on a free port of the loopback address."""

    def __init__(self, directory: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self._log = (directory / "emulator.log").open("w")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
            stdout=self._log,
            stderr=subprocess.STDOUT,
            env={"PATH": os.environ["PATH"], "HOME": str(directory), "MOTO_IAM_LOAD_MANAGED_POLICIES": "true"},
        )
        self._await()

    def _await(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.url}/moto-api/", timeout=5):
                    return
            except OSError:
                assert self._process.poll() is None, "the emulator ended"
                time.sleep(0.1)
        raise AssertionError("the emulator does not answer")

    def hosted_zone(self, domain: str) -> str:
        """Makes the zone that an account brings along, and returns its id."""
        route53 = boto3.client(
            "route53", endpoint_url=self.url, region_name="us-east-1",
            aws_access_key_id="test", aws_secret_access_key="test",
        )  # fmt: skip
        zone = route53.create_hosted_zone(Name=domain, CallerReference="tests/cloud")
        return zone["HostedZone"]["Id"].removeprefix("/hostedzone/")

    def stop(self) -> None:
        """Ends the server."""
        self._process.terminate()
        self._process.wait(timeout=10)
        self._log.close()


def prepare(workspace: Workspace, url: str) -> None:
    """Points production at the emulator, with values of an account that does not exist."""
    directory = workspace.root / PRODUCTION
    shutil.copyfile(CLOUD / "production.tfvars.json", directory / "test.auto.tfvars.json")
    (directory / "generated").mkdir()
    shutil.copyfile(workspace.root / "modules/secrets/tests/stand-in.zip", directory / "generated/rotation.zip")
    endpoints = "\n".join(f'    {service} = "{url}"' for service in SERVICES)
    (directory / "emulator_override.tf").write_text(
        'terraform {\n  backend "local" {}\n}\n\n'
        'provider "aws" {\n  access_key = "test"\n  secret_key = "test"\n  s3_use_path_style = true\n'
        f"  skip_metadata_api_check = true\n  endpoints {{\n{endpoints}\n  }}\n}}\n"
    )


def delegate(workspace: Workspace, zone_id: str) -> None:
    """Puts the public name into a zone that is there."""
    values = workspace.root / PRODUCTION / "zone.auto.tfvars.json"
    values.write_text(json.dumps({"public_zone_id": zone_id}))


def stand_in_database(workspace: Workspace) -> None:
    """Replaces the databases, for which the provider waits minutes, by the few things that others need of them."""
    module = workspace.root / "modules/database-stand-in"
    shutil.copytree(CLOUD / "emulator/database", module)
    for file in ("variables.tf", "versions.tf"):
        shutil.copyfile(workspace.root / "modules/database" / file, module / file)
    override = workspace.root / PRODUCTION / "database_override.tf"
    override.write_text(
        "".join(
            f'module "{name}" {{\n  source = "../../modules/database-stand-in"\n}}\n'
            for name in ("database", "spire_database")
        )
    )


def fit(workspace: Workspace) -> None:
    """Leaves out of the modules what the emulator does not do, and does not mind what it forgets."""
    nothing = {key: "for_each = {}" if key[2] in FOR_EACH else "count = 0" for key in NOT_EMULATED}
    forgiven = {
        key: f"lifecycle {{\n    ignore_changes = [{', '.join(attributes)}]\n  }}"
        for key, attributes in FORGOTTEN.items()
    }
    for (module, kind, name), override in (nothing | forgiven).items():
        with (workspace.root / "modules" / module / "emulator_override.tf").open("a") as file:
            file.write(f'resource "{kind}" "{name}" {{\n  {override}\n}}\n')
