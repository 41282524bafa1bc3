"""Secret Manager (https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scanner.facts import (
    Answer,
    Backup,
    EncryptionAtRest,
    Exposure,
    Kind,
    Lineage,
    Location,
    LogStore,
    Node,
    NotKnown,
    Reason,
    Tagging,
    Trust,
    Unknown,
    View,
    always,
    text,
)
from scanner.places import UNPLACED
from scanner.providers.gcp.assets import DATA, PLACE, asset_type, labels, owner, part
from scanner.providers.gcp.iam import SHARED
from scanner.providers.gcp.told import ALWAYS, GOOGLES_API, located

NO_REPLICA = Unknown(Reason.SHAPE, "it tells no replica")


@dataclass(frozen=True, slots=True)
class Form:
    """How replication is told: at which path, and at which pointer below it (or below the data) the key."""

    replication: str
    key: str

    @property
    def automatic(self) -> str:
        """Replicated without any restriction. Either form of replication is there; it never changes."""
        return f"{self.replication}/automatic"

    @property
    def replicas(self) -> str:
        """The places of one that is replicated as the customer says."""
        return f"{self.replication}/userManaged/replicas"

    @property
    def paths(self) -> tuple[str, ...]:
        """What `homes` and `keys` read."""
        keys = (f"{above}/{self.key}" for above in (DATA, self.automatic, f"{self.replicas}/*"))
        return (PLACE, *keys, f"{self.replicas}/*/location")

    def homes(self, view: View) -> Iterator[str]:
        """Its replicas. A regional one is in the place of its name."""
        if _is_regional(view):
            yield view.at(PLACE, located)
        elif view.at(self.automatic, always(True), missing=False):
            yield UNPLACED
        else:
            yield from (each.at("/location", located) for each in self._replicas(view))

    def keys(self, view: View) -> tuple[str, ...]:
        """The key of each replica; Google's own where a configuration names none."""
        if _is_regional(view):
            return (_key(view.at(f"{DATA}/{self.key}", text, missing="provider")),)
        if view.at(self.automatic, always(True), missing=False):
            return (_key(view.at(f"{self.automatic}/{self.key}", text, missing="provider")),)
        return tuple(_key(each.at(f"/{self.key}", text, missing="provider")) for each in self._replicas(view))

    def _replicas(self, view: View) -> tuple[Node, ...]:
        replicas = tuple(view.each(self.replicas))
        if not replicas:
            raise NotKnown(NO_REPLICA)
        return replicas


def _is_regional(view: View) -> bool:
    return bool(view.at(PLACE, part))


def _key(told: str) -> str:
    """The key of a version of it in Cloud KMS."""
    return told.partition("/cryptoKeyVersions/")[0].partition("/versions/")[0]


def _facts(form: Form) -> tuple[Answer, ...]:
    """Where replicas differ, the least control counts."""
    return (
        Location.homes.items(form.homes, *form.paths),
        Location.copies.none("https://cloud.google.com/secret-manager/docs/choosing-replication: its replicas are all"),
        *ALWAYS,
        EncryptionAtRest.owner.by(lambda view: min(map(owner, form.keys(view))), *form.paths),
        EncryptionAtRest.key.by(lambda view: ", ".join(dict.fromkeys(form.keys(view))), *form.paths),
    )


WITHOUT = {
    **GOOGLES_API,
    Backup: "Secret Manager makes no backups; a version is kept until it is destroyed",
    Lineage: "versions are added to a secret, never copied or restored",
    LogStore: "not a store of logs",
}
SECRET = asset_type(
    "gcp.secretmanager.secret",
    "secretmanager.googleapis.com/Secret",
    Kind.DATA,
    (*_facts(Form(f"{DATA}/replication", "customerManagedEncryption/kmsKeyName")), *SHARED, labels()),
    WITHOUT,
)
VERSION = asset_type(
    "gcp.secretmanager.secret-version",
    "secretmanager.googleapis.com/SecretVersion",
    Kind.DATA,
    (
        *_facts(Form(f"{DATA}/replicationStatus", "customerManagedEncryption/kmsKeyVersionName")),
        Tagging.tags.documented({}, "SecretVersion of the Secret Manager API v1 has no labels"),
    ),
    {**WITHOUT, **dict.fromkeys((Exposure, Trust), "access is given to its secret, a resource of its own")},
)
TYPES = (SECRET, VERSION)
