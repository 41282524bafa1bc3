"""Encryption at rest and in transit, and exposure, as tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from checks.encryption import AtRestWanted, InTransitWanted, encrypted_at_rest, encrypted_in_transit
from checks.exposure import not_public
from scanner.facts import AtRest, Inapplicable, KeyOwner, Reason, Tls, Unknown

Judge = Callable[..., Mapping[str, object]]

DARK = Unknown(Reason.REFUSED, "dark")
NEVER = Inapplicable("no such thing")
UNKNOWN = {"unknown": ["dark"]}


@pytest.mark.parametrize(
    ("state", "said"), [(AtRest.ENCRYPTED, True), (AtRest.NONE, ["none"]), (DARK, UNKNOWN), (NEVER, "n/a")]
)
def test_encrypted(judge: Judge, state: object, said: object) -> None:
    assert judge(encrypted_at_rest, {}, EncryptionAtRest_state=state) == {"encrypted": said}


@pytest.mark.parametrize(
    ("algorithms", "wanted", "said"),
    [
        ({"TDE", "AES-256"}, ["TDE"], True),
        ({"AES-256"}, ["TDE"], ["AES-256"]),
        ({"AES-256"}, ["TDE", "AES-256"], True),
        ({"AES-128", "3DES"}, ["AES-256"], ["3DES, AES-128"]),
        (frozenset(), ["AES-256"], [""]),
        (DARK, ["AES-256"], UNKNOWN),
        (NEVER, ["AES-256"], "n/a"),
    ],
)
def test_algorithms(judge: Judge, algorithms: object, wanted: list[str], said: object) -> None:
    facts = {"EncryptionAtRest_state": AtRest.ENCRYPTED, "EncryptionAtRest_algorithms": algorithms}
    found = judge(encrypted_at_rest, {"algorithms": wanted}, **facts)
    assert found == {"encrypted": True, "algorithm": said}


@pytest.mark.parametrize(
    ("owner", "wanted", "said"),
    [
        (KeyOwner.PROVIDER, "provider-in-account", ["provider"]),
        (KeyOwner.PROVIDER_IN_ACCOUNT, "provider-in-account", True),
        (KeyOwner.CUSTOMER, "provider-in-account", True),
        (KeyOwner.PROVIDER_IN_ACCOUNT, "customer", ["provider-in-account"]),
        (KeyOwner.CUSTOMER, "customer", True),
        (DARK, "customer", UNKNOWN),
        (NEVER, "customer", "n/a"),
    ],
)
def test_key_owner(judge: Judge, owner: object, wanted: str, said: object) -> None:
    facts = {"EncryptionAtRest_state": AtRest.ENCRYPTED, "EncryptionAtRest_owner": owner}
    assert judge(encrypted_at_rest, {"key_owner": wanted}, **facts) == {"encrypted": True, "key owner": said}


@pytest.mark.parametrize(("state", "first", "rest"), [(AtRest.NONE, ["none"], True), (DARK, UNKNOWN, UNKNOWN)])
def test_what_is_not_encrypted_breaks_one_condition(judge: Judge, state: object, first: object, rest: object) -> None:
    facts = {
        "EncryptionAtRest_state": state,
        "EncryptionAtRest_owner": KeyOwner.PROVIDER,
        "EncryptionAtRest_algorithms": frozenset(),
    }
    found = judge(encrypted_at_rest, {"key_owner": "customer", "algorithms": ["TDE"]}, **facts)
    assert found == {"encrypted": first, "algorithm": rest, "key owner": rest}


@pytest.mark.parametrize(("plaintext", "said"), [(False, True), (True, ["true"]), (DARK, UNKNOWN), (NEVER, "n/a")])
def test_plaintext(judge: Judge, plaintext: object, said: object) -> None:
    found = judge(encrypted_in_transit, {}, EncryptionInTransit_plaintext=plaintext)
    assert found == {"encrypted connections only": said}


@pytest.mark.parametrize(
    ("found", "wanted", "said"),
    [
        (Tls.V1_2, "1.2", True),
        (Tls.V1_3, "1.2", True),
        (Tls.V1_1, "1.2", ["1.1"]),
        (Tls.V1_0, "1.1", ["1.0"]),
        (Tls.NONE, "1.0", ["none"]),
        (Tls.V1_2, "1.3", ["1.2"]),
        (DARK, "1.2", UNKNOWN),
        (NEVER, "1.2", "n/a"),
    ],
)
def test_minimum_tls(judge: Judge, found: object, wanted: str, said: object) -> None:
    facts = {"EncryptionInTransit_plaintext": False, "EncryptionInTransit_minimum_tls": found}
    conditions = judge(encrypted_in_transit, {"minimum_tls": wanted}, **facts)
    assert conditions == {"encrypted connections only": True, "minimum TLS": said}


@pytest.mark.parametrize(("public", "said"), [(False, True), (True, ["true"]), (DARK, UNKNOWN), (NEVER, "n/a")])
def test_exposure(judge: Judge, public: object, said: object) -> None:
    assert judge(not_public, {}, Exposure_public=public) == {"not public": said}


@pytest.mark.parametrize(
    ("with_", "said"),
    [
        ({"algorithms": ["AES-128"]}, "'AES-128' is not one of TDE, AES-256"),
        ({"algorithms": ["TDE", "tde"]}, "'tde' is not one of"),
        ({"key_owner": "me"}, "'me' is not one of provider, provider-in-account, customer"),
        ({"owner": "customer"}, "Extra inputs"),
    ],
)
def test_parameters_at_rest(with_: Mapping[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        AtRestWanted.model_validate(with_)


@pytest.mark.parametrize("version", ["none", "1.4", "TLS1.2"])
def test_parameters_in_transit(version: str) -> None:
    with pytest.raises(ValueError, match=r"is not one of 1\.0, 1\.1, 1\.2, 1\.3"):
        InTransitWanted(minimum_tls=version)


def test_only_what_is_needed_is_asked() -> None:
    def rest(**with_: object) -> list[str]:
        return [fact.key.split(".")[1] for fact in encrypted_at_rest.needs(AtRestWanted.model_validate(with_))]

    assert rest() == ["state"]
    assert rest(algorithms=["TDE"]) == ["state", "algorithms"]
    assert rest(key_owner="customer") == ["state", "owner"]
    assert rest(key_owner="provider-in-account", algorithms=["TDE"]) == ["state", "algorithms", "owner"]

    def transit(version: str) -> list[str]:
        return [fact.key.split(".")[1] for fact in encrypted_in_transit.needs(InTransitWanted(minimum_tls=version))]

    assert transit("") == ["plaintext"]
    assert transit("1.2") == ["plaintext", "minimum_tls"]
