"""Firewall rules: which of them let in the whole Internet."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import Exposure, Reason
from tests.scanner.providers.gcp.states import Data, reason, value

RULE = "gcp.compute.firewall"
WEB = [{"IPProtocol": "tcp", "ports": ["443"]}]


def rule(*ranges: str, **more: Any) -> Data:
    return {"direction": "INGRESS", "disabled": False, "allowed": WEB, "sourceRanges": list(ranges), **more}


@pytest.mark.parametrize(
    ("data", "public"),
    [
        (rule("0.0.0.0/0"), True),
        (rule("::/0"), True),
        (rule("2000::/3"), True),
        (rule("10.0.0.0/8", "::/0"), True),
        (rule("0.0.0.0/1", "128.0.0.0/1"), True),
        (rule("203.0.113.0/24", "2001:db8::/32"), False),
        (rule("fc00::/7"), False),
        (rule("0.0.0.0/0", disabled=True), False),
        (rule("0.0.0.0/0", direction="EGRESS"), False),
        (rule("0.0.0.0/0", allowed=None, denied=WEB), False),
        (rule("0.0.0.0/0", direction=None, disabled=None), True),
        (rule(), True),
        (rule(sourceTags=["web"]), False),
        (rule(sourceServiceAccounts=["app@acme-prod.iam.gserviceaccount.com"]), False),
        (rule("0.0.0.0/0", sourceTags=["web"]), True),
    ],
)
def test_who_is_let_in(data: Data, public: bool) -> None:
    assert value(RULE, Exposure.public, data) is public


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (rule("2600::/8"), Reason.UNDECIDED),
        (rule("64.0.0.0/6"), Reason.UNDECIDED),
        (rule("everywhere"), Reason.SHAPE),
        (rule("0.0.0.0/0", direction="SIDEWAYS"), Reason.SHAPE),
        (rule("0.0.0.0/0", disabled="no"), Reason.SHAPE),
        (rule("0.0.0.0/0", allowed="tcp"), Reason.SHAPE),
        (rule(sourceRanges="0.0.0.0/0"), Reason.SHAPE),
    ],
)
def test_who_may_be_let_in(data: Data, why: Reason) -> None:
    assert reason(RULE, Exposure.public, data) is why
