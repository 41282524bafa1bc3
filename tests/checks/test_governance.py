"""Records, detection, alerts and defaults, as tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from checks.check import Check
from checks.governance import (
    disks_encrypted,
    flows_recorded,
    outside_access_detected,
    public_blocked,
    recorded,
    somebody_told,
    threats_detected,
)
from scanner.facts import Inapplicable, Means, Reason, Receiver, Seen, Unknown

Judge = Callable[..., Mapping[str, object]]
DARK = Unknown(Reason.REFUSED, "dark")
UNKNOWN = {"unknown": ["dark"]}
MAIL, TEXT = Receiver(Means.EMAIL, "security"), Receiver(Means.SMS, "duty")


@pytest.mark.parametrize(
    ("check", "fact", "condition"),
    [
        (threats_detected, "Detection_threats", "threats"),
        (outside_access_detected, "Detection_outside_access", "outside access"),
        (disks_encrypted, "Defaults_disks_encrypted", "new disks"),
        (public_blocked, "Defaults_public_blocked", "blocked"),
        (flows_recorded, "FlowLog_recorded", "recorded"),
    ],
)
@pytest.mark.parametrize(
    ("state", "said"), [(True, True), (False, False), (DARK, UNKNOWN), (Inapplicable("no such thing"), "n/a")]
)
def test_what_is_on(judge: Judge, check: Check, fact: str, condition: str, state: object, said: object) -> None:
    assert judge(check, {}, **{fact: state}) == {condition: said}


@pytest.mark.parametrize(
    ("whole", "kept", "said"),
    [
        (True, True, {"recorded": True, "protected": True}),
        (True, False, {"recorded": True, "protected": False}),
        (False, True, {"recorded": False, "protected": True}),
        (True, DARK, {"recorded": True, "protected": UNKNOWN}),
        (DARK, DARK, {"recorded": UNKNOWN, "protected": UNKNOWN}),
    ],
)
def test_the_trail(judge: Judge, whole: object, kept: object, said: object) -> None:
    assert judge(recorded, {}, AuditTrail_recorded=whole, AuditTrail_protected=kept) == said


@pytest.mark.parametrize(
    ("reads", "said"), [(True, True), (False, False), (DARK, UNKNOWN), (Inapplicable("no data"), "n/a")]
)
def test_the_trail_of_who_reads(judge: Judge, reads: object, said: object) -> None:
    whole = {"AuditTrail_recorded": True, "AuditTrail_protected": True, "AuditTrail_reads": reads}
    assert judge(recorded, {"reads": True}, **whole) == {"recorded": True, "protected": True, "reads": said}
    assert judge(recorded, {"reads": False}, **whole) == {"recorded": True, "protected": True}


def test_who_reads_is_asked_for_where_that_is_promised() -> None:
    asked = [recorded.needs(recorded.parameters.model_validate({"reads": reads})) for reads in (False, True)]
    assert asked == [recorded.reads[:2], recorded.reads]


@pytest.mark.parametrize(
    ("by", "receivers", "said"),
    [
        ({}, Seen((MAIL,)), {"email": True}),
        ({}, Seen((TEXT,)), {"email": False}),
        ({}, Seen(), {"email": False}),
        ({"by": ["email", "sms"]}, Seen((MAIL, TEXT)), {"email": True, "sms": True}),
        ({"by": ["email", "sms"]}, Seen((MAIL,)), {"email": True, "sms": False}),
        # One is enough, whatever else could not be seen.
        ({"by": ["email", "sms"]}, Seen((MAIL,), (DARK,)), {"email": True, "sms": UNKNOWN}),
        ({}, DARK, {"email": UNKNOWN}),
    ],
)
def test_who_is_told(judge: Judge, by: dict[str, object], receivers: object, said: object) -> None:
    assert judge(somebody_told, by, Alerting_receivers=receivers) == said
