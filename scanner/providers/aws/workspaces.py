"""Amazon WorkSpaces: personal desktops, with a system volume and a user volume each."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    Backup,
    Copy,
    CopyKind,
    EncryptionInTransit,
    Exposure,
    Kind,
    Lineage,
    Location,
    LogStore,
    Origin,
    Tagging,
    Trust,
    View,
    flag,
    key_values,
    text,
)
from scanner.places import aws
from scanner.providers.aws import keys, subnets
from scanner.providers.aws.common import Scheme, at_rest, origin

# The volumes are those of EBS: AES-256 (docs.aws.amazon.com/workspaces/latest/adminguide/encrypt-workspaces.html).
VOLUMES = ("item:/RootVolumeEncryptionEnabled", "item:/UserVolumeEncryptionEnabled")
NAMED = "item:/VolumeEncryptionKey"
RELATED = "item:/RelatedWorkspaces"
SUBNET = "item:/SubnetId"


def _homes(view: View) -> Iterable[str]:
    return subnets.places(view, (view.at(SUBNET, text),))


def _scheme(view: View) -> Scheme:
    encrypted = [view.at(volume, flag) for volume in VOLUMES]
    return Scheme.KMS if all(encrypted) else Scheme.NONE


def _related(view: View, kind: str) -> Iterable[tuple[str, str]]:
    """The region and ARN of each related desktop of a kind: a standby one, or the primary one."""
    for each in view.each(RELATED, missing=True):
        if each.at("/Type", text) == kind:
            region, name = each.at("/Region", text), each.at("/WorkspaceId", text)
            yield region, f"arn:{view.where.partition}:workspaces:{region}:{view.where.account}:workspace/{name}"


def _copies(view: View) -> Iterable[Copy]:
    for region, ref in _related(view, "STANDBY"):
        yield Copy(CopyKind.REPLICA, aws(region), ref)


def _origins(view: View) -> Iterable[Origin]:
    for _, ref in _related(view, "PRIMARY"):
        yield origin(ref)


WORKSPACE = ResourceType(
    "aws.workspaces.workspace",
    "AWS::WorkSpaces::Workspace",
    Kind.DATA,
    each=Call("workspaces:DescribeWorkspaces", "workspaces.describe_workspaces", items="/Workspaces"),
    id="arn:{@partition}:workspaces:{@region}:{@account}:workspace/{/WorkspaceId}",
    # Not its user's name, which is a person's.
    label="/WorkspaceId",
    ask={
        "key": keys.ask("/VolumeEncryptionKey"),
        "subnets": subnets.ASK,
        "tags": Call("workspaces:DescribeTags", "workspaces.describe_tags", take={"ResourceId": "/WorkspaceId"}),
    },
    facts=(
        Location.homes.items(_homes, SUBNET, *subnets.PATHS),
        Location.copies.items(_copies, *(f"{RELATED}/*/{field}" for field in ("Type", "Region", "WorkspaceId"))),
        *at_rest(_scheme, *VOLUMES, named=NAMED),
        EncryptionInTransit.plaintext.unseen("the streaming protocol of the desktop is not read yet"),
        EncryptionInTransit.minimum_tls.unseen("the streaming protocol of the desktop is not read yet"),
        EncryptionInTransit.certificate_expires.inapplicable("the certificate is that of the service's endpoint"),
        Backup.plans.gap("the service's own snapshots are not read yet"),
        Lineage.origins.items(_origins, *(f"{RELATED}/*/{field}" for field in ("Type", "Region", "WorkspaceId"))),
        Exposure.public.unseen("IP access control groups of its directory are not read yet"),
        Tagging.tags.at("tags:/TagList", key_values, missing={}),
    ),
    without={LogStore: "not a log store", Trust: "a desktop is for one user of its directory, and cannot be shared"},
    unordered=("tags:/TagList",),
)

TYPES = (WORKSPACE,)
