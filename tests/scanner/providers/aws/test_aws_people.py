"""From the replies of IAM to who can sign in to an account, and how."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from scanner.collect.model import Account, Call, Options, Unit, projections
from scanner.facts import Fact, Identity, Reason, Unknown
from scanner.providers.aws import PROVIDER
from scanner.providers.aws.account import ACCOUNT
from scanner.providers.aws.session import AwsSession
from tests.scanner.providers.aws.states import FAILED, REFUSED, UNASKED, absent, state, told

SAFE = {"SummaryMap": {"AccountMFAEnabled": 1}}
HEADER = "user,arn,user_creation_time,password_last_used,access_key_1_last_used_date,access_key_2_last_used_date"


def _names(*names: str) -> dict[str, object]:
    return {"Users": [{"UserName": each, "Arn": f"arn:aws:iam::111111111111:user/{each}"} for each in names]}


def _asked(**outcomes: Mapping[str, object]) -> list[dict[str, object]]:
    return [{"of": {"UserName": name}, **outcome} for name, outcome in outcomes.items()]


def _has(name: str) -> dict[str, object]:
    return {"body": {"LoginProfile": {"UserName": name}}}


def _devices(*names: str) -> dict[str, object]:
    return {"MFADevices": [{"UserName": each, "SerialNumber": "000"} for each in names]}


NO_PROVIDERS: dict[str, object] = {"providers": {"SAMLProviderList": []}}
NONE = {"absent": "NoSuchEntity"}
TWO = _asked(ann=_has("ann"), bob=_has("bob"))


@pytest.mark.parametrize(
    ("summary", "root"),
    [
        ({"AccountMFAEnabled": 1}, []),
        ({"AccountMFAEnabled": 0, "AccountPasswordPresent": 1}, ["root"]),
        ({"AccountMFAEnabled": 0, "AccountPasswordPresent": 0}, []),
        ({"AccountMFAEnabled": 0}, [Reason.SHAPE]),
        ({"AccountMFAEnabled": 2}, [Reason.SHAPE]),
        ({}, [Reason.SHAPE]),
    ],
)
def test_the_root_user_alone(summary: object, root: list[object]) -> None:
    replies = {
        "summary": {"SummaryMap": summary},
        "users": _names(),
        "password": UNASKED,
        "devices": UNASKED,
        **NO_PROVIDERS,
    }
    assert told(ACCOUNT, Identity.single_factor, {}, replies) == root


@pytest.mark.parametrize(
    ("users", "password", "devices", "alone"),
    [
        pytest.param(_names(), UNASKED, UNASKED, [], id="nobody"),
        pytest.param(_names("ann"), _asked(ann=NONE), UNASKED, [], id="no password"),
        pytest.param(_names("ann"), _asked(ann=_has("ann")), _devices("ann"), [], id="a device"),
        pytest.param(_names("ann"), _asked(ann=_has("ann")), _devices(), ["ann"], id="no device"),
        pytest.param(_names("ann", "bob"), TWO, _devices("ann"), ["bob"], id="one of two"),
        pytest.param(_names("ann", "bob"), TWO, _devices(), ["ann", "bob"], id="both"),
        pytest.param(
            _names("ann", "bob"), _asked(ann=NONE, bob=_has("bob")), _devices("ann"), ["bob"], id="another's device"
        ),
        pytest.param(
            _names("ann", "bob"),
            _asked(ann={"refused": "AccessDenied"}, bob=_has("bob")),
            _devices(),
            ["bob", Reason.REFUSED],
            id="one is refused",
        ),
        pytest.param(_names("ann"), _asked(ann={"failed": "time-out"}), UNASKED, [Reason.FAILED], id="one failed"),
        pytest.param(_names("ann"), REFUSED, REFUSED, [Reason.REFUSED], id="passwords refused"),
        pytest.param(_names("ann"), TWO, FAILED, [Reason.FAILED], id="devices failed"),
        pytest.param(REFUSED, REFUSED, REFUSED, [Reason.REFUSED], id="users refused"),
        pytest.param({}, UNASKED, UNASKED, [Reason.SHAPE], id="no list"),
        pytest.param(_names("ann"), TWO, {"MFADevices": [{}]}, [Reason.SHAPE], id="whose device"),
    ],
)
def test_users_alone(users: object, password: object, devices: object, alone: list[object]) -> None:
    replies = {"summary": SAFE, "users": users, "password": password, "devices": devices, **NO_PROVIDERS}
    assert told(ACCOUNT, Identity.single_factor, {}, replies) == alone


def test_what_is_unknown_of_the_root_user_loses_no_user() -> None:
    users = {"users": _names("ann"), "password": _asked(ann=_has("ann")), "devices": _devices()}
    replies = {"summary": REFUSED, **users, **NO_PROVIDERS}
    assert told(ACCOUNT, Identity.single_factor, {}, replies) == ["ann", Reason.REFUSED]


@pytest.mark.parametrize(
    ("providers", "found"),
    [
        ({"SAMLProviderList": [{"Arn": "arn:aws:iam::111111111111:saml-provider/people"}]}, [Reason.UNDECIDED]),
        ({}, []),
        (REFUSED, [Reason.REFUSED]),
    ],
)
def test_people_may_sign_in_elsewhere(providers: object, found: list[object]) -> None:
    replies = {"summary": SAFE, "users": _names(), "password": UNASKED, "devices": UNASKED, "providers": providers}
    assert told(ACCOUNT, Identity.single_factor, {}, replies) == found
    assert told(ACCOUNT, Identity.single_factor, {}, {**replies, "users": REFUSED}) == [Reason.REFUSED, *found]


@pytest.mark.parametrize(
    ("present", "keys"), [(0, False), (1, True), (2, True), (None, Reason.SHAPE), ("x", Reason.SHAPE)]
)
def test_keys_of_the_root_user(present: object, keys: object) -> None:
    replies = {"summary": {"SummaryMap": {"AccountAccessKeysPresent": present}}}
    assert told(ACCOUNT, Identity.root_keys, {}, replies) == keys


@pytest.mark.parametrize(
    ("reply", "length"),
    [
        ({"PasswordPolicy": {"MinimumPasswordLength": 14}}, 14),
        (absent("NoSuchEntity"), 8),
        ({"PasswordPolicy": {}}, Reason.SHAPE),
        (REFUSED, Reason.REFUSED),
    ],
)
def test_the_length_of_passwords(reply: object, length: object) -> None:
    """Where an account has no rule of its own, AWS's holds."""
    assert told(ACCOUNT, Identity.password_length, {}, {"rule": reply}) == length


