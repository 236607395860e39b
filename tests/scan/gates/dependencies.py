"""Dependencies: cargo-deny with deny.toml, on RustSec's whole database or on the copy of a part of it."""

import json
import os
import subprocess
import sys
import tempfile
import tomllib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
ROOT = HERE.parent.parent
COPY = HERE / "advisories.toml"
POLICY = ROOT / "deny.toml"
# A copy that was not renewed for so long says nothing about today.
OLDEST = timedelta(days=90)
# cargo-deny wants the name of a host; nobody can have this one (RFC 2606).
PLACE = "https://advisories.invalid/copy"


def stale(copy: Path, today: date) -> list[str]:
    """Why the copy cannot be relied on."""
    looked_up = tomllib.loads(copy.read_text())["looked_up"]
    return [f"the copy of the advisories is of {looked_up}: renew it"] if today - looked_up > OLDEST else []


def expired(policy: Path, today: date) -> list[str]:
    """Exceptions without a reason, without a date in it (`until 2030-01-31: …`), or past it."""
    found = []
    rules = tomllib.loads(policy.read_text())
    exceptions = rules["advisories"].get("ignore", []) + rules["licenses"].get("exceptions", []) + rules["bans"].get("skip", [])
    for exception in exceptions:
        reason = exception.get("reason", "") if isinstance(exception, dict) else ""
        name = exception if isinstance(exception, str) else exception.get("id") or exception.get("crate")
        try:
            until = date.fromisoformat(reason.removeprefix("until ")[:10]) if reason.startswith("until ") else None
        except ValueError:
            until = None
        if until is None:
            found.append(f"the exception {name} has no date: until YYYY-MM-DD: why")
        elif until < today:
            found.append(f"the exception {name} ended on {until}")
    return found


def database(copy: Path, directory: Path) -> dict[str, str]:
    """The copy as a repository of advisories, the form that cargo-deny reads; gives the environment in which git finds it."""
    for advisory in tomllib.loads(copy.read_text())["advisory"]:
        folder = directory / "crates" / advisory["crate"]
        folder.mkdir(parents=True, exist_ok=True)
        facts = [f'id = "{advisory["id"]}"', f'package = "{advisory["crate"]}"', f'date = "{advisory["date"]}"']
        versions = [f"{kind} = {json.dumps(advisory.get(kind, []))}" for kind in ("patched", "unaffected")]
        text = "\n".join(["```toml", "[advisory]", *facts, "[versions]", *versions, "```", "", f"# {advisory['id']}", ""])
        (folder / f"{advisory['id']}.md").write_text(text + f"\nhttps://rustsec.org/advisories/{advisory['id']}\n")
    identity = ["-c", "user.name=nobody", "-c", "user.email=nobody@example.invalid", "-c", "commit.gpgsign=false"]
    for command in (["init", "--quiet", "--initial-branch=main"], ["add", "."], [*identity, "commit", "--quiet", "--message=copy"]):
        subprocess.run(["git", *command], cwd=directory, check=True)
    return {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": f"url.{directory.as_uri()}.insteadOf", "GIT_CONFIG_VALUE_0": PLACE}


def check(manifest: Path, policy: Path, copy: Path | None, checks: list[str]) -> subprocess.CompletedProcess:
    """Runs cargo-deny with the copy, or with the whole database when there is none."""
    with tempfile.TemporaryDirectory() as temporary:
        text, environment = policy.read_text(), {}
        if copy:
            (Path(temporary) / "copy").mkdir()
            environment = database(copy, Path(temporary) / "copy")
            places = f'db-urls = ["{PLACE}"]\ndb-path = "{temporary}/databases"\ngit-fetch-with-cli = true\n'
            text = text.replace("[advisories]\n", "[advisories]\n" + places)
        configuration = Path(temporary) / "deny.toml"
        configuration.write_text(text)
        options = ["--manifest-path", str(manifest), "--config", str(configuration), "--locked"]
        return subprocess.run(
            [os.environ["CARGO_DENY"], *options, "check", "--hide-inclusion-graph", *checks],
            env=os.environ | environment,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )


def coverage(copy: Path, lock: Path) -> tuple[set[str], set[str]]:
    """The crates of the lock file that the copy covers, and the others."""
    covered = set(tomllib.loads(copy.read_text())["crates"])
    locked = {package["name"] for package in tomllib.loads(lock.read_text())["package"] if "source" in package}
    return locked & covered, locked - covered


def main() -> int:
    """The gate."""
    whole = sys.argv[1:] == ["fetch"]
    today = datetime.now(UTC).date()
    reasons = expired(POLICY, today) + ([] if whole else stale(COPY, today))
    done = check(ROOT / "Cargo.toml", POLICY, None if whole else COPY, ["advisories", "licenses", "bans", "sources"])
    print(done.stderr)
    print(*reasons, sep="\n", end="\n" if reasons else "")
    if not whole:
        looked, others = coverage(COPY, ROOT / "Cargo.lock")
        newest = tomllib.loads(COPY.read_text())["newest"]
        print(f"advisories: looked at {len(looked)} crates, with what was known on {newest}; not looked: {len(others)} crates")
    return 1 if reasons or done.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
