"""Who is let in, as tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from checks.trust import only_declared
from scanner.facts import OWN, STRANGER, Grantee, Inapplicable, Reason, Seen, Unknown

Judge = Callable[..., Mapping[str, object]]
DARK = Unknown(Reason.REFUSED, "dark")
UNKNOWN = {"unknown": ["dark"]}


def grantee(party: str | Unknown, ref: str = "arn:aws:iam::999999999999:root") -> Grantee:
    return Grantee(ref, "999999999999", party)


@pytest.mark.parametrize(
    ("grantees", "said"),
    [
        (Seen(), True),
        (Seen((grantee(OWN), grantee("Example Mail Inc"))), True),
        (Seen((grantee(STRANGER),)), ["arn:aws:iam::999999999999:root"]),
        (Seen((grantee(OWN), grantee(STRANGER, "a"), grantee(STRANGER, "b")), (DARK,)), ["a", "b"]),
        (Seen((grantee(DARK),)), UNKNOWN),
        (Seen((grantee(DARK), grantee(STRANGER, "a"))), ["a"]),
        (Seen((), (DARK,)), UNKNOWN),
        (DARK, UNKNOWN),
        (Inapplicable("nobody can be let in"), "n/a"),
    ],
)
def test_only_who_is_declared(judge: Judge, grantees: object, said: object) -> None:
    assert judge(only_declared, {}, Trust_grantees=grantees) == {"declared": said}
