"""From the replies of the Transfer Family to facts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from scanner.facts import (
    EncryptionInTransit,
    Exposure,
    Inapplicable,
    Location,
    Reason,
    Tagging,
)
from scanner.providers.aws.transfer import SERVER
from tests.scanner.providers.aws.states import REFUSED, copies, told

FILES = {
    "Arn": "arn:aws:transfer:eu-west-2:111111111111:server/s-1",
    "ServerId": "s-1",
    "IdentityProviderType": "SERVICE_MANAGED",
}
EXPIRY = {"Certificate": {"NotAfter": "2027-01-01T00:00:00+00:00"}}


def _server(**fields: object) -> dict[str, Any]:
    return {"server": {"Server": fields}, "certificate": EXPIRY}


@pytest.mark.parametrize(
    ("protocols", "plaintext", "lowest", "expires"),
    [
        (["SFTP"], False, Inapplicable, Inapplicable),
        (["SFTP", "FTPS"], False, Reason.UNDECIDED, datetime(2027, 1, 1, tzinfo=UTC)),
        (["SFTP", "FTP"], True, Inapplicable, Inapplicable),
        (["AS2"], True, Inapplicable, Inapplicable),
        (["NEW"], Reason.SHAPE, Inapplicable, Inapplicable),
        (["FTP", "NEW"], True, Inapplicable, Inapplicable),
        (None, Reason.SHAPE, Reason.SHAPE, Reason.SHAPE),
    ],
)
def test_a_server_in_transit(protocols: object, plaintext: object, lowest: object, expires: object) -> None:
    replies = _server(Protocols=protocols)
    assert told(SERVER, EncryptionInTransit.plaintext, FILES, replies) == plaintext
    assert told(SERVER, EncryptionInTransit.minimum_tls, FILES, replies) == lowest
    assert told(SERVER, EncryptionInTransit.certificate_expires, FILES, replies) == expires


@pytest.mark.parametrize(
    ("endpoint", "addresses", "users", "public"),
    [
        ("PUBLIC", None, "SERVICE_MANAGED", False),
        ("PUBLIC", None, "AWS_DIRECTORY_SERVICE", False),
        ("PUBLIC", None, "AWS_LAMBDA", Reason.UNDECIDED),
        ("PUBLIC", None, "API_GATEWAY", Reason.UNDECIDED),
        ("VPC", ["eipalloc-1"], "AWS_LAMBDA", Reason.UNDECIDED),
        ("VPC", [], "AWS_LAMBDA", False),
        ("VPC", None, "AWS_LAMBDA", False),
        ("VPC_ENDPOINT", None, "AWS_LAMBDA", False),
        ("PUBLIC", None, "odd", Reason.SHAPE),
        ("odd", None, "SERVICE_MANAGED", Reason.SHAPE),
        (None, None, "SERVICE_MANAGED", Reason.SHAPE),
    ],
)
def test_a_server_lets_in_its_users(endpoint: object, addresses: object, users: str, public: object) -> None:
    replies = _server(EndpointType=endpoint, EndpointDetails={"AddressAllocationIds": addresses})
    assert told(SERVER, Exposure.public, {**FILES, "IdentityProviderType": users}, replies) == public
    assert told(SERVER, Exposure.public, FILES, {"server": REFUSED}) is Reason.REFUSED


OWN = "arn:aws:logs:eu-west-2:111111111111:log-group:/aws/transfer/s-1"
OTHER = "arn:aws:logs:eu-west-2:111111111111:log-group:files"
ROLE = "arn:aws:iam::111111111111:role/transfer"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, []),
        ({"LoggingRole": ROLE}, [("log-sink", "aws:eu-west-2", OWN)]),
        ({"StructuredLogDestinations": [f"{OTHER}:*"]}, [("log-sink", "aws:eu-west-2", OTHER)]),
        (
            {"StructuredLogDestinations": [f"{OTHER}:*"], "LoggingRole": ROLE},
            [("log-sink", "aws:eu-west-2", OTHER)],
        ),
        ({"StructuredLogDestinations": "all"}, [Reason.SHAPE]),
        ({"StructuredLogDestinations": ["files"]}, [Reason.SHAPE]),
    ],
)
def test_logs_of_a_server(fields: dict[str, object], expected: object) -> None:
    assert copies(SERVER, Location.copies, FILES, _server(**fields)) == expected
    assert told(SERVER, Location.homes, FILES) == ["aws:eu-west-2"]


def test_tags_of_a_server() -> None:
    tags = [{"Key": "env", "Value": "prod"}]
    assert told(SERVER, Tagging.tags, FILES, _server(Tags=tags)) == {"env": "prod"}
    assert told(SERVER, Tagging.tags, FILES, _server()) is Reason.SHAPE
