"""Dependencies: each fault that is planted closes the gate, and says why."""

import subprocess
from datetime import date
from pathlib import Path

import pytest

from gates import dependencies

PACKAGE = '[package]\nname = "planted"\nversion = "1.0.0"\nedition = "2024"\nlicense = "MIT"\npublish = false\n\n[workspace]\n\n'


def write(directory: Path, manifest: str) -> Path:
    """A package in a folder of its own, with a lock file."""
    (directory / "src").mkdir(parents=True)
    (directory / "src/lib.rs").touch()
    (directory / "Cargo.toml").write_text(manifest)
    subprocess.run(["cargo", "generate-lockfile", "--quiet"], cwd=directory, check=True)
    return directory / "Cargo.toml"


def refusal(manifest: Path, *checks: str) -> str:
    """What cargo-deny says when it refuses."""
    done = dependencies.check(manifest, dependencies.POLICY, dependencies.COPY, list(checks))
    assert done.returncode != 0, done.stderr
    return done.stderr


def neighbour(directory: Path, name: str, licence: str) -> str:
    """A dependency beside the package that anybody could publish."""
    (directory / name / "src").mkdir(parents=True)
    (directory / name / "src/lib.rs").touch()
    manifest = f'[package]\nname = "{name}"\nversion = "1.0.0"\nedition = "2024"\nlicense = "{licence}"\n'
    (directory / name / "Cargo.toml").write_text(manifest)
    return f'{name} = {{ path = "../{name}", version = "1" }}\n'


def test_ours_passes() -> None:
    manifest = dependencies.ROOT / "Cargo.toml"
    done = dependencies.check(manifest, dependencies.POLICY, dependencies.COPY, ["advisories", "licenses", "bans", "sources"])
    assert done.returncode == 0, done.stderr


def test_a_version_with_an_advisory_is_refused(tmp_path: Path) -> None:
    manifest = write(tmp_path / "planted", PACKAGE + '[dependencies]\nbytes = "=1.11.0"\n')
    assert "RUSTSEC-2026-0007" in refusal(manifest, "advisories")


def test_the_version_that_repairs_it_passes(tmp_path: Path) -> None:
    manifest = write(tmp_path / "planted", PACKAGE + '[dependencies]\nbytes = "=1.12.2"\n')
    assert dependencies.check(manifest, dependencies.POLICY, dependencies.COPY, ["advisories"]).returncode == 0


@pytest.mark.parametrize("licence", ["GPL-3.0-only", "AGPL-3.0-only", "BUSL-1.1"])
def test_a_forbidden_licence_is_refused(licence: str, tmp_path: Path) -> None:
    dependency = neighbour(tmp_path, "copyleft", licence)
    manifest = write(tmp_path / "planted", PACKAGE + "[dependencies]\n" + dependency)
    assert licence in refusal(manifest, "licenses")


def test_a_git_source_is_refused(tmp_path: Path) -> None:
    neighbour(tmp_path, "elsewhere", "MIT")
    source = tmp_path / "elsewhere"
    identity = ["-c", "user.name=nobody", "-c", "user.email=nobody@example.invalid", "-c", "commit.gpgsign=false"]
    for command in (["init", "--quiet"], ["add", "."], [*identity, "commit", "--quiet", "--message=first"]):
        subprocess.run(["git", *command], cwd=source, check=True)
    manifest = write(tmp_path / "planted", PACKAGE + f'[dependencies]\nelsewhere = {{ git = "{source.as_uri()}" }}\n')
    assert "source-not-allowed" in refusal(manifest, "sources")


def test_a_banned_crate_is_refused(tmp_path: Path) -> None:
    dependency = neighbour(tmp_path, "openssl", "MIT")
    manifest = write(tmp_path / "planted", PACKAGE + "[dependencies]\n" + dependency)
    assert "one TLS library in the process" in refusal(manifest, "bans")


@pytest.mark.parametrize(
    ("exception", "said"),
    [
        ('{ id = "RUSTSEC-2030-0001", reason = "until 2030-01-31: no repaired version yet" }', "ended on 2030-01-31"),
        ('{ id = "RUSTSEC-2030-0001", reason = "not reachable from us" }', "has no date"),
        ('{ id = "RUSTSEC-2030-0001", reason = "until further notice" }', "has no date"),
        ('"RUSTSEC-2030-0001"', "has no date"),
    ],
)
def test_an_exception_past_its_date_is_refused(exception: str, said: str, tmp_path: Path) -> None:
    policy = tmp_path / "deny.toml"
    policy.write_text(dependencies.POLICY.read_text().replace("ignore = []", f"ignore = [{exception}]"))
    assert said in " ".join(dependencies.expired(policy, date(2030, 2, 1)))


def test_an_exception_before_its_date_passes(tmp_path: Path) -> None:
    policy = tmp_path / "deny.toml"
    exception = '{ id = "RUSTSEC-2030-0001", reason = "until 2030-01-31: no repaired version yet" }'
    policy.write_text(dependencies.POLICY.read_text().replace("ignore = []", f"ignore = [{exception}]"))
    assert dependencies.expired(policy, date(2030, 1, 31)) == []


def test_a_stale_copy_is_refused() -> None:
    assert dependencies.stale(dependencies.COPY, date(2026, 12, 1)) == []
    assert dependencies.stale(dependencies.COPY, date(2027, 6, 1)) != []


def test_what_the_copy_does_not_cover_is_not_called_clean() -> None:
    looked, others = dependencies.coverage(dependencies.COPY, dependencies.ROOT / "Cargo.lock")
    assert "rustls" in looked
    assert "anyhow" in others
