"""Secret Manager (https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets)."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.facts import (
    Backup,
    EncryptionAtRest,
    KeyOwner,
    Kind,
    Lineage,
    Location,
    LogStore,
    NotKnown,
    Reason,
    Unknown,
    View,
    always,
    text,
)
from scanner.places import UNPLACED
from scanner.providers.gcp.assets import DATA, NAME, asset_type, labels, owner
from scanner.providers.gcp.iam import SHARED
from scanner.providers.gcp.told import ALWAYS, GOOGLES_API, located, placed

AUTOMATIC, REPLICAS = f"{DATA}/replication/automatic", f"{DATA}/replication/userManaged/replicas"
KEY = "customerManagedEncryption/kmsKeyName"
OWN_KMS, AUTOMATIC_KMS, REPLICA_KMS = f"{DATA}/{KEY}", f"{AUTOMATIC}/{KEY}", f"{REPLICAS}/*/{KEY}"
NO_REPLICA = Unknown(Reason.SHAPE, "it tells no replica")
PATHS = (NAME, OWN_KMS, AUTOMATIC_KMS, REPLICA_KMS, f"{REPLICAS}/*/location")


def _is_regional(view: View) -> bool:
    return "/locations/" in view.at(NAME, text)


def _is_automatic(view: View) -> bool:
    """Replicated without any restriction. Either form of replication is there; it never changes."""
    return view.at(AUTOMATIC, always(True), missing=False)


def _homes(view: View) -> Iterator[str]:
    if _is_regional(view):
        yield view.at(NAME, placed)
    elif _is_automatic(view):
        yield UNPLACED
    else:
        replicas = tuple(view.each(REPLICAS))
        if not replicas:
            raise NotKnown(NO_REPLICA)
        yield from (each.at("/location", located) for each in replicas)


def _keys(view: View) -> tuple[str, ...]:
    """The key of each replica; Google's own where a configuration names none."""
    if _is_regional(view):
        return (view.at(OWN_KMS, text, missing="provider"),)
    if _is_automatic(view):
        return (view.at(AUTOMATIC_KMS, text, missing="provider"),)
    keys = tuple(each.at(f"/{KEY}", text, missing="provider") for each in view.each(REPLICAS))
    if not keys:
        raise NotKnown(NO_REPLICA)
    return keys


def _owner(view: View) -> KeyOwner:
    """The least control, where replicas differ."""
    return min(map(owner, _keys(view)))


SECRET = asset_type(
    "gcp.secretmanager.secret",
    "secretmanager.googleapis.com/Secret",
    Kind.DATA,
    (
        Location.homes.items(_homes, *PATHS),
        Location.copies.none("https://cloud.google.com/secret-manager/docs/choosing-replication: its replicas are all"),
        *ALWAYS,
        EncryptionAtRest.owner.by(_owner, *PATHS),
        EncryptionAtRest.key.by(lambda view: ", ".join(dict.fromkeys(_keys(view))), *PATHS),
        *SHARED,
        labels(),
    ),
    {
        **GOOGLES_API,
        Backup: "Secret Manager makes no backups; a version is kept until it is destroyed",
        Lineage: "versions are added to a secret, never copied or restored",
        LogStore: "not a store of logs",
    },
)
TYPES = (SECRET,)
