"""Manifests: kube-score over what an overlay renders to. The rules of our own are tests/cluster/tests/manifests and Kyverno's."""

import json
import shutil
from pathlib import Path

import yaml

from gates import ROOT, Finding, engine, output

# Beyond what is on by default.
MORE = ["container-seccomp-profile"]
# Not asked for, and why.
LESS = {
    "container-image-pull-policy": "images are named by digest: another pull cannot bring anything else",
    "container-ephemeral-storage-request-and-limit": "the root is read-only, the only volume has a limit of its own, and the kubelet rotates logs",
    "deployment-has-host-podantiaffinity": "topologySpreadConstraints spread over nodes and zones, which anti-affinity cannot",
}


def rendered(overlay: str, directory: Path) -> list[dict]:
    """The objects of an overlay, with the example's values for an account's."""
    tree = directory / "kubernetes"
    shutil.copytree(ROOT / "kubernetes", tree, ignore=shutil.ignore_patterns("generated"))
    generated = tree / "overlays" / overlay / "generated"
    shutil.copytree(tree / "overlays/production/example", generated)
    (generated / "aws-ca.pem").write_text("an authority\n")
    text = output(engine("kubectl"), "kustomize", tree / "overlays" / overlay, accept=(0,))
    return list(yaml.safe_load_all(text))


def findings(objects: list[dict], file: Path) -> list[Finding]:
    """What kube-score finds in the objects, which are written to the file."""
    file.write_text(yaml.safe_dump_all(objects))
    options = [option for test in MORE for option in ("--enable-optional-test", test)]
    options += [option for test in LESS for option in ("--ignore-test", test)]
    report = json.loads(output(engine("kube-score"), "score", "--output-format", "json", *options, file))
    return [
        Finding(check["check"]["id"], item["object_name"])
        for item in report
        for check in item["checks"]
        if not check["skipped"] and check["grade"] < 10
    ]
