"""Amazon Keyspaces (for Apache Cassandra): tables.

A table is asked for by its keyspace, so the session lists them one after the other. `cassandra:Select` is the
permission of all of it; on the system keyspaces it shows which tables there are, and on a table its settings, but its
rows too (botocore's model of GetTable). See `scanner.providers.aws.roles`.
"""

from __future__ import annotations

from collections.abc import Iterable

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    Backup,
    Copy,
    CopyKind,
    Duration,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    KeyOwner,
    Kind,
    Lineage,
    Location,
    LogStore,
    NotKnown,
    Origin,
    Plan,
    PlanKind,
    Reason,
    Trust,
    Unknown,
    View,
    text,
)
from scanner.places import aws
from scanner.providers.aws import keys, tagging
from scanner.providers.aws.common import arn_home, origin

GUIDE = "docs.aws.amazon.com/keyspaces/latest/devguide/"
SPACES = "keyspaces:/keyspaces"
REPLICATED = (
    "item:/keyspaceName",
    "item:/resourceArn",
    *(f"{SPACES}/*/{each}" for each in ("keyspaceName", "replicationStrategy", "replicationRegions")),
)
SEVERAL: dict[object, bool] = {"SINGLE_REGION": False, "MULTI_REGION": True}
ENCRYPTION = "table:/encryptionSpecification"
OWNERS: dict[object, KeyOwner] = {
    "AWS_OWNED_KMS_KEY": KeyOwner.PROVIDER,
    "CUSTOMER_MANAGED_KMS_KEY": KeyOwner.CUSTOMER,
}
PITR = "table:/pointInTimeRecovery/status"
RECOVERABLE: dict[object, bool] = {"ENABLED": True, "DISABLED": False}
WINDOW = Duration.of(35)
"""The window cannot be changed (PointInTimeRecovery_HowItWorks.html of the guide)."""
RESTORED = Unknown(Reason.NOT_ASKED, "Keyspaces does not tell from which table a table was restored")
SPACELESS = Unknown(Reason.SHAPE, "the table's keyspace is not listed")


def _replicas(view: View) -> Iterable[tuple[str, str]]:
    """Region and ARN of the table in each other region of its keyspace."""
    name, own = view.at("item:/keyspaceName", text), view.at("item:/resourceArn", text)
    space = next((each for each in view.each(SPACES) if each.at("/keyspaceName", text) == name), None)
    if space is None:
        raise NotKnown(SPACELESS)
    if space.at("/replicationStrategy", SEVERAL):
        for region in (each.at("", text) for each in space.each("/replicationRegions")):
            if region != view.where.region:
                yield region, own.replace(f":{view.where.region}:", f":{region}:", 1)


def _copies(view: View) -> Iterable[Copy]:
    for region, arn in _replicas(view):
        yield Copy(CopyKind.REPLICA, aws(region), arn)


def _origins(view: View) -> Iterable[Origin | Unknown]:
    yield RESTORED
    # Each region takes what is written in the others.
    yield from (origin(arn) for _, arn in _replicas(view))


def _key(view: View) -> str:
    owned = view.at(f"{ENCRYPTION}/type", OWNERS) is KeyOwner.PROVIDER
    return keys.OWNED.key if owned else view.at(f"{ENCRYPTION}/kmsKeyIdentifier", text)


def _plans(view: View) -> Iterable[Plan]:
    if view.at(PITR, RECOVERABLE):
        here, second = (aws(view.where.region),), Duration.of(1, "second")
        yield Plan(PlanKind.CONTINUOUS, WINDOW, second, here, encrypted=True, immutable=False)


TABLE = ResourceType(
    "aws.keyspaces.table",
    "AWS::Cassandra::Table",
    Kind.DATA,
    each=Call("cassandra:Select", "keyspaces.list_tables", items="/tables"),
    id="{/resourceArn}",
    label="/tableName",
    ask={
        # Asked once for a region.
        "keyspaces": Call("cassandra:Select", "keyspaces.list_keyspaces", items="/keyspaces"),
        "table": Call(
            "cassandra:Select",
            "keyspaces.get_table",
            take={"keyspaceName": "/keyspaceName", "tableName": "/tableName"},
        ),
        "tags": tagging.ask("cassandra"),
    },
    facts=(
        Location.homes.one("item:/resourceArn", arn_home),
        Location.copies.items(_copies, *REPLICATED),
        *keys.always(GUIDE + "EncryptionAtRest.html"),
        EncryptionAtRest.owner.at(f"{ENCRYPTION}/type", OWNERS),
        EncryptionAtRest.key.by(_key, f"{ENCRYPTION}/type", f"{ENCRYPTION}/kmsKeyIdentifier"),
        EncryptionInTransit.plaintext.documented(value=False, basis=GUIDE + "encryption-in-transit.html"),
        EncryptionInTransit.minimum_tls.unseen("Keyspaces does not tell its lowest TLS version", Reason.UNDECIDED),
        EncryptionInTransit.certificate_expires.inapplicable("the certificate is that of the service's endpoint"),
        Backup.plans.items(_plans, PITR),
        Lineage.origins.items(_origins, *REPLICATED),
        # Who connects is an identity of IAM; there are no policies of resources.
        Exposure.public.documented(value=False, basis=GUIDE + "security_iam_service-with-iam.html"),
        tagging.answer("item:/resourceArn"),
    ),
    without={LogStore: "not a log store", Trust: "Keyspaces has no policies of resources"},
    unordered=("tags:/ResourceTagMappingList",),
)

TYPES = (TABLE,)
LIMITS = (
    (
        "Keyspaces: a table's settings are told only to who may read its rows as well (cassandra:Select on the table); "
        "the role that is written out does not allow that, and what such settings answer then stays unknown."
    ),
)
