"""The attacks: each gives what went wrong, and nothing when the system stood it."""

from collections.abc import Callable, Iterator

from target import Target

EVIL = "evil.example"
LINK = "attacked"
THERE = "https://example.com/there"


def open_redirect(target: Target) -> Iterator[str]:
    """Where a visitor is sent is the owner's to say, not the request's."""
    queries = [f"?{name}=https://{EVIL}" for name in ("url", "next", "to", "target", "redirect", "return")]
    for path in [f"/{LINK}{query}" for query in queries] + [
        f"//{EVIL}",
        f"//{EVIL}/%2e%2e",
        f"/%5c{EVIL}",
        f"/\\{EVIL}",
        f"/https://{EVIL}",
    ]:
        for location in target.ask("GET", path).values("location"):
            if location != THERE:
                yield f"{path} leads to {location}"


def header_injection(target: Target) -> Iterator[str]:
    """A line break of the request begins no header of the answer."""
    breaks = ["%0d%0a", "%0a", "%0d", "%E5%98%8A%E5%98%8D", "%u000a"]
    for path in [f"/{LINK}{line}Injected:%20yes" for line in breaks] + [f"/{LINK}?a={line}Injected:%20yes" for line in breaks]:
        if target.ask("GET", path).values("injected"):
            yield f"{path} begins a header"
    answer = target.create("injected", to="https://example.com/a\r\nInjected: yes")
    visit = target.ask("GET", "/injected")
    if answer.values("injected") or visit.values("injected"):
        yield "a target begins a header"


def host_header(target: Target) -> Iterator[str]:
    """The system knows its own name; the request's is never repeated."""
    headers = [f"X-Forwarded-Host: {EVIL}", f"X-Host: {EVIL}", f"Forwarded: host={EVIL}", f"X-Original-Host: {EVIL}"]
    for number, header in enumerate([f"Host: {EVIL}", *headers]):
        for answer in (
            target.create(f"host-{number}", header),
            target.ask("GET", f"/{LINK}", header),
            target.ask("GET", "/no-such-slug", header),
        ):
            if EVIL.encode() in answer.raw:
                yield f"{header} is repeated"


def path_confusion(target: Target) -> Iterator[str]:
    """However the path is spelt, the API asks for a key."""
    paths = [
        "/api/v1/links",
        "/api/v1/links/",
        "//api/v1/links",
        "/./api/v1/links",
        f"/{LINK}/../api/v1/links",
        "/API/v1/links",
        "/%61pi/v1/links",
        "/api%2fv1%2flinks",
        "/api/v1/links;x=y",
        "/api/v1/links%20",
        f"/{LINK}/%2e%2e/api/v1/links",
        "/api/v1/links%00",
        "/api/v1//links",
        "/api\\v1\\links",
        "/api/v1/links#x",
    ]
    rewritten = [("/" + LINK, f"X-{name}-URL: /api/v1/links") for name in ("Original", "Rewrite")]
    for path, *headers in [*((path,) for path in paths), *rewritten]:
        answer = target.ask("GET", path, *headers)
        if b'"items"' in answer.body:
            yield f"{path} {headers} opens the API without a key"
    other = target.ask("GET", f"/{LINK}", "X-HTTP-Method-Override: DELETE", target.bearer)
    if other.status != 302 or target.ask("GET", f"/{LINK}").status != 302:
        yield "a header changes the method"


SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"


def request_smuggling(target: Target) -> Iterator[str]:
    """A request whose end is a matter of opinion is answered once, and nothing after it is a request (RFC 9112, 6.3 and 11.2)."""
    both = b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n"
    chunked = b"0\r\n\r\n" + SMUGGLED
    ambiguous = {
        "length and chunks": both % len(chunked) + b"\r\n" + chunked,
        "chunks and a short length": both % 4 + b"\r\n" + b"%x\r\n" % len(SMUGGLED) + SMUGGLED + b"\r\n0\r\n\r\n" + SMUGGLED,
        "two lengths": b"Content-Length: 0\r\nContent-Length: %d\r\n\r\n" % len(SMUGGLED) + SMUGGLED,
        "a list of lengths": b"Content-Length: 0, %d\r\n\r\n" % len(SMUGGLED) + SMUGGLED,
        "a signed length": b"Content-Length: +0\r\n\r\n" + SMUGGLED,
        "a space before the colon": b"Content-Length : %d\r\n\r\n" % len(SMUGGLED) + SMUGGLED,
        "a folded header": b"Transfer-Encoding:\r\n chunked\r\nContent-Length: %d\r\n\r\n" % len(chunked) + chunked,
        "an unknown coding": b"Transfer-Encoding: xchunked\r\n\r\n" + chunked,
        "a coding after chunked": b"Transfer-Encoding: chunked, identity\r\n\r\n" + chunked,
        "a chunk size with a prefix": b"Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n" + SMUGGLED,
        "a bare line feed in a chunk": b"Transfer-Encoding: chunked\r\n\r\n0\n\n" + SMUGGLED,
    }
    for name, rest in ambiguous.items():
        answer = target.send(b"POST /api/v1/links HTTP/1.1\r\nHost: a\r\n" + rest)
        if answer.answers() > 1:
            yield f"{name}: what follows is answered as a request of its own"


