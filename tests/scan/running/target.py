"""What is attacked: an address on this machine, a key, and requests byte by byte, as no client library would send them."""

import json
import re
import socket
from dataclasses import dataclass

# How long to wait, in seconds: for the answer to a request that ends the connection, and for what may follow a request
# that nobody ends.
PATIENCE = 30.0
SILENCE = 2.0
MOST = 1 << 20


@dataclass(frozen=True)
class Answer:
    """One answer, and what came after it on the same connection."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    raw: bytes

    def values(self, name: str) -> list[str]:
        """The values of a header."""
        return [value for key, value in self.headers if key == name.lower()]

    def answers(self) -> int:
        """How many answers came in all."""
        return len(re.findall(rb"HTTP/1\.[01] [1-5]\d\d", self.raw))


@dataclass(frozen=True)
class Target:
    """A system with one link, made for the attack."""

    host: str
    port: int
    key: str

    @property
    def address(self) -> str:
        """How the system calls itself."""
        return f"http://{self.host}:{self.port}"

    def send(self, request: bytes, patience: float = SILENCE) -> Answer:
        """Sends exactly these bytes and reads until the server has nothing more to say."""
        received = b""
        with socket.create_connection((self.host, self.port), timeout=patience) as connection:
            connection.sendall(request)
            try:
                while len(received) < MOST and (part := connection.recv(65536)):
                    received += part
            except (TimeoutError, ConnectionResetError):
                pass
        return parse(received)

    def ask(self, method: str, path: str, *headers: str, body: bytes = b"") -> Answer:
        """A well-formed request, apart from what the caller puts into it; the connection ends with it."""
        lines = [f"{method} {path} HTTP/1.1", *headers, "Connection: close"]
        if not any(header.lower().startswith("host:") for header in headers):
            lines.insert(1, f"Host: {self.host}:{self.port}")
        if body:
            lines.append(f"Content-Length: {len(body)}")
        return self.send("\r\n".join([*lines, "", ""]).encode("latin-1") + body, PATIENCE)

    def create(self, slug: str, *headers: str, to: str = "https://example.com/there") -> Answer:
        """Makes a link."""
        body = json.dumps({"url": to, "slug": slug}).encode()
        return self.ask("POST", "/api/v1/links", self.bearer, "Content-Type: application/json", *headers, body=body)

    @property
    def bearer(self) -> str:
        """The header that proves who calls."""
        return f"Authorization: Bearer {self.key}"


def parse(received: bytes) -> Answer:
    """The first answer of what was received; status 0 when there is none."""
    head, _, rest = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    match = re.match(r"HTTP/1\.[01] (\d{3})", first)
    headers = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    return Answer(int(match[1]) if match else 0, headers, rest, received)