def _report(password: object, first: object = "N/A", second: object = "N/A") -> dict[str, object]:
    row = {
        "user": "<root_account>",
        "password_last_used": password,
        "access_key_1_last_used_date": first,
        "access_key_2_last_used_date": second,
    }
    return {"Content": [row], "GeneratedTime": "2026-01-02T03:04:05+00:00"}


MAY, JUNE = "2025-05-01T00:00:00+00:00", "2025-06-01T00:00:00Z"


@pytest.mark.parametrize(
    ("report", "used"),
    [
        (_report("no_information"), None),
        (_report("N/A"), None),
        (_report(MAY), datetime(2025, 5, 1, tzinfo=UTC)),
        (_report(MAY, JUNE), datetime(2025, 6, 1, tzinfo=UTC)),
        (_report(MAY, "N/A", JUNE), datetime(2025, 6, 1, tzinfo=UTC)),
        (_report(JUNE, MAY), datetime(2025, 6, 1, tzinfo=UTC)),
        (_report("not_supported"), Reason.SHAPE),
        (_report("2025-05-01T00:00:00"), Reason.SHAPE),
        (_report(None), Reason.SHAPE),
        (_report(MAY, "odd"), Reason.SHAPE),
        ({**_report(MAY), "Content": []}, Reason.SHAPE),
        ({**_report(MAY), "GeneratedTime": None}, Reason.SHAPE),
        (absent("ReportNotPresent"), Reason.NOT_ASKED),
        (absent("ReportExpired"), Reason.NOT_ASKED),
        (REFUSED, Reason.REFUSED),
    ],
)
def test_the_last_use_of_the_root_user(report: object, used: object) -> None:
    assert told(ACCOUNT, Identity.root_last_used, {}, {"report": report}) == used


def test_without_a_report_it_is_told_what_to_do() -> None:
    found = state(ACCOUNT, Identity.root_last_used, {}, {"report": absent("ReportNotPresent")})
    assert isinstance(found, Unknown)
    assert "aws iam generate-credential-report" in found.detail
    assert (found.call, found.permission) == ("iam.get_credential_report", "iam:GetCredentialReport")
    assert "iam.generate_credential_report" not in PROVIDER.operations()


@pytest.mark.parametrize("fact", [Identity.root_keys, Identity.single_factor])
def test_a_refused_summary_answers_nothing(fact: Fact[Any]) -> None:
    replies = {"summary": REFUSED, "users": _names(), "password": UNASKED, "devices": UNASKED, **NO_PROVIDERS}
    assert told(ACCOUNT, fact, {}, replies) in (Reason.REFUSED, [Reason.REFUSED])


def test_of_people_nothing_is_kept_but_their_names() -> None:
    keep = projections(ACCOUNT)
    user = {"UserName": "ann", "UserId": "1", "PasswordLastUsed": MAY, "CreateDate": MAY}
    assert keep["users"]({"Users": [user]}) == {"Users": [{"UserName": "ann"}]}
    assert keep["devices"](_devices("ann")) == {"MFADevices": [{"UserName": "ann"}]}
    found = keep["password"](_asked(ann={"body": {"LoginProfile": {"UserName": "ann", "CreateDate": MAY}}}))
    assert found == _asked(ann=_has("ann"))


def test_of_a_credential_report_the_session_reads_the_root_user_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [HEADER, f"ann,arn,{MAY},{MAY},N/A,N/A", f"<root_account>,arn,{MAY},{JUNE},N/A,N/A"]

    class Client:
        """IAM, which has one report."""

        def can_paginate(self, _: str) -> bool:
            return False

        def get_credential_report(self) -> Mapping[str, object]:
            return {"Content": "\n".join(lines).encode(), "GeneratedTime": datetime(2026, 1, 2, tzinfo=UTC)}

    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    session = PROVIDER.open({}, Options(endpoint="http://127.0.0.1:9"))
    assert isinstance(session, AwsSession)
    monkeypatch.setattr(session, "client", lambda *_: Client())
    unit = Unit(Account("aws", "111111111111", partition="aws"))
    (page,) = session.pages(unit, ACCOUNT.ask["report"], {})
    assert isinstance(page, dict)
    assert [row["user"] for row in page["Content"]] == ["<root_account>"]
    assert projections(ACCOUNT)["report"](page) == {
        "Content": [
            {
                "password_last_used": JUNE,
                "access_key_1_last_used_date": "N/A",
                "access_key_2_last_used_date": "N/A",
            }
        ],
        "GeneratedTime": "2026-01-02T00:00:00+00:00",
    }


def test_devices_are_asked_of_those_alone_who_have_a_password() -> None:
    asks: Mapping[str, Call] = ACCOUNT.ask
    assert list(asks).index("users") < list(asks).index("password") < list(asks).index("devices")
    assert asks["devices"].follows == "password"
