"""Where data may be: regions of the clouds, their countries, and the zones of law they belong to.

A place is named by a string: ``aws:eu-west-2``, ``azure:uksouth``, ``gcp:eur4``, ``country:GB``, or one of
``global`` and ``unplaced``. What the tables do not know with enough confidence has no country, and is never
said to be inside or outside anything.
"""

from __future__ import annotations

from scanner.places.judgement import ZONES, Judgement, Standing, standing, standing_any, validate_wanted
from scanner.places.law import Decision, country_codes, decisions, members_of
from scanner.places.load import tables
from scanner.places.names import aws, azure, gcp, nearest
from scanner.places.table import GLOBAL, UNPLACED, Kind, Partition, Place, countries_of, partitions, place, places

__all__ = [
    "GLOBAL",
    "UNPLACED",
    "ZONES",
    "Decision",
    "Judgement",
    "Kind",
    "Partition",
    "Place",
    "Standing",
    "aws",
    "azure",
    "countries_of",
    "country_codes",
    "decisions",
    "gcp",
    "members_of",
    "nearest",
    "partitions",
    "place",
    "places",
    "standing",
    "standing_any",
    "tables",
    "validate_wanted",
]
