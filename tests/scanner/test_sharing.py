"""Which resources use the same key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from scanner.collect.runner import Record
from scanner.estate import Resource
from scanner.facts import Evidence, Inapplicable, Kind, Known, Reason, Seen, Sharer, State, Unknown
from scanner.facts.encryption import EncryptionAtRest
from scanner.facts.keys import KeyUse
from scanner.facts.membership import Membership
from scanner.sharing import MOST, Keys, material

KEY = EncryptionAtRest.key.key
DARK = Unknown(Reason.REFUSED, "dark")
READ = Evidence("x.get", "/key", "f" * 64)


def resource(name: str, key: State | None, *environments: str, tenant: State | None = None) -> Resource:
    record = Record(name, "x.box", Kind.DATA, "x", "1", "", "", name, {})
    states: dict[str, State] = {Membership.environments.key: Known(frozenset(environments))}
    states |= {KEY: key} if key else {}
    states |= {Membership.tenant.key: tenant} if tenant else {}
    return Resource(record, states)


def shared(resources: Sequence[Resource]) -> list[Resource]:
    """The resources with those that use their keys: all of them are known first."""
    by_id = {each.id: each for each in resources}
    keys = Keys(by_id.__getitem__)
    for each in resources:
        keys.add(each)
    return [keys.share(each) for each in resources]


def sharers(found: Resource) -> Any:
    return found.states.get(KeyUse.sharers.key)


def named(found: Resource) -> list[str]:
    state = sharers(found)
    return [each.ref for each in state.value.items]


def test_one_of_each_other_environment_and_tenant() -> None:
    one, two, three, other, none = shared(
        [
            resource("one", Known("k", (READ,)), "production", tenant=Known("acme")),
            resource("two", Known("K"), "production", tenant=Known("acme")),
            resource("three", Known("k"), "test", tenant=Known("acme")),
            resource("other", Known("k2"), "test"),
            resource("none", None),
        ]
    )
    assert (named(one), named(two), named(three), named(other)) == (
        ["one", "three"],
        ["two", "three"],
        ["three", "one"],
        ["other"],
    )
    state = sharers(one)
    assert state.evidence == (READ,)
    assert state.value.items[1] == Sharer("three", frozenset({"test"}), "acme")
    assert sharers(none) is None


def test_a_tenant_that_nobody_asks_for_is_not_known() -> None:
    (one,) = shared([resource("one", Known("k"), "production")])
    assert sharers(one) == Known(
        Seen(
            (Sharer("one", frozenset({"production"}), Unknown(Reason.UNDECIDED, "the policy names no tag of tenants")),)
        )
    )


@pytest.mark.parametrize(
    ("key", "told"),
    [
        (DARK, DARK),
        (Inapplicable("no key"), Inapplicable("no key")),
        (
            Known("provider"),
            Unknown(Reason.UNDECIDED, "the key is the provider's own, which does not tell what else it encrypts"),
        ),
    ],
)
def test_a_key_that_tells_nothing(key: State, told: State) -> None:
    one, two = shared([resource("one", key), resource("two", key)])
    assert (sharers(one), sharers(two)) == (told, told)


@pytest.mark.parametrize(
    ("key", "named"),
    [(Known("k"), True), (Known("provider"), False), (DARK, False), (Inapplicable("no key"), False), (None, False)],
)
def test_whether_it_is_named_as_one_that_uses_a_key(key: State | None, named: bool) -> None:
    one = resource("one", key, "production")
    assert Keys({"one": one}.__getitem__).names(one) is named


def test_of_those_that_are_alike_the_first_one_counts() -> None:
    nobody: dict[str, Resource] = {}
    keys = Keys(nobody.__getitem__)
    added = [
        keys.add(each)
        for each in (
            resource("one", Known("k"), "production"),
            resource("two", Known("K"), "production"),
            resource("three", Known("k"), "test"),
            resource("one", Known("k"), "production"),
            resource("four", Known("k"), "production", tenant=Known("acme")),
            resource("none", None),
            resource("dark", DARK),
        )
    ]
    assert added == [True, False, True, True, True, False, False]


def test_no_more_are_named_than_show_something() -> None:
    many = shared([resource(str(number), Known("k"), f"e{number}") for number in range(MOST + 5)])
    assert {len(named(each)) for each in many} == {MOST + 1}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://v.vault.azure.net/keys/k/" + "a" * 32, "https://v.vault.azure.net/keys/k", True),
        ("https://v.vault.azure.net/keys/k/", "https://V.vault.azure.net/keys/K", True),
        ("https://v.vault.azure.net/keys/k", "https://v.vault.azure.net/keys/k2", False),
        (
            "projects/p/locations/l/keyRings/r/cryptoKeys/k/cryptoKeyVersions/3",
            "projects/p/locations/l/keyRings/r/cryptoKeys/k",
            True,
        ),
        ("arn:aws:kms:eu-west-1:111111111111:key/mrk-1", "arn:aws:kms:eu-west-2:111111111111:key/mrk-1", True),
        ("arn:aws:kms:eu-west-1:111111111111:key/1", "arn:aws:kms:eu-west-2:111111111111:key/1", False),
        ("arn:aws:kms:eu-west-1:111111111111:key/mrk-1", "arn:aws:kms:eu-west-1:222222222222:key/mrk-1", False),
    ],
)
def test_what_makes_two_keys_one(one: str, other: str, same: bool) -> None:
    assert (material(one) == material(other)) is same


ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
HERE = "arn:aws:kms:eu-west-2:111111111111"


def aws(name: str, key: str, *, region: str = "eu-west-2", account: str = "111111111111") -> Resource:
    record = Record(name, "aws.box", Kind.DATA, "aws", account, region, "aws", name, {})
    return Resource(record, {Membership.environments.key: Known(frozenset({name})), KEY: Known(key)})


@pytest.mark.parametrize(
    ("one", "other", "where", "same"),
    [
        (ID, f"{HERE}:key/{ID}", {}, True),
        (f"key/{ID}", f"{HERE}:key/{ID}", {}, True),
        (ID, ID, {"account": "222222222222"}, False),
        ("alias/aws/s3", "alias/aws/s3", {}, True),
        ("alias/aws/s3", f"{HERE}:alias/aws/s3", {}, True),
        # Each account has its own in each region.
        ("alias/aws/s3", "alias/aws/s3", {"account": "222222222222"}, False),
        ("alias/aws/s3", "alias/aws/s3", {"region": "eu-west-1"}, False),
        ("mrk-1", "mrk-1", {"region": "eu-west-1"}, True),
    ],
)
def test_a_name_without_a_place_is_one_of_the_account_and_region(
    one: str, other: str, where: dict[str, str], same: bool
) -> None:
    first, _ = shared([aws("one", one), aws("other", other, **where)])
    assert named(first) == (["one", "other"] if same else ["one"])


@pytest.mark.parametrize(
    "key", ["alias/prod", f"{HERE}:alias/prod", f"{HERE}:key/1, {HERE}:key/2", "provider, alias/x"]
)
def test_which_key_an_alias_stands_for_is_not_known(key: str) -> None:
    one, other = shared([aws("one", key), aws("other", f"{HERE}:key/{ID}")])
    assert isinstance(sharers(one), Unknown)
    assert sharers(one).reason is Reason.UNDECIDED
    assert named(other) == ["other"]


def test_of_several_keys_nobody_tells_which_is_shared() -> None:
    one, other = shared([resource("one", Known("k1, k2"), "production"), resource("other", Known("k1"), "test")])
    assert isinstance(sharers(one), Unknown)
    assert named(other) == ["other"]
