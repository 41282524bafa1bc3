"""Organization policies: which one decides, and what it means."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import Defaults, EncryptionInTransit, Known, Reason, Tls, Unknown
from tests.scanner.providers.gcp.policies import ORGANIZATION, PROJECT
from tests.scanner.providers.gcp.states import REFUSED, Data, state

BUCKET, OWN = "gcp.storage.bucket", "gcp.project"
PREVENTION, HTTPS = "constraints/storage.publicAccessPrevention", "constraints/storage.secureHttpTransport"
TLS = "constraints/gcp.restrictTLSVersion"
OLD = ["TLS_VERSION_1", "TLS_VERSION_1_1"]
ON: Data = {"booleanPolicy": {"enforced": True}}
OFF: Data = {"booleanPolicy": {}}
DEFAULT: Data = {"restoreDefault": {}}


def on(name: str, constraint: str, form: Data) -> Data:
    return {"name": name, "orgPolicy": [{"constraint": "constraints/other", **ON}, {"constraint": constraint, **form}]}


def read(kind: str, fact: Any, *policies: Data, nodes: Any = None) -> Any:
    """The value, or the reason why it is not known."""
    asked: Data = {} if nodes is None else {"nodes": nodes}
    found = state(kind, fact, {}, orgpolicy=list(policies), **asked)
    return found.value if isinstance(found, Known) else getattr(found, "reason", None)


@pytest.mark.parametrize(
    ("forms", "enforced"),
    [
        ({}, False),
        ({PROJECT: ON}, True),
        ({ORGANIZATION: ON}, True),
        ({PROJECT: OFF, ORGANIZATION: ON}, False),
        ({PROJECT: {"booleanPolicy": {"enforced": False}}, ORGANIZATION: ON}, False),
        ({PROJECT: DEFAULT, ORGANIZATION: ON}, False),
        ({PROJECT: ON, ORGANIZATION: OFF}, True),
        ({PROJECT: {"listPolicy": {}}, ORGANIZATION: ON}, Reason.SHAPE),
        ({PROJECT: {"booleanPolicy": {"enforced": "yes"}}}, Reason.SHAPE),
    ],
)
def test_the_closest_policy_decides(forms: dict[str, Data], enforced: bool | Reason) -> None:
    public = [on(name, PREVENTION, form) for name, form in forms.items()]
    assert read(OWN, Defaults.public_blocked, *public) is enforced
    secure = [on(name, HTTPS, form) for name, form in forms.items()]
    plaintext = not enforced if isinstance(enforced, bool) else enforced
    assert read(BUCKET, EncryptionInTransit.plaintext, *secure) is plaintext


def test_another_constraint_counts_for_nothing() -> None:
    assert read(OWN, Defaults.public_blocked, on(PROJECT, HTTPS, ON)) is False
    assert read(OWN, Defaults.public_blocked, {"name": PROJECT}) is False


def test_what_is_above_the_scope_is_not_known() -> None:
    assert read(OWN, Defaults.public_blocked, nodes=[]) is Reason.NOT_ASKED
    assert read(OWN, Defaults.public_blocked, nodes=REFUSED) is Reason.REFUSED
    assert read(OWN, Defaults.public_blocked, on(PROJECT, PREVENTION, ON), nodes=[]) is True
    assert read(OWN, Defaults.public_blocked, on(PROJECT, PREVENTION, ON), nodes=REFUSED) is True
    found = state(OWN, Defaults.public_blocked, {}, nodes=[])
    assert isinstance(found, Unknown)
    assert found.detail.startswith("the organization policies of organizations/123456789012,")
    assert found.permission == "cloudasset.assets.listOrgPolicy"


def test_policies_that_are_not_shown() -> None:
    for kind, fact in ((OWN, Defaults.public_blocked), (BUCKET, EncryptionInTransit.minimum_tls)):
        found = state(kind, fact, {}, orgpolicy=REFUSED)
        assert getattr(found, "reason", None) is Reason.REFUSED


def denies(*values: str, **more: Any) -> Data:
    return {"listPolicy": {"deniedValues": list(values), **more}}


@pytest.mark.parametrize(
    ("forms", "lowest"),
    [
        ({}, Reason.UNDECIDED),
        ({ORGANIZATION: denies(*OLD)}, Tls.V1_2),
        ({ORGANIZATION: denies("is:TLS_VERSION_1", "TLS_VERSION_1_1")}, Tls.V1_2),
        ({ORGANIZATION: denies("TLS_VERSION_1")}, Tls.V1_1),
        ({ORGANIZATION: denies("TLS_VERSION_1_1")}, Reason.UNDECIDED),
        ({PROJECT: denies("TLS_VERSION_1_1"), ORGANIZATION: denies("TLS_VERSION_1")}, Reason.UNDECIDED),
        ({PROJECT: denies("TLS_VERSION_1_1", inheritFromParent=True), ORGANIZATION: denies("TLS_VERSION_1")}, Tls.V1_2),
        ({PROJECT: denies(inheritFromParent=True), ORGANIZATION: denies(*OLD)}, Tls.V1_2),
        ({PROJECT: DEFAULT, ORGANIZATION: denies(*OLD)}, Reason.UNDECIDED),
        ({PROJECT: ON, ORGANIZATION: denies(*OLD)}, Reason.SHAPE),
        ({PROJECT: {"listPolicy": {"deniedValues": "TLS_VERSION_1"}}}, Reason.SHAPE),
    ],
)
def test_versions_of_tls(forms: dict[str, Data], lowest: Tls | Reason) -> None:
    policies = [on(name, TLS, form) for name, form in forms.items()]
    assert read(BUCKET, EncryptionInTransit.minimum_tls, *policies) is lowest


def newer(name: str, constraint: str, *rules: Data) -> Data:
    told = f"{name.rpartition('.com/')[2]}/policies/{constraint.removeprefix('constraints/')}"
    spec = {"spec": {"rules": list(rules)}} if rules else {}
    return {"resource": {"parent": name, "data": {"name": told, **spec}}}


TAGGED = {"condition": {"expression": "resource.matchTag('1/env', 'test')"}}


@pytest.mark.parametrize(
    ("rules", "forms", "enforced"),
    [
        ([newer(PROJECT, PREVENTION, {"enforce": True})], {PROJECT: ON}, True),
        ([newer(PROJECT, PREVENTION, {"enforce": True}, TAGGED)], {PROJECT: ON}, Reason.UNDECIDED),
        ([newer(PROJECT, PREVENTION, TAGGED)], {ORGANIZATION: ON}, Reason.UNDECIDED),
        ([newer(ORGANIZATION, PREVENTION, TAGGED)], {ORGANIZATION: ON}, Reason.UNDECIDED),
        ([newer(ORGANIZATION, PREVENTION, TAGGED)], {PROJECT: ON}, True),
        ([newer(ORGANIZATION, HTTPS, TAGGED)], {ORGANIZATION: ON}, True),
        ([newer(ORGANIZATION, PREVENTION)], {ORGANIZATION: ON}, True),
        ([newer(ORGANIZATION, PREVENTION, {"condition": {}})], {}, False),
        ([newer(ORGANIZATION, PREVENTION, {"condition": {"expression": 7}})], {ORGANIZATION: ON}, Reason.SHAPE),
        (REFUSED, {ORGANIZATION: ON}, Reason.REFUSED),
    ],
)
def test_conditions_are_not_judged(rules: Any, forms: dict[str, Data], enforced: bool | Reason) -> None:
    policies = [on(name, PREVENTION, form) for name, form in forms.items()]
    found = state(OWN, Defaults.public_blocked, {}, orgpolicy=policies, rules=rules)
    assert (found.value if isinstance(found, Known) else getattr(found, "reason", None)) is enforced
