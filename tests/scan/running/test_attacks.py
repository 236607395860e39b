"""The attacks on the running system, and on a server with one defect for each of them."""

from collections.abc import Callable, Iterator

import pytest

import attacks
import defective
from target import Target

DEFECTS = [
    ("follows the query", attacks.open_redirect),
    ("follows the path", attacks.open_redirect),
    ("repeats the path", attacks.header_injection),
    ("keeps line breaks", attacks.header_injection),
    ("trusts the host", attacks.host_header),
    ("trusts the proxy", attacks.host_header),
    ("normalises after the check", attacks.path_confusion),
    ("rewritten by a header", attacks.path_confusion),
    ("changes the method", attacks.path_confusion),
    ("prefers the length", attacks.request_smuggling),
    ("goes on after both", attacks.request_smuggling),
    ("takes the first length", attacks.request_smuggling),
    ("sets a cookie", attacks.session_fixation),
    ("takes a key from the query", attacks.session_fixation),
    ("takes a key from a cookie", attacks.session_fixation),
    ("takes forms", attacks.cross_site),
    ("lets every origin in", attacks.cross_site),
    ("tells who exists", attacks.key_check),
    ("allows scripts", attacks.pages),
    ("shows the request", attacks.pages),
    ("names itself", attacks.pages),
]


def name(value: object) -> str:
    return getattr(value, "__name__", str(value))


@pytest.mark.parametrize("attack", attacks.ATTACKS, ids=name)
def test_the_system_stands_the_attack(attack: Callable[[Target], Iterator[str]], system: Target) -> None:
    assert list(attack(system)) == []


@pytest.mark.parametrize("attack", attacks.ATTACKS, ids=name)
def test_a_server_without_a_defect_stands_it_too(attack: Callable[[Target], Iterator[str]]) -> None:
    with defective.running("none") as target:
        assert target.create(attacks.LINK).status == 201
        assert list(attack(target)) == []


@pytest.mark.parametrize(("defect", "attack"), DEFECTS, ids=name)
def test_the_attack_notices_the_defect(defect: str, attack: Callable[[Target], Iterator[str]]) -> None:
    with defective.running(defect) as target:
        assert target.create(attacks.LINK).status == 201
        assert list(attack(target)) != []


def test_every_attack_has_a_defect() -> None:
    assert {attack for _, attack in DEFECTS} == set(attacks.ATTACKS)