def session_fixation(target: Target) -> Iterator[str]:
    """There is no session to fix: nothing is ever set, and nothing but the Authorization header proves anything."""
    for path in (f"/{LINK}", "/no-such-slug", "/api/v1/links"):
        if target.ask("GET", path, target.bearer).values("set-cookie"):
            yield f"{path} sets a cookie"
    elsewhere = [
        (f"/api/v1/links?key={target.key}",),
        (f"/api/v1/links?access_token={target.key}",),
        ("/api/v1/links", f"Cookie: key={target.key}"),
        ("/api/v1/links", f"Cookie: Authorization=Bearer {target.key}"),
        ("/api/v1/links", f"X-Api-Key: {target.key}"),
        ("/api/v1/links", f"Proxy-Authorization: Bearer {target.key}"),
    ]
    for request in elsewhere:
        if target.ask("GET", *request).status != 401:
            yield f"{request[1:] or 'the query'} counts as a key"


def cross_site(target: Target) -> Iterator[str]:
    """A page of another site can neither send what changes something nor read an answer (CSRF, CORS)."""
    origin = f"Origin: https://{EVIL}"
    body = b'{"url":"https://example.com/"}'
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        if target.ask("POST", "/api/v1/links", target.bearer, origin, f"Content-Type: {kind}", body=body).status != 415:
            yield f"{kind}, which a form can send, is taken"
    preflight = ("Access-Control-Request-Method: POST", "Access-Control-Request-Headers: authorization")
    for answer in (
        target.ask("OPTIONS", "/api/v1/links", origin, *preflight),
        target.ask("GET", "/api/v1/links", origin, target.bearer),
        target.ask("GET", f"/{LINK}", origin),
    ):
        if any(name.startswith("access-control-") for name, _ in answer.headers):
            yield "another origin is let in"


def key_check(target: Target) -> Iterator[str]:
    """An answer does not tell an unknown key from a wrong secret. Their time is not measured: a clock in a test would
    flake; that both hash and compare in constant time is the source's to show (rules/secrets.yaml, authentication.rs)."""
    identifier, secret = target.key.removeprefix("zte_").split("_", 1)
    other = "A" * (len(secret) - 1) + "E"
    answers = {
        name: target.ask("GET", "/api/v1/links", f"Authorization: Bearer {key}")
        for name, key in {
            "a wrong secret": f"zte_{identifier}_{other}",
            "an unknown key": f"zte_{'0' * 32}_{secret}",
            "no key": "x",
        }.items()
    }
    seen = {name: (answer.status, shape(answer.body)) for name, answer in answers.items()}
    if len(set(seen.values())) != 1 or answers["no key"].status != 401:
        yield f"refusals differ: {seen}"


def shape(body: bytes) -> bytes:
    """A body without the request's identifier."""
    return body.split(b'"requestId"')[0]


def pages(target: Target) -> Iterator[str]:
    """A page runs nothing, is framed by nobody, and says nothing about what made it."""
    answer = target.ask("GET", "/%3Cscript%3Ealert(1)%3C/script%3E")
    wanted = {"content-security-policy": "default-src 'none'", "x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}
    for name, value in wanted.items():
        if not any(value in given for given in answer.values(name)):
            yield f"{name} is not there"
    if b"alert(1)" in answer.body:
        yield "the page repeats the request"
    if answer.values("server") or answer.values("x-powered-by"):
        yield "the answer names what made it"


ATTACKS: list[Callable[[Target], Iterator[str]]] = [
    open_redirect,
    header_injection,
    host_header,
    path_confusion,
    request_smuggling,
    session_fixation,
    cross_site,
    key_check,
    pages,
]
