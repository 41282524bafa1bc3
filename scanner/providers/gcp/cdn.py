"""Cloud CDN (https://cloud.google.com/cdn/docs/caching): what load balancers deliver is cached at Google's edges, all
over the world. Of a bucket the cached objects are a copy.
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner.collect.model import Join
from scanner.facts import Copy, CopyKind, View, flag, text
from scanner.places import GLOBAL
from scanner.providers.gcp.assets import joined

ON = "/resource/data/enableCdn"
ASK = {
    "cdn": joined(
        Join("/resource/data/bucketName", {"/resource/data/name": ""}), "compute.googleapis.com/BackendBucket"
    )
}
PATHS = (f"cdn:/assets/*{ON}", "cdn:/assets/*/name")


def cached(view: View) -> Iterator[Copy]:
    """The copies of a bucket at the edges, by the backend buckets that are listed with it. Declare PATHS, ask ASK."""
    for backend in view.each("cdn:/assets"):
        if backend.at(ON, flag, missing=False):
            yield Copy(CopyKind.CDN, GLOBAL, backend.at("/name", text))
