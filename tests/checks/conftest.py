"""How the tables of the checks are judged: the conditions of one resource, each with what it said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import pytest

from checks.check import Check, Fault
from scanner.facts import Inapplicable, Known, NotApplicable, NotKnown, State, Unknown, recording

TODAY = date(2026, 7, 1)
Said = Mapping[str, object]
Judge = Callable[..., Said]


def _said(judge: Callable[[], object]) -> object:
    """True or False; "n/a"; the values of the faults, sorted; or, without faults, the details of the unknowns."""
    with recording() as reads:
        try:
            outcome = judge()
            if isinstance(outcome, bool):
                return outcome
            found = list(outcome)  # type: ignore[call-overload] # an outcome is a bool or can be iterated
        except NotApplicable:
            return "n/a"
        except NotKnown as error:
            found = [error.unknown]
    faults = sorted(each.value for each in found if isinstance(each, Fault))
    unknowns = [each.detail for each in (*found, *reads.unknowns) if isinstance(each, Unknown)]
    if faults:
        return faults
    return {"unknown": sorted(set(unknowns))} if unknowns else True


@pytest.fixture
def judge() -> Judge:
    """Judge a resource with these facts: a state, or a value that is known."""

    def judged(check: Check, with_: Mapping[str, object], today: date = TODAY, **facts: object) -> Said:
        states: dict[str, State] = {
            f"{name.replace('_', '.', 1)}": fact if isinstance(fact, Known | Unknown | Inapplicable) else Known(fact)
            for name, fact in facts.items()
        }
        want = check.parameters.model_validate(with_)
        return {name: _said(ask) for name, ask in check.conditions(lambda kind: kind(states), want, today)}

    return judged
