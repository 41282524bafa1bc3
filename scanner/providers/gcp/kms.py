"""Cloud KMS (https://cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings). Keys hold no data, but a
promise about places may ask where they are.
"""

from __future__ import annotations

from scanner.facts import Kind, Location, Tagging
from scanner.providers.gcp.assets import asset_type, labels
from scanner.providers.gcp.told import HOME

# The multi-regions of Cloud KMS are not those of Cloud Storage: "europe" may be another set than the EU.
PLACE = (
    HOME,
    Location.copies.none("https://cloud.google.com/kms/docs/locations: key material stays in the location of its ring"),
)

KEY_RING = asset_type(
    "gcp.kms.key-ring",
    "cloudkms.googleapis.com/KeyRing",
    Kind.CONFIG,
    (*PLACE, Tagging.tags.documented({}, "KeyRing of the Cloud KMS API v1 has no labels")),
)
KEY = asset_type("gcp.kms.key", "cloudkms.googleapis.com/CryptoKey", Kind.CONFIG, (*PLACE, labels()))
TYPES = (KEY_RING, KEY)
