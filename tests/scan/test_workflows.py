"""Workflows: no finding in ours, and one bad workflow for each rule."""

import re
from pathlib import Path

import pytest
import yaml

from gates import HERE, ROOT, workflows

GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
FAULTS = sorted((HERE / "faults/workflows").glob("*.yml"))
EXPECTED = re.compile(r"# finds: (actionlint|zizmor) (\S+)\n")
PINNED = re.compile(r"uses: (?P<action>[\w./-]+)@(?P<commit>[0-9a-f]{40}) # v\d+\.\d+\.\d+$")
# What a workflow does besides calling a target or a script of the repository.
ONLY_THERE = {("analysis.yml", "Start the system"): "ZAP comes as an image of a container and needs something to scan"}


def steps(file: Path) -> list[dict]:
    """Every step of every job."""
    return [step for job in yaml.safe_load(file.read_text())["jobs"].values() for step in job.get("steps", [])]


def test_github_would_take_ours() -> None:
    assert workflows.malformed(*WORKFLOWS) == []


def test_nothing_in_ours_helps_an_attacker() -> None:
    assert workflows.exploitable(GITHUB) == []


@pytest.mark.parametrize("file", FAULTS, ids=lambda file: file.stem)
def test_a_bad_workflow_is_found(file: Path) -> None:
    tool, rule = EXPECTED.match(file.read_text()).groups()
    found = workflows.malformed(file) if tool == "actionlint" else workflows.exploitable(file)
    assert rule in {finding.rule for finding in found}


def test_an_update_without_a_cool_down_is_found(tmp_path: Path) -> None:
    written = (GITHUB / "dependabot.yml").read_text()
    # Named as GitHub wants it: that is how zizmor knows what it is.
    (tmp_path / ".github").mkdir()
    bad = tmp_path / ".github/dependabot.yml"
    bad.write_text(re.sub(r"    cooldown:\n(?:      .*\n)+", "", written))
    assert "dependabot-cooldown" in {finding.rule for finding in workflows.exploitable(tmp_path)}


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_every_action_is_pinned_to_a_commit_with_its_version(file: Path) -> None:
    used = [line.strip().removeprefix("- ") for line in file.read_text().splitlines() if "uses:" in line]
    assert used
    assert [line for line in used if not PINNED.fullmatch(line)] == []


def test_an_action_has_one_commit_everywhere() -> None:
    pins = {
        (match["action"], match[0].split("@")[1])
        for file in WORKFLOWS
        for match in map(PINNED.search, file.read_text().splitlines())
        if match
    }
    actions = [action for action, _ in pins]
    assert len(actions) == len(set(actions))


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_every_script_of_a_workflow_runs_on_any_machine(file: Path) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for step in steps(file):
        if "run" not in step or (file.name, step["name"]) in ONLY_THERE:
            continue
        words = step["run"].removeprefix("sudo --preserve-env=PATH,HOME,CI ").split()
        known = words[1] in targets if words[0] == "make" else (ROOT / words[0]).is_file()
        assert known, step["run"]
        assert "\n" not in step["run"].strip(), "longer than a call: make it a script"


def test_a_job_gets_no_more_than_it_says() -> None:
    for file in WORKFLOWS:
        workflow = yaml.safe_load(file.read_text())
        assert workflow["permissions"] == {}, file.name
        for name, job in workflow["jobs"].items():
            assert "timeout-minutes" in job, name
            writes = {scope for scope, access in job["permissions"].items() if access == "write"}
            if "id-token" in writes:
                assert job.get("environment") == "release", f"{name} may call itself the release without its reviewers"


def test_what_is_owned_and_updated_is_there() -> None:
    owned = re.findall(r"^/(\S+)", (GITHUB / "CODEOWNERS").read_text(), re.MULTILINE)
    updates = yaml.safe_load((GITHUB / "dependabot.yml").read_text())["updates"]
    updated = [path.strip("/") or "*" for update in updates for path in update.get("directories", [update.get("directory")])]
    assert [path for path in owned + updated if not list(ROOT.glob(path.rstrip("/")))] == []


def test_every_update_waits_and_comes_grouped() -> None:
    for update in yaml.safe_load((GITHUB / "dependabot.yml").read_text())["updates"]:
        assert update["cooldown"]["default-days"] >= 7, update["package-ecosystem"]
        assert update.get("groups") or update["package-ecosystem"] == "docker"
