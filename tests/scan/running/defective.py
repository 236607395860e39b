"""A small server that keeps what the attacks ask for, but for one defect. It shows that each attack notices its own."""

import json
import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from target import Target

KEY = "zte_" + "1" * 32 + "_" + "A" * 43
PAGE = ["Content-Security-Policy: default-src 'none'", "X-Content-Type-Options: nosniff", "Referrer-Policy: no-referrer"]


@dataclass
class Request:
    """A request as the server understands it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""

    @property
    def route(self) -> str:
        """The path without its query."""
        return urlsplit(self.path.replace("//", "/./")).path.replace("/./", "//")

    @property
    def query(self) -> dict[str, list[str]]:
        """What the query asks for."""
        return parse_qs(self.path.partition("?")[2])


@dataclass
class System:
    """Links in memory, and the one thing that is wrong."""

    defect: str
    links: dict[str, str] = field(default_factory=dict)

    def has(self, defect: str) -> bool:
        """Whether this is what is wrong."""
        return self.defect == defect

    def answer(self, request: Request) -> tuple[int, list[str], bytes]:
        """Status, headers and body."""
        route = request.route
        if self.has("normalises after the check") and route != "/api/v1/links" and "/api/v1/links" in unquote(route).replace("//", "/"):
            return 200, [], b'{"items":[]}'
        if self.has("rewritten by a header") and "x-original-url" in request.headers:
            return 200, [], b'{"items":[]}'
        extra = ["Set-Cookie: session=1"] if self.has("sets a cookie") else []
        if self.has("lets every origin in") and "origin" in request.headers:
            extra.append(f"Access-Control-Allow-Origin: {request.headers['origin']}")
        status, headers, body = self.api(request) if route == "/api/v1/links" else self.visit(request)
        return status, headers + extra, body

    def api(self, request: Request) -> tuple[int, list[str], bytes]:
        """The API."""
        refusal = self.refusal(request)
        if refusal:
            return 401, [], refusal
        if request.method == "GET":
            return 200, [], b'{"items":[]}'
        if request.method != "POST":
            return 405, [], b"{}"
        if request.headers.get("content-type") != "application/json" and not self.has("takes forms"):
            return 415, [], b"{}"
        wanted = json.loads(request.body)
        slug, url = wanted.get("slug", "generated"), wanted["url"]
        if re.search(r"[\r\n]", url) and not self.has("keeps line breaks"):
            return 422, [], b"{}"
        self.links[slug] = url
        host = request.headers.get("host") if self.has("trusts the host") else "127.0.0.1"
        host = request.headers.get("x-forwarded-host", host) if self.has("trusts the proxy") else host
        return 201, [], json.dumps({"slug": slug, "shortUrl": f"http://{host}/{slug}"}).encode()

    def refusal(self, request: Request) -> bytes:
        """Why the caller is not let in; nothing when it is."""
        presented = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self.has("takes a key from the query"):
            presented = (request.query.get("key") or [presented])[0]
        if self.has("takes a key from a cookie"):
            presented = request.headers.get("cookie", "").removeprefix("key=") or presented
        if presented == KEY:
            return b""
        known = presented.startswith(KEY[:36]) and self.has("tells who exists")
        return b'{"detail":"wrong secret"}' if known else b'{"detail":"no valid key"}'

    def visit(self, request: Request) -> tuple[int, list[str], bytes]:
        """The redirect."""
        if self.has("changes the method") and "x-http-method-override" in request.headers:
            self.links.clear()
        to = self.links.get(request.route.removeprefix("/"))
        if self.has("follows the query") and "next" in request.query:
            to = request.query["next"][0]
        if self.has("follows the path") and request.path.startswith("//"):
            to = request.path
        if self.has("repeats the path"):
            return 404, [*PAGE, f"X-Path: {unquote(request.path)}"], b"no such link"
        if to:
            return 302, [f"Location: {to}"], b""
        body = unquote(request.path).encode() if self.has("shows the request") else b"no such link"
        page = [] if self.has("allows scripts") else PAGE
        return 404, page + (["Server: mine/1.0"] if self.has("names itself") else []), body


class Connection(socketserver.StreamRequestHandler):
    """Reads requests one after the other, as HTTP/1.1 does."""

    timeout = 1

    def handle(self) -> None:
        """Until the client ends, or a request's end is in doubt."""
        system = self.server.system
        while request := self.read():
            try:
                if not self.take_body(request, system):
                    self.reply(400, [], b"")
                    return
            except (ValueError, TimeoutError):
                return
            self.reply(*system.answer(request))
            if request.headers.get("connection") == "close":
                return

    def read(self) -> Request | None:
        """A head, if another one comes."""
        try:
            first = self.rfile.readline().decode("latin-1").split(" ")
            if len(first) != 3:
                return None
            headers: dict[str, str] = {}
            while line := self.rfile.readline().decode("latin-1").rstrip("\r\n"):
                name, _, value = line.partition(":")
                # The first one wins: how a length that was sent twice becomes a matter of opinion.
                headers["doubtful"] = headers.get("doubtful", "") + ("yes" if name.lower() in headers or name != name.strip() else "")
                headers.setdefault(name.strip().lower(), value.strip())
        except (TimeoutError, ConnectionError):
            return None
        return Request(first[0], first[1], headers)

    def take_body(self, request: Request, system: System) -> bool:
        """Reads the body; false when where it ends is in doubt."""
        length, coding = request.headers.get("content-length", "0"), request.headers.get("transfer-encoding")
        if coding and system.has("prefers the length"):
            self.rfile.read(int(length))
        elif coding and system.has("goes on after both"):
            while size := int(self.rfile.readline(), 16):
                self.rfile.read(size + 2)
            self.rfile.readline()
        elif coding or not length.isdecimal() or (request.headers["doubtful"] and not system.has("takes the first length")):
            return False
        else:
            request.body = self.rfile.read(int(length))
        return True

    def reply(self, status: int, headers: list[str], body: bytes) -> None:
        """One answer."""
        head = [f"HTTP/1.1 {status} ", *headers, f"Content-Length: {len(body)}", "", ""]
        self.wfile.write("\r\n".join(head).encode("utf-8", "replace") + body)


@contextmanager
def running(defect: str) -> Iterator[Target]:
    """The server on a free port of this machine, until the end of the test."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Connection) as server:
        server.daemon_threads = True
        server.system = System(defect)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield Target("127.0.0.1", server.server_address[1], KEY)
        server.shutdown()
