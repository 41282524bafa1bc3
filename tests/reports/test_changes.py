"""What merely follows from another change is not told apart."""

from __future__ import annotations

import pytest

from reports.changes import notable
from reports.document import Cause, Change


@pytest.mark.parametrize(
    ("what", "change", "before", "after", "told"),
    [
        ("finding", "appeared", None, "pass", False),
        ("finding", "appeared", None, "not_applicable", False),
        ("finding", "appeared", None, "fail", True),
        ("finding", "disappeared", "unknown", None, True),
        ("finding", "disappeared", "pass", None, False),
        ("finding", "changed", "fail", "pass", True),
        ("resource", "appeared", None, None, True),
        ("fact", "changed", {"a": 1}, ["b"], True),
    ],
)
def test_notable(what: str, change: str, before: object, after: object, told: bool) -> None:
    values = {"what": what, "subject": "s", "label": "l", "cause": Cause.RESOURCE, "change": change}
    made = Change.model_validate({**values, "before": before, "after": after})
    assert (made in notable([made])) is told
