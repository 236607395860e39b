"""docs/openapi.yaml: the same routes as the router's, and true of the running system."""

import re
import socketserver
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
import yaml

from gates import ROOT, output, wheel
from target import Target

DESCRIPTION = ROOT / "docs/openapi.yaml"
CONFIG = Path(__file__).with_name("schemathesis.toml")
ROUTER = ROOT / "services/url-service/src/routes.rs"
REDIRECT = ROOT / "services/url-service/src/routes/redirect.rs"
METHODS = {"get", "post", "patch", "put", "delete"}


def fuzz(description: Path, address: str, key: str, directory: Path) -> str:
    """What schemathesis says after a bounded number of requests, always the same ones."""
    bounds = ["--max-examples", "15", "--generation-deterministic", "--request-timeout", "10", "--workers", "1"]
    options = ["--url", address, "--header", f"Authorization: Bearer {key}", "--no-color", *bounds]
    return output(wheel("schemathesis"), "--config-file", CONFIG, "run", description, *options, directory=directory)


def test_document_and_router_have_the_same_routes() -> None:
    router = ROUTER.read_text()
    slug = re.search(r'REDIRECT_ROUTE: &str = "(.+)"', REDIRECT.read_text())[1]
    prefix = re.search(r'\.nest\("(.+)", api\)', router)[1]
    routed = {
        (prefix + path if path.startswith("/links") else slug, method)
        for path, handlers in re.findall(r'\.route\("?([\w/{}]+)"?, (.+)\)\n', router)
        for method in re.findall(r"\b(get|post|patch|put|delete)\(", handlers)
    }
    described = {
        (path, method) for path, item in yaml.safe_load(DESCRIPTION.read_text())["paths"].items() for method in METHODS & set(item)
    }
    assert len(routed) == 7
    assert described == routed


def test_the_system_does_what_the_document_says(system: Target, tmp_path: Path) -> None:
    said = fuzz(DESCRIPTION, system.address, system.key, tmp_path)
    assert "Tested: 7" in said, said
    assert "FAILURES" not in said, said


@pytest.mark.parametrize(
    ("defect", "status", "kind", "body"),
    [
        ("an error that is not described", 500, "application/problem+json", "{}"),
        ("a status that is not described", 418, "application/problem+json", "{}"),
        ("another type of content", 200, "text/plain", "hello"),
        ("a body of another shape", 200, "application/json", '{"items":"none"}'),
    ],
)
def test_a_server_that_does_otherwise_is_found(defect: str, status: int, kind: str, body: str, tmp_path: Path) -> None:
    class Otherwise(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(body.encode())

        do_GET = answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    described = yaml.safe_load(DESCRIPTION.read_text())
    listing = described["paths"]["/api/v1/links"]
    described["paths"] = {"/api/v1/links": {"get": listing["get"]}}
    (tmp_path / "openapi.yaml").write_text(yaml.safe_dump(described))
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Otherwise) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        said = fuzz(tmp_path / "openapi.yaml", f"http://127.0.0.1:{server.server_address[1]}", "key", tmp_path)
        server.shutdown()
    assert "FAILURES" in said, f"{defect}: {said}"
