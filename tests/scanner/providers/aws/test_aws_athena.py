"""From the replies of Athena to facts."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import (
    AtRest,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Inapplicable,
    KeyOwner,
    Lineage,
    Location,
    Reason,
    Tagging,
    Tls,
)
from scanner.providers.aws.athena import WORK_GROUP
from tests.scanner.providers.aws.states import AWS_KEY, FAILED, KEY, OWN_KEY, REFUSED, UNASKED, copies, refs, told

ITEM = {"Name": "primary"}
QUERIED = {"QueryExecutionIds": ["1"]}
NEVER: dict[str, Any] = {"QueryExecutionIds": []}
SQL, SPARK = "Athena engine version 3", "PySpark engine version 3"


def _group(engine: object = SQL, **settings: object) -> dict[str, Any]:
    more = {"EngineVersion": {"EffectiveEngineVersion": engine}, **settings}
    return {"WorkGroup": {"Configuration": {"EnforceWorkGroupConfiguration": True, **more}}}


@pytest.mark.parametrize(
    ("group", "queries", "homes"),
    [
        (_group(), QUERIED, ["aws:eu-west-2"]),
        (_group(), NEVER, Inapplicable),
        # Sessions of Spark are no queries.
        (_group(SPARK), NEVER, ["aws:eu-west-2"]),
        (_group(None), NEVER, [Reason.SHAPE]),
        (_group(), {}, [Reason.SHAPE]),
        (_group(), REFUSED, [Reason.REFUSED]),
        (REFUSED, NEVER, [Reason.REFUSED]),
    ],
)
def test_a_work_group_in_which_nothing_was_queried_keeps_nothing(group: object, queries: object, homes: object) -> None:
    replies = {"group": group, "queries": queries}
    assert told(WORK_GROUP, Location.homes, ITEM, replies) == homes
    if homes is Inapplicable:
        assert told(WORK_GROUP, Location.copies, ITEM, replies) is Inapplicable
        assert told(WORK_GROUP, EncryptionAtRest.state, ITEM, replies) is Inapplicable


def _results(output: object = None, form: object = None, key: object = None) -> dict[str, Any]:
    sealed = {"EncryptionOption": form, "KmsKey": key} if form else None
    return {"ResultConfiguration": {"OutputLocation": output, "EncryptionConfiguration": sealed}}


def _managed(key: object = None) -> dict[str, Any]:
    return {"ManagedQueryResultsConfiguration": {"Enabled": True, "EncryptionConfiguration": key and {"KmsKey": key}}}


@pytest.mark.parametrize(
    ("settings", "replies", "state", "owner", "name"),
    [
        (_results("s3://out/", "SSE_S3"), {}, AtRest.ENCRYPTED, KeyOwner.PROVIDER, "provider"),
        (_results("s3://out/", "SSE_KMS", KEY), {"key": OWN_KEY}, AtRest.ENCRYPTED, KeyOwner.CUSTOMER, KEY),
        (_results("s3://out/", "CSE_KMS", KEY), {"key": AWS_KEY}, AtRest.ENCRYPTED, KeyOwner.PROVIDER_IN_ACCOUNT, KEY),
        (_results("s3://out/", "SSE_KMS", KEY), {"key": REFUSED}, AtRest.ENCRYPTED, Reason.REFUSED, KEY),
        (_results("s3://out/", "SSE_KMS"), {}, Reason.SHAPE, Reason.SHAPE, Reason.SHAPE),
        (_results("s3://out/", "ROT13"), {}, Reason.SHAPE, Reason.SHAPE, Reason.SHAPE),
        (_results("s3://out/"), {}, Reason.UNDECIDED, Reason.UNDECIDED, Reason.UNDECIDED),
        (
            {**_results("s3://out/", "SSE_S3"), "EnforceWorkGroupConfiguration": False},
            {},
            Reason.UNDECIDED,
            Reason.UNDECIDED,
            Reason.UNDECIDED,
        ),
        ({"EnforceWorkGroupConfiguration": None}, {}, Reason.SHAPE, Reason.SHAPE, Reason.SHAPE),
        (_managed(), {}, AtRest.ENCRYPTED, KeyOwner.PROVIDER, "provider"),
        # What Athena manages does not depend on whether the settings are enforced.
        (
            {**_managed(KEY), "EnforceWorkGroupConfiguration": False},
            {"own": OWN_KEY, "key": UNASKED},
            AtRest.ENCRYPTED,
            KeyOwner.CUSTOMER,
            KEY,
        ),
    ],
)
def test_how_results_are_encrypted(
    settings: dict[str, object], replies: dict[str, object], state: object, owner: object, name: object
) -> None:
    asked = {"key": UNASKED, "own": UNASKED, **replies, "group": _group(**settings), "queries": QUERIED}
    assert told(WORK_GROUP, EncryptionAtRest.state, ITEM, asked) == state
    assert told(WORK_GROUP, EncryptionAtRest.owner, ITEM, asked) == owner
    assert told(WORK_GROUP, EncryptionAtRest.key, ITEM, asked) == name
    ciphers = Reason.UNDECIDED if isinstance(state, AtRest) else state
    assert told(WORK_GROUP, EncryptionAtRest.algorithms, ITEM, asked) == ciphers


GROUP = "arn:aws:logs:eu-west-2:111111111111:log-group:/aws/athena"
RESULTS = ("replica", Reason.NOT_ASKED, "arn:aws:s3:::out")


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (_results("s3://out/path/"), [RESULTS]),
        (_results("s3://out"), [RESULTS]),
        (_results("https://out/"), [Reason.SHAPE]),
        (_results("s3:///out"), [Reason.SHAPE]),
        (_results(), []),
        (_managed(), []),
        ({**_results("s3://out/"), "EnforceWorkGroupConfiguration": False}, [RESULTS, Reason.UNDECIDED]),
        ({**_managed(), "EnforceWorkGroupConfiguration": False}, []),
        (
            {
                "MonitoringConfiguration": {
                    "CloudWatchLoggingConfiguration": {"Enabled": True, "LogGroup": "/aws/athena"},
                    "S3LoggingConfiguration": {"Enabled": True, "LogLocation": "s3://logs/"},
                }
            },
            [("log-sink", "aws:eu-west-2", GROUP), ("log-sink", Reason.NOT_ASKED, "arn:aws:s3:::logs")],
        ),
        (
            {
                "MonitoringConfiguration": {
                    "CloudWatchLoggingConfiguration": {"Enabled": False, "LogGroup": "/aws/athena"},
                    "S3LoggingConfiguration": {"Enabled": False, "LogLocation": "s3://logs/"},
                }
            },
            [],
        ),
        ({"MonitoringConfiguration": {"CloudWatchLoggingConfiguration": {"Enabled": True}}}, [Reason.SHAPE]),
    ],
)
def test_where_results_and_logs_go(settings: dict[str, object], expected: object) -> None:
    replies = {"group": _group(**settings), "queries": QUERIED}
    assert copies(WORK_GROUP, Location.copies, ITEM, replies) == expected


def test_a_work_group_that_was_not_told() -> None:
    assert copies(WORK_GROUP, Location.copies, ITEM, {"group": FAILED, "queries": QUERIED}) == [Reason.FAILED]


def test_a_work_group() -> None:
    arn = "arn:aws:athena:eu-west-2:111111111111:workgroup/primary"
    listed = {"ResourceTagMappingList": [{"ResourceARN": arn, "Tags": [{"Key": "env", "Value": "prod"}]}]}
    assert told(WORK_GROUP, Tagging.tags, ITEM, {"tags": listed}) == {"env": "prod"}
    assert told(WORK_GROUP, Tagging.tags, {"Name": "other"}, {"tags": listed}) == {}
    assert told(WORK_GROUP, Tagging.tags, ITEM, {"tags": REFUSED}) is Reason.REFUSED
    assert told(WORK_GROUP, EncryptionInTransit.plaintext, ITEM) is False
    assert told(WORK_GROUP, EncryptionInTransit.minimum_tls, ITEM) is Tls.V1_2
    assert told(WORK_GROUP, Exposure.public, ITEM) is False
    assert refs(WORK_GROUP, Lineage.origins, ITEM) == [Reason.NOT_ASKED]
