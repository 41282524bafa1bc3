"""From a cloud's word for a location to the id of a place."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.places import Place, aws, azure, gcp, nearest, place, places

WORDS = st.one_of(
    st.text(),
    st.from_regex(
        r"(projects/)?[a-z]{0,9}/?(zones|regions|locations)?/?(aws|azure|gcp)?:?[a-z]{2}-[a-z]{4,9}-?[0-9]-?[a-z]?"
    ),
    st.sampled_from([found.id.partition(":")[2] for found in places()]).map(str.upper),
)
NORMALISERS: tuple[Callable[[str], str], ...] = (aws, azure, gcp)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("eu-west-2", "aws:eu-west-2"),
        (" EU-WEST-2 ", "aws:eu-west-2"),
        ("aws:eu-west-2", "aws:eu-west-2"),
        ("eu-west-1a", "aws:eu-west-1"),
        ("us-gov-west-1b", "aws:us-gov-west-1"),
        ("eu-central-1-ist-1", "aws:eu-central-1-ist-1"),
        ("eu-central-1-ist-1a", "aws:eu-central-1-ist-1"),
        ("eu-west-3-wl1-cmn1", "aws:eu-west-3-wl1-cmn1"),
        ("eu-west-3-wl1-cmn-wlz-1", "aws:eu-west-3-wl1-cmn1"),
        ("eu-west-3-wl1-cmnwlz1", "aws:eu-west-3-wl1-cmn1"),
        ("eu-west-3-wl1-cmn-1", "aws:eu-west-3-wl1-cmn1"),
        ("us-west-2-lax-1a", "aws:us-west-2-lax-1a"),
        ("us-east-1-wl1-bos-wlz-1", "aws:us-east-1-wl1-bos-wlz-1"),
        ("eu-west-1ab", "aws:eu-west-1ab"),
        ("global", "global"),
        ("aws:global", "global"),
        ("eu-atlantis-1", "aws:eu-atlantis-1"),
        ("", "aws:"),
    ],
)
def test_aws(word: str, expected: str) -> None:
    assert aws(word) == expected


@pytest.mark.parametrize("word", ["us-west-2-lax-1a", "us-east-1-wl1-bos-wlz-1", "euw1-az1", "eu-west-99"])
def test_an_unlisted_zone_is_not_taken_for_its_region(word: str) -> None:
    assert place(aws(word)) is None


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("UK South", "azure:uksouth"),
        ("uksouth", "azure:uksouth"),
        ("UKSouth", "azure:uksouth"),
        ("azure:uksouth", "azure:uksouth"),
        ("Global", "global"),
        ("Atlantis", "azure:atlantis"),
        ("unplaced", "azure:unplaced"),
    ],
)
def test_azure(word: str, expected: str) -> None:
    assert azure(word) == expected


@pytest.mark.parametrize("found", [one for one in places() if one.provider == "azure"], ids=lambda one: one.id)
def test_every_display_name_of_azure_gives_its_region(found: Place) -> None:
    assert azure(found.name) == found.id


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("europe-west2", "gcp:europe-west2"),
        ("EUROPE-WEST2", "gcp:europe-west2"),
        ("europe-west2-b", "gcp:europe-west2"),
        ("europe-west2-bb", "gcp:europe-west2-bb"),
        ("EU", "gcp:eu"),
        ("EUR4", "gcp:eur4"),
        (" EU ", "gcp:eu"),
        ("gcp:eur4", "gcp:eur4"),
        ("global", "global"),
        ("projects/p/locations/global", "global"),
        ("https://www.googleapis.com/compute/v1/projects/p/zones/europe-west2-b", "gcp:europe-west2"),
        ("https://www.googleapis.com/compute/v1/projects/p/regions/europe-west2", "gcp:europe-west2"),
        ("projects/p/locations/europe-west3/keyRings/zones/cryptoKeys/k", "gcp:europe-west3"),
        ("projects/regions/locations/us-east1", "gcp:us-east1"),
        ("projects/p/locations/europe-west3/projects/q/zones/us-east1-b", "gcp:europe-west3"),
        ("organizations/1/locations/eu", "gcp:eu"),
        ("folders/1/locations/us", "gcp:us"),
        ("billingAccounts/1/locations/us", "gcp:us"),
        ("zones/europe-west2-b", "gcp:europe-west2"),
        ("atlantis-west1-b", "gcp:atlantis-west1-b"),
        ("projects/p/global/networks/n", "gcp:projects/p/global/networks/n"),
        ("myzones/europe-west2", "gcp:myzones/europe-west2"),
    ],
)
def test_gcp(word: str, expected: str) -> None:
    assert gcp(word) == expected


@pytest.mark.parametrize("normalise", NORMALISERS, ids=lambda one: one.__name__)
@given(word=WORDS)
def test_total_and_idempotent(normalise: Callable[[str], str], word: str) -> None:
    once = normalise(word)
    assert normalise(once) == once
    assert once == "global" or once.startswith(f"{normalise.__name__}:")


@pytest.mark.parametrize("found", list(places()), ids=lambda one: one.id)
def test_every_place_keeps_its_id(found: Place) -> None:
    place_id = found.id
    provider, _, word = place_id.partition(":")
    normalise = {"aws": aws, "azure": azure, "gcp": gcp}[provider]
    assert normalise(word.upper()) == place_id


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("azure:uksuoth", "azure:uksouth"),
        ("eea", "EEA"),
        ("AZURE:UKSUOTH", "azure:uksouth"),
        ("xyzzy", None),
        ("", None),
        ("e" * 100_000, None),
    ],
)
def test_nearest(word: str, expected: str | None) -> None:
    assert nearest(word, ["azure:uksouth", "EEA"]) == expected


def test_nearest_of_nothing() -> None:
    assert nearest("EEA", []) is None
