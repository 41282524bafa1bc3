"""Keys and who shares them, as tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from checks.keys import own_key
from scanner.facts import Inapplicable, Reason, Seen, Sharer, Unknown

Judge = Callable[..., Mapping[str, object]]
DARK = Unknown(Reason.REFUSED, "dark")
UNKNOWN = {"unknown": ["dark"]}
PROD, TEST, NONE = frozenset({"production"}), frozenset({"test"}), frozenset[str]()


def sharer(environments: frozenset[str] | Unknown = PROD, tenant: str | Unknown = "acme") -> Sharer:
    return Sharer("r", environments, tenant)


@pytest.mark.parametrize(
    ("between", "sharers", "said"),
    [
        ("environments", Seen((sharer(),)), True),
        ("environments", Seen((sharer(), sharer(PROD, "other"))), True),
        ("environments", Seen((sharer(), sharer(TEST))), ["production, test"]),
        ("environments", Seen((sharer(), sharer(NONE))), ["production, unassigned"]),
        ("environments", Seen((sharer(NONE),)), True),
        ("environments", Seen((sharer(), sharer(DARK))), UNKNOWN),
        ("environments", Seen((sharer(), sharer(DARK), sharer(TEST))), ["production, test"]),
        ("environments", DARK, UNKNOWN),
        ("environments", Inapplicable("no key"), "n/a"),
        ("tenants", Seen((sharer(), sharer(TEST))), True),
        ("tenants", Seen((sharer(), sharer(PROD, "other"))), ["acme, other"]),
        ("tenants", Seen((sharer(), sharer(PROD, DARK))), UNKNOWN),
    ],
)
def test_a_key_of_its_own(judge: Judge, between: str, sharers: object, said: object) -> None:
    assert judge(own_key, {"between": between}, KeyUse_sharers=sharers) == {f"one of the {between}": said}
