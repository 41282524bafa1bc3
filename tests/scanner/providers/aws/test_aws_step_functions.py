"""From the replies of Step Functions to facts."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import (
    AtRest,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    KeyOwner,
    Location,
    Reason,
    Tagging,
)
from scanner.providers.aws.step_functions import MACHINE
from tests.scanner.providers.aws.states import (
    KEY,
    OWN_KEY,
    REFUSED,
    UNASKED,
    copies,
    encryption,
    told,
)

STATES = {"stateMachineArn": "arn:aws:states:eu-west-2:111111111111:stateMachine:orders"}


def _encrypted(form: object, key: object = None) -> dict[str, Any]:
    return {"encryptionConfiguration": {"type": form, "kmsKeyId": key}}


@pytest.mark.parametrize(
    ("machine", "key", "owner", "name"),
    [
        ({}, UNASKED, KeyOwner.PROVIDER, "provider"),
        (_encrypted("AWS_OWNED_KEY"), UNASKED, KeyOwner.PROVIDER, "provider"),
        (_encrypted("CUSTOMER_MANAGED_KMS_KEY", KEY), OWN_KEY, KeyOwner.CUSTOMER, KEY),
        (_encrypted("CUSTOMER_MANAGED_KMS_KEY", KEY), REFUSED, Reason.REFUSED, KEY),
        (_encrypted("CUSTOMER_MANAGED_KMS_KEY"), OWN_KEY, KeyOwner.CUSTOMER, Reason.SHAPE),
        (_encrypted("odd"), UNASKED, Reason.SHAPE, Reason.SHAPE),
        (REFUSED, UNASKED, Reason.REFUSED, Reason.REFUSED),
    ],
)
def test_a_state_machine_at_rest(machine: object, key: object, owner: object, name: object) -> None:
    replies = {"machine": machine, "key": key}
    assert encryption(MACHINE, STATES, replies) == (AtRest.ENCRYPTED, owner, Reason.UNDECIDED)
    assert told(MACHINE, EncryptionAtRest.key, STATES, replies) == name


GROUP = "arn:aws:logs:eu-west-2:111111111111:log-group:orders"


def _logged(level: object, *groups: object) -> dict[str, Any]:
    destinations = [{"cloudWatchLogsLogGroup": {"logGroupArn": each}} for each in groups]
    return {"loggingConfiguration": {"level": level, "destinations": destinations}}


@pytest.mark.parametrize(
    ("machine", "expected"),
    [
        (_logged("OFF"), []),
        (_logged("OFF", f"{GROUP}:*"), []),
        *((_logged(each, f"{GROUP}:*"), [("log-sink", "aws:eu-west-2", GROUP)]) for each in ("ALL", "ERROR", "FATAL")),
        (_logged("odd"), [Reason.SHAPE]),
        (_logged("ALL", "orders"), [Reason.SHAPE]),
        ({}, [Reason.SHAPE]),
        (REFUSED, [Reason.REFUSED]),
    ],
)
def test_logs_of_a_state_machine(machine: object, expected: object) -> None:
    assert copies(MACHINE, Location.copies, STATES, {"machine": machine}) == expected


def test_a_state_machine() -> None:
    assert MACHINE.ask["machine"].give == {"includedData": "METADATA_ONLY"}
    assert told(MACHINE, Location.homes, STATES) == ["aws:eu-west-2"]
    assert told(MACHINE, EncryptionInTransit.plaintext, STATES) is False
    assert told(MACHINE, Exposure.public, STATES) is False
    assert told(MACHINE, Tagging.tags, STATES, {"tags": {"tags": [{"key": "env", "value": "prod"}]}}) == {"env": "prod"}
    assert told(MACHINE, Tagging.tags, STATES, {"tags": {}}) is Reason.SHAPE
