"""Recovery points and what they were made of, as tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from checks.recovery_points import no_orphans
from scanner.facts import Reason, Seen, Source, Unknown

Judge = Callable[..., Mapping[str, object]]
DARK = Unknown(Reason.REFUSED, "dark")
UNKNOWN = {"unknown": ["dark"]}


@pytest.mark.parametrize(
    ("sources", "said"),
    [
        (Seen(), True),
        (Seen((Source("vol-1", exists=True),)), True),
        (Seen((Source("vol-1", exists=False),)), ["vol-1"]),
        (Seen((Source("vol-1", exists=DARK),)), UNKNOWN),
        (Seen((Source("vol-1", exists=DARK), Source("vol-2", exists=False))), ["vol-2"]),
        (DARK, UNKNOWN),
    ],
)
def test_orphans(judge: Judge, sources: object, said: object) -> None:
    assert judge(no_orphans, {}, RecoveryPoint_sources=sources) == {"source": said}
