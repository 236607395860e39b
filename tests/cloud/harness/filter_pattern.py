"""The part of CloudWatch's filter patterns that our alarms use: `{ ($.a = "x*") && ($.b != "y") }`.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

import re
from fnmatch import fnmatchcase

TERM = re.compile(r'\(\$\.(?P<path>[A-Za-z.]+) (?P<operator>=|!=) "(?P<value>[^"]*)"\)')


def matches(pattern: str, event: dict) -> bool:
    """Whether an event matches. A pattern with anything else in it is an error."""
    body = pattern.removeprefix("{ ").removesuffix(" }")
    for operator, combine in ((" && ", all), (" || ", any)):
        if operator in body:
            return combine(_term(term, event) for term in body.split(operator))
    return _term(body, event)


def _term(text: str, event: dict) -> bool:
    term = TERM.fullmatch(text)
    assert term, f"not understood: {text}"
    value: object = event
    for name in term["path"].split("."):
        value = value.get(name) if isinstance(value, dict) else None
    # What an event lacks equals nothing and differs from nothing, as CloudWatch sees it.
    if value is None:
        return False
    return fnmatchcase(str(value), term["value"].replace("[", "[[]")) == (term["operator"] == "=")
