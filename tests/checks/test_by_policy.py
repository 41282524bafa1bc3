"""What can be made by policy, as tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from pydantic import ValidationError

from checks.by_policy import made_in_place, own_key_demanded
from checks.governance import CHECKS
from scanner.facts import Inapplicable, Reason, Seen, Unknown

Judge = Callable[..., Mapping[str, object]]
DARK = Unknown(Reason.REFUSED, "dark")
UNKNOWN = {"unknown": ["dark"]}
LONDON, FRANKFURT, ZURICH = "gcp:europe-west2", "gcp:europe-west3", "gcp:europe-west6"
STORAGE, BIGQUERY = "storage.googleapis.com", "bigquery.googleapis.com"


@pytest.mark.parametrize(
    ("places", "found", "said"),
    [
        (["GB"], Seen((LONDON,)), True),
        (["GB"], Seen((LONDON, FRANKFURT)), [FRANKFURT]),
        (["GB", "EU"], Seen((LONDON, FRANKFURT)), True),
        (["EEA"], Seen((LONDON, FRANKFURT, ZURICH)), [LONDON, ZURICH]),
        ([FRANKFURT], Seen((FRANKFURT,)), True),
        (["EU"], Seen(("gcp:eu",)), True),
        # Nothing may be made anywhere.
        (["GB"], Seen(), True),
        # It may be made anywhere: that is known, and no doubt.
        (["GB"], Seen(("unplaced",)), ["unplaced"]),
        # A fault is told, whatever else could not be seen; without one nothing is shown.
        (["GB"], Seen((FRANKFURT,), (DARK,)), [FRANKFURT]),
        (["GB"], Seen((LONDON,), (DARK,)), UNKNOWN),
        (["GB"], Seen((), (DARK,)), UNKNOWN),
        (["GB"], DARK, UNKNOWN),
        (["GB"], Inapplicable("it is set elsewhere"), "n/a"),
        (
            ["GB"],
            Seen(("global",)),
            {"unknown": ["global data may be anywhere, so it cannot be shown to be in GB"]},
        ),
    ],
)
def test_where_something_new_can_be_made(judge: Judge, places: list[str], found: object, said: object) -> None:
    assert judge(made_in_place, {"places": places}, Defaults_places=found) == {"new resources": said}


def test_that_anywhere_is_allowed_is_said_in_words() -> None:
    from checks.by_policy import _refused
    from tests.checks.conftest import TODAY

    fault = _refused("unplaced", ("GB",), TODAY)
    assert fault is not None
    assert fault.why == "no policy limits the places where something new may be made"


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (Seen((BIGQUERY, STORAGE)), {STORAGE: True, BIGQUERY: True}),
        (Seen((STORAGE,)), {STORAGE: True, BIGQUERY: False}),
        (Seen(), {STORAGE: False, BIGQUERY: False}),
        # Being named is enough, whatever else could not be seen.
        (Seen((STORAGE,), (DARK,)), {STORAGE: True, BIGQUERY: UNKNOWN}),
        (DARK, {STORAGE: UNKNOWN, BIGQUERY: UNKNOWN}),
        (Inapplicable("it is set elsewhere"), {STORAGE: "n/a", BIGQUERY: "n/a"}),
    ],
)
def test_which_services_demand_a_key(judge: Judge, found: object, said: object) -> None:
    assert judge(own_key_demanded, {"services": [STORAGE, BIGQUERY]}, Defaults_own_keys=found) == said


@pytest.mark.parametrize(
    "services", [[], ["storage"], ["*"], ["is:storage.googleapis.com"], ["Storage.googleapis.com"]]
)
def test_a_service_has_a_name(services: list[str]) -> None:
    with pytest.raises(ValidationError):
        own_key_demanded.parameters.model_validate({"services": services})


@pytest.mark.parametrize("places", [[], ["Narnia"], ["unplaced"]])
def test_a_place_is_wanted_that_there_is(places: list[str]) -> None:
    with pytest.raises(ValidationError):
        made_in_place.parameters.model_validate({"places": places})


def test_both_are_installed() -> None:
    assert {made_in_place, own_key_demanded} <= set(CHECKS)
