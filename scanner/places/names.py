"""From what the clouds write for a location to the id of a place.

None of these raises, and none guesses: a location that nobody knows becomes an id that ``place`` does not know.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from scanner.places.table import GLOBAL, place

_SCOPED = re.compile(
    r"(?:^|/)(?:projects|folders|organizations|billingaccounts)/[^/]+/(?:zones|regions|locations)/([^/]+)"
    r"|^(?:zones|regions|locations)/([^/]+)$"
)


def aws(region_or_zone: str) -> str:
    """Return the place id of an AWS region, availability zone, local zone or Wavelength zone.

    An availability zone gives its region. A local or Wavelength zone gives its own group, since it may be in another
    country than its region; one that is not in the table stays as it is, so that it is not taken for its region.
    """
    word = region_or_zone.strip().lower().removeprefix("aws:")
    unlettered = re.sub(r"(?<=[0-9])[a-z]$", "", word)
    wavelength = re.sub(r"(-wl[0-9]+-[a-z]{3})-?(?:wlz-?)?([0-9]+)$", r"\1\2", word)
    return _first_known("aws", word, unlettered, wavelength)


def azure(location: str) -> str:
    """Return the place id of an Azure location, from its name (``uksouth``) or its display name (``UK South``)."""
    return _first_known("azure", "".join(location.lower().split()).removeprefix("azure:"))


def gcp(location: str) -> str:
    """Return the place id of a GCP location: a region, a zone (gives its region), a multi-region, or a URL of these.

    Multi- and dual-regions are those of Cloud Storage, BigQuery and Firestore. A Spanner configuration or a Cloud KMS
    location of the same name may be another set: for Spanner, read the locations of the replicas instead.
    """
    word = location.strip().lower().removeprefix("gcp:")
    if scoped := _SCOPED.search(word):
        word = scoped[1] or scoped[2]
    return _first_known("gcp", word, re.sub(r"(?<=[0-9])-[a-z]$", "", word))


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate most like a word, for a message about a mistake; None where none is like it."""
    lower = {candidate.lower(): candidate for candidate in candidates}
    # The comparison takes time with the square of the length, and the word may come from anyone.
    found = difflib.get_close_matches(word[:100].lower(), lower, n=1)
    return lower[found[0]] if found else None


def _first_known(provider: str, *words: str) -> str:
    if words[0] == GLOBAL:
        return GLOBAL
    ids = [f"{provider}:{word}" for word in words]
    return next((found for found in ids if place(found)), ids[0])
