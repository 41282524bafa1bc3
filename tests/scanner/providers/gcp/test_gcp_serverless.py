"""Cloud Run services and Cloud Functions: who may call them, and how."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import EncryptionInTransit, Exposure, Inapplicable, Known, Reason, Tagging
from tests.scanner.providers.gcp.policies import ABOVE, binding, policy
from tests.scanner.providers.gcp.states import PROJECT, Data, state, value

RUN, FUNCTION, FIRST = "gcp.run.service", "gcp.cloudfunctions.function", "gcp.cloudfunctions.cloud-function"
NAME = f"//run.googleapis.com/{PROJECT}/locations/europe-west2/services/shop"
EVERYBODY = (policy(NAME, binding("roles/run.invoker", "allUsers")), *ABOVE)
NOTE = "run.googleapis.com/ingress"


def older(**annotations: str) -> Data:
    return {"metadata": {"name": "shop", "annotations": annotations}}


def told(kind: str, fact: Any, data: Data, policies: Any = None) -> Any:
    """The value, or why there is none."""
    found = state(kind, fact, data, NAME, policies=policies)
    match found:
        case Known():
            return found.value
        case Inapplicable():
            return None
        case _:
            return found.reason


@pytest.mark.parametrize(
    ("data", "policies", "public"),
    [
        (older(), EVERYBODY, True),
        (older(), ABOVE, False),
        (older(**{NOTE: "all"}), EVERYBODY, True),
        (older(**{NOTE: "internal"}), EVERYBODY, False),
        (older(**{NOTE: "internal"}), None, False),
        (older(**{NOTE: "internal-and-cloud-load-balancing"}), EVERYBODY, Reason.UNDECIDED),
        (older(**{NOTE: "internal-and-cloud-load-balancing"}), ABOVE, False),
        (older(**{NOTE: "sideways"}), EVERYBODY, Reason.SHAPE),
        (older(**{"run.googleapis.com/invoker-iam-disabled": "true"}), ABOVE, True),
        (older(**{"run.googleapis.com/invoker-iam-disabled": "false"}), ABOVE, False),
        (older(), None, Reason.NOT_ASKED),
        ({"ingress": "INGRESS_TRAFFIC_ALL"}, EVERYBODY, True),
        ({"ingress": "INGRESS_TRAFFIC_ALL", "invokerIamDisabled": True}, ABOVE, True),
        ({"ingress": "INGRESS_TRAFFIC_INTERNAL_ONLY", "invokerIamDisabled": True}, ABOVE, False),
        ({"ingress": "INGRESS_TRAFFIC_NONE"}, EVERYBODY, False),
        ({"ingress": "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"}, EVERYBODY, Reason.UNDECIDED),
        ({"ingress": "SIDEWAYS"}, EVERYBODY, Reason.SHAPE),
        ({}, EVERYBODY, Reason.SHAPE),
    ],
)
def test_who_may_call_a_service(data: Data, policies: Any, public: Any) -> None:
    assert told(RUN, Exposure.public, data, policies) is public


def test_services_take_https_alone() -> None:
    assert told(RUN, EncryptionInTransit.plaintext, {}) is False
    assert told(RUN, EncryptionInTransit.minimum_tls, {}) is Reason.NOT_ASKED
    assert told(RUN, EncryptionInTransit.certificate_expires, {}) is None


def test_labels_of_either_form() -> None:
    assert value(RUN, Tagging.tags, {"metadata": {"labels": {"env": "test"}}}) == {"env": "test"}
    assert value(RUN, Tagging.tags, {"labels": {"env": "prod"}}) == {"env": "prod"}


def first(ingress: str = "ALLOW_ALL", level: str | None = None, **more: Any) -> Data:
    return {"httpsTrigger": {"url": "u", "securityLevel": level}, "ingressSettings": ingress, **more}


def second(generation: Any = "GEN_1", ingress: str = "ALLOW_ALL", level: str | None = None, **more: Any) -> Data:
    config = {"ingressSettings": ingress, "securityLevel": level}
    return {"environment": generation, "serviceConfig": config, **more}


@pytest.mark.parametrize(
    ("kind", "data", "policies", "public"),
    [
        (FIRST, first(), EVERYBODY, True),
        (FIRST, first(), ABOVE, False),
        (FIRST, first("ALLOW_INTERNAL_ONLY"), EVERYBODY, False),
        (FIRST, first("ALLOW_INTERNAL_AND_GCLB"), EVERYBODY, Reason.UNDECIDED),
        (FIRST, {"httpsTrigger": {}}, EVERYBODY, Reason.SHAPE),
        (FIRST, {"eventTrigger": {}}, EVERYBODY, None),
        (FUNCTION, second(), EVERYBODY, True),
        (FUNCTION, second(ingress="ALLOW_INTERNAL_ONLY"), EVERYBODY, False),
        (FUNCTION, second(eventTrigger={"eventType": "e"}), EVERYBODY, None),
        (FUNCTION, second("GEN_2"), EVERYBODY, None),
        (FUNCTION, second(None), EVERYBODY, Reason.SHAPE),
    ],
)
def test_who_may_call_a_function(kind: str, data: Data, policies: Any, public: Any) -> None:
    assert told(kind, Exposure.public, data, policies) is public


@pytest.mark.parametrize(
    ("kind", "data", "plaintext"),
    [
        (FIRST, first(), True),
        (FIRST, first(level="SECURE_OPTIONAL"), True),
        (FIRST, first(level="SECURE_ALWAYS"), False),
        (FIRST, first(level="SECURE"), Reason.SHAPE),
        (FIRST, {}, None),
        (FUNCTION, second("GEN_2"), False),
        (FUNCTION, second("GEN_2", eventTrigger={"eventType": "e"}), False),
        (FUNCTION, second(), True),
        (FUNCTION, second(level="SECURE_ALWAYS"), False),
        (FUNCTION, second(eventTrigger={"eventType": "e"}), None),
        (FUNCTION, second("GEN_9"), Reason.SHAPE),
    ],
)
def test_how_a_function_is_called(kind: str, data: Data, plaintext: Any) -> None:
    assert told(kind, EncryptionInTransit.plaintext, data) is plaintext
