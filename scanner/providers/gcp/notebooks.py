"""Workbench instances (https://cloud.google.com/vertex-ai/docs/workbench/reference/rest/v2/projects.locations.instances)."""

from __future__ import annotations

from collections.abc import Mapping

from scanner.facts import (
    Backup,
    EncryptionAtRest,
    Exposure,
    Kind,
    Lineage,
    Location,
    NotKnown,
    Reason,
    Unknown,
    View,
    flag,
    text,
)
from scanner.providers.gcp.assets import DATA, asset_type, labels, owner
from scanner.providers.gcp.iam import PATHS, TRUST, public
from scanner.providers.gcp.told import ALWAYS, GOOGLES_API, HOME, NO_LOGS

BOOT, INSIDE = f"{DATA}/gceSetup/bootDisk", f"{DATA}/gceSetup/disablePublicIp"
KEY, METHOD = f"{BOOT}/kmsKey", f"{BOOT}/diskEncryption"
METHODS: Mapping[object, bool] = {"GMEK": False, "CMEK": True}
ON_DISKS = "its disks hold the data, and are resources of their own"
ADDRESS = Unknown(Reason.UNDECIDED, "its machine has a public address; firewall rules decide who reaches it")


def _key(view: View) -> str:
    """The key counts only with the method CMEK; the method defaults to Google's keys (API model)."""
    return view.at(KEY, text) if view.at(METHOD, METHODS, missing=False) else "provider"


def _public(view: View) -> bool:
    """Google's proxy lets in those who have a right. The machine itself has a public address unless it is disabled."""
    if public(view):
        return True
    if not view.at(INSIDE, flag, missing=False):
        raise NotKnown(ADDRESS)
    return False


INSTANCE = asset_type(
    "gcp.notebooks.instance",
    "notebooks.googleapis.com/Instance",
    Kind.DATA,
    (
        HOME,
        Location.copies.none("https://cloud.google.com/vertex-ai/docs/workbench/instances: a machine in one zone"),
        *ALWAYS,
        EncryptionAtRest.owner.by(lambda view: owner(_key(view)), KEY, METHOD),
        EncryptionAtRest.key.by(_key, KEY, METHOD),
        Exposure.public.by(_public, INSIDE, *PATHS),
        TRUST,
        labels(),
    ),
    {**GOOGLES_API, **NO_LOGS, Backup: ON_DISKS, Lineage: ON_DISKS},
)
TYPES = (INSTANCE,)
