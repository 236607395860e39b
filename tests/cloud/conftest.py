"""What the tests share: one initialised copy of the tree, one plan of production, one apply to an emulator."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from harness import MODULES  # noqa: E402
from harness.applied import Applied  # noqa: E402
from harness.emulator import PRODUCTION, Emulator, delegate, fit, prepare, stand_in_database  # noqa: E402
from harness.terraform import Workspace  # noqa: E402


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that wait for the apply come last, and the destroy after them."""
    items.sort(key=lambda item: "applied" in getattr(item, "fixturenames", ()))


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A copy of terraform/ with every module initialised."""
    copy = Workspace(tmp_path_factory.mktemp("workspace"))
    for module in MODULES:
        copy.initialise(f"modules/{module}", "-backend=false")
    return copy


@pytest.fixture(scope="session", autouse=True)
def applying(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Applied | None]:
    """Starts the apply before anything else, if a test asks for it."""
    if not any("applied" in getattr(item, "fixturenames", ()) for item in request.session.items):
        yield None
        return
    directory = tmp_path_factory.mktemp("applied")
    emulator = Emulator(directory)
    copy = Workspace(directory)
    prepare(copy, emulator.url)
    delegate(copy, emulator.hosted_zone("example.com"))
    stand_in_database(copy)
    fit(copy)
    copy.initialise(PRODUCTION)
    yield Applied(copy, emulator)
    emulator.stop()


@pytest.fixture(scope="session")
def applied(applying: Applied) -> Applied:
    """Production as the emulator holds it."""
    return applying.applied()


@pytest.fixture(scope="session")
def production(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A copy in which production can be planned; it never connects to anything."""
    copy = Workspace(tmp_path_factory.mktemp("production"))
    prepare(copy, "http://127.0.0.1:9")
    override = copy.root / PRODUCTION / "offline_override.tf"
    override.write_text(
        'provider "aws" {\n  allowed_account_ids = null\n  skip_credentials_validation = true\n'
        "  skip_requesting_account_id = true\n}\n"
    )
    copy.initialise(PRODUCTION)
    return copy


@pytest.fixture(scope="session")
def production_plan(production: Workspace) -> dict:
    """The plan of production as JSON."""
    production.run(PRODUCTION, "plan", "-no-color", "-input=false", "-out=plan").require()
    return production.show(PRODUCTION, "plan")
