"""Alert policies of Cloud Monitoring: who is told of what administrators do."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import Alerting, Means, Reason, Receiver
from scanner.providers.gcp.alerts import ASK, OTHERS
from scanner.providers.gcp.contacts import BY_ROLE
from tests.scanner.providers.gcp.states import REFUSED, Data, value

CALL, POST = "projects/acme-prod/notificationChannels/1", "projects/acme-prod/notificationChannels/2"
ADMINISTRATION = 'log_id("cloudaudit.googleapis.com/activity")'


def alert(*filters: str, used: Any = (CALL,), **more: Any) -> Data:
    conditions = [{"conditionMatchedLog": {"filter": each}} for each in filters]
    channels = list(used) if isinstance(used, tuple) else used
    return {"resource": {"data": {"enabled": True, "conditions": conditions, "notificationChannels": channels} | more}}


def channel(name: str = CALL, kind: Any = "sms", enabled: Any = True, **more: Any) -> Data:
    return {"resource": {"data": {"name": name, "type": kind, "enabled": enabled, **more}}}


def told(alerts: Any, channels: Any) -> tuple[tuple[Any, ...], list[Reason]]:
    found = value("gcp.project", Alerting.receivers, {}, alerts=alerts, channels=channels)
    assert found.gaps[-1] == BY_ROLE
    return found.items, [gap.reason for gap in found.gaps[:-1]]


@pytest.mark.parametrize(
    "filtered",
    [
        ADMINISTRATION,
        'logName="projects/acme-prod/logs/cloudaudit.googleapis.com%2Factivity"',
        'logName:"cloudaudit.googleapis.com%2Fpolicy" AND severity>=NOTICE',
        f'{ADMINISTRATION} AND protoPayload.methodName="SetIamPolicy"',
    ],
)
def test_alerts_on_what_administrators_do(filtered: str) -> None:
    assert told([alert(filtered)], [channel()]) == ((Receiver(Means.SMS, CALL),), [])


@pytest.mark.parametrize(
    "policy",
    [
        alert(f'{ADMINISTRATION} AND resource.labels.bucket_name="files"'),
        alert(f'{ADMINISTRATION} AND protoPayload.resourceName="x"'),
        alert(f'{ADMINISTRATION} AND protoPayload.authenticationInfo.principalEmail="a@example.com"'),
        alert(f"NOT {ADMINISTRATION}"),
        alert(f"-{ADMINISTRATION}"),
        alert(f"severity=ERROR AND -{ADMINISTRATION}"),
        alert(f'{ADMINISTRATION} AND protoPayload.methodName!="SetIamPolicy"'),
        alert(f'{ADMINISTRATION} AND protoPayload.methodName!~"Set"'),
        alert('log_id("cloudaudit.googleapis.com/data_access")'),
        alert("severity>=ERROR"),
        alert(conditions=[{"conditionThreshold": {}}]),
    ],
)
def test_alerts_that_may_be_about_anything(policy: Data) -> None:
    found = value("gcp.project", Alerting.receivers, {}, alerts=[policy], channels=[channel()])
    assert (found.items, found.gaps) == ((), (OTHERS, BY_ROLE))


@pytest.mark.parametrize(
    "policy",
    [
        alert(ADMINISTRATION, enabled=False),
        alert(ADMINISTRATION, validity={"code": 3}),
        alert(ADMINISTRATION, used=()),
        alert(ADMINISTRATION, used=None),
        alert("severity>=ERROR", used=()),
    ],
)
def test_alerts_that_tell_nobody(policy: Data) -> None:
    assert told([policy], [channel()]) == ((), [])


@pytest.mark.parametrize(
    ("kind", "means"),
    [("email", Means.EMAIL), ("sms", Means.SMS), ("pagerduty", Means.OTHER), ("webhook_basicauth", Means.OTHER)],
)
def test_means(kind: str, means: Means) -> None:
    assert told([alert(ADMINISTRATION)], [channel(kind=kind)]) == ((Receiver(means, CALL),), [])


@pytest.mark.parametrize(
    ("found", "names", "reasons"),
    [
        (channel(verificationStatus="VERIFIED"), [CALL], []),
        (channel(verificationStatus="VERIFICATION_STATUS_UNSPECIFIED"), [CALL], []),
        (channel(verificationStatus="UNVERIFIED"), [], []),
        (channel(enabled=False), [], []),
        (channel(enabled=False, kind="telepathy"), [], []),
        (channel(enabled=None), [], [Reason.SHAPE]),
        (channel(verificationStatus="PERHAPS"), [], [Reason.SHAPE]),
        (channel(kind="telepathy"), [], [Reason.SHAPE]),
        (channel(kind=None), [], [Reason.SHAPE]),
        (channel(name=POST), [], [Reason.NOT_ASKED]),
    ],
)
def test_channels(found: Data, names: list[str], reasons: list[Reason]) -> None:
    assert told([alert(ADMINISTRATION)], [found]) == (tuple(Receiver(Means.SMS, each) for each in names), reasons)


def test_a_channel_of_several_alerts_is_told_once() -> None:
    policies = [alert(ADMINISTRATION), alert(ADMINISTRATION, used=(CALL, POST))]
    found, reasons = told(policies, [channel(), channel(POST, "email")])
    assert (found, reasons) == ((Receiver(Means.SMS, CALL), Receiver(Means.EMAIL, POST)), [])


@pytest.mark.parametrize(
    ("alerts", "channels", "reason"),
    [
        (REFUSED, [], Reason.REFUSED),
        ([alert(ADMINISTRATION)], REFUSED, Reason.REFUSED),
        ([alert(ADMINISTRATION, enabled=None)], [channel()], Reason.SHAPE),
        ([alert(ADMINISTRATION, used="all")], [channel()], Reason.SHAPE),
        ([alert(ADMINISTRATION, conditions=None)], [channel()], Reason.SHAPE),
    ],
)
def test_what_is_not_known(alerts: Any, channels: Any, reason: Reason) -> None:
    assert told(alerts, channels) == ((), [reason])


def test_what_is_asked_for() -> None:
    assert {name: call.give["assetTypes"] for name, call in ASK.items()} == {
        "alerts": ["monitoring.googleapis.com/AlertPolicy"],
        "channels": ["monitoring.googleapis.com/NotificationChannel"],
    }
