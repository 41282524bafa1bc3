"""Amazon Athena: workgroups. They keep the history of queries, and results where Athena manages them; other results go
to a bucket.

Each account has the workgroup `primary` in each region, used or not. One in which nothing was queried within the 45
days of the history (botocore's model of ListQueryExecutions) keeps nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    AtRest,
    Backup,
    Copy,
    CopyKind,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Inapplicable,
    KeyOwner,
    Kind,
    Lineage,
    Location,
    LogStore,
    NotApplicable,
    NotKnown,
    Reason,
    Tls,
    Trust,
    Unknown,
    View,
    flag,
    text,
)
from scanner.places import aws
from scanner.providers.aws import keys, tagging
from scanner.providers.aws.common import MANAGERS, arn_here, bucket_in

GUIDE = "docs.aws.amazon.com/athena/latest/ug/"
SETTINGS = "group:/WorkGroup/Configuration"
RESULTS, MANAGED = f"{SETTINGS}/ResultConfiguration", f"{SETTINGS}/ManagedQueryResultsConfiguration"
OUTPUT, FORM, NAMED = (
    f"{RESULTS}/{each}"
    for each in ("OutputLocation", "EncryptionConfiguration/EncryptionOption", "EncryptionConfiguration/KmsKey")
)
OWN = f"{MANAGED}/EncryptionConfiguration/KmsKey"
ENFORCED = f"{SETTINGS}/EnforceWorkGroupConfiguration"
LOGS = f"{SETTINGS}/MonitoringConfiguration"
TO_GROUP, TO_BUCKET = f"{LOGS}/CloudWatchLoggingConfiguration", f"{LOGS}/S3LoggingConfiguration"
LOG_GROUP = f"{TO_GROUP}/LogGroup"
LOG_BUCKET = f"{TO_BUCKET}/LogLocation"
ENGINE = f"{SETTINGS}/EngineVersion/EffectiveEngineVersion"
# "Athena engine version 3" is SQL's, "PySpark engine version 3" one of Spark's, whose sessions are no queries.
SQL = "Athena engine version"
BY_KMS: dict[object, bool] = {"SSE_S3": False, "SSE_KMS": True, "CSE_KMS": True}
UNUSED = Inapplicable("nothing was queried in it within the 45 days of its history, so that it keeps nothing")
PLACELESS = Unknown(Reason.NOT_ASKED, "the workgroup names the bucket, not its region")
CHOSEN = Unknown(Reason.UNDECIDED, "its settings are not enforced: who queries may choose where results go, and how")
AS_BUCKET = Unknown(Reason.UNDECIDED, "results are encrypted as their bucket is, which answers for itself")
USED = (ENGINE, "queries:/QueryExecutionIds")


def _used(view: View) -> None:
    """Raises NotApplicable where it keeps nothing."""
    if not view.at(ENGINE, text).startswith(SQL):
        return
    if not any(True for _ in view.each("queries:/QueryExecutionIds")):
        raise NotApplicable(UNUSED)


def _homes(view: View) -> Iterable[str]:
    _used(view)
    yield aws(view.where.region)


def _copies(view: View) -> Iterable[Copy | Unknown]:
    _used(view)
    output = view.at(OUTPUT, bucket_in, missing=None)
    if output:
        yield Copy(CopyKind.REPLICA, PLACELESS, f"arn:{view.where.partition}:s3:::{output}")
    # Only a workgroup that logs are set up for has the settings of logs.
    if view.at(f"{TO_GROUP}/Enabled", flag, missing=False):
        group = view.at(LOG_GROUP, text)
        yield Copy(CopyKind.LOG_SINK, aws(view.where.region), arn_here(view, "logs", f"log-group:{group}"))
    if view.at(f"{TO_BUCKET}/Enabled", flag, missing=False):
        ref = f"arn:{view.where.partition}:s3:::{view.at(LOG_BUCKET, bucket_in)}"
        yield Copy(CopyKind.LOG_SINK, PLACELESS, ref)
    if not _is_managed(view) and not view.at(ENFORCED, flag):
        yield CHOSEN


def _is_managed(view: View) -> bool:
    # The default is false (botocore's model of ManagedQueryResultsConfiguration).
    return view.at(f"{MANAGED}/Enabled", flag, missing=False)


def _kms(view: View) -> str | None:
    """The KMS key of results; None where they are encrypted by a service's own. Raises NotKnown where the workgroup
    does not settle how they are encrypted.
    """
    _used(view)
    if _is_managed(view):
        # Without a key it is one that Athena owns (encrypting-managed-results.html of the guide).
        return view.at(OWN, text, missing=None)
    if not view.at(ENFORCED, flag):
        raise NotKnown(CHOSEN)
    by_kms = view.at(FORM, BY_KMS, missing=None)
    if by_kms is None:
        raise NotKnown(AS_BUCKET)
    return view.at(NAMED, text) if by_kms else None


def _state(view: View) -> AtRest:
    _kms(view)
    return AtRest.ENCRYPTED


def _ciphers(view: View) -> frozenset[str]:
    _kms(view)
    raise NotKnown(Unknown(Reason.UNDECIDED, "Athena does not tell which cipher is used"))


def _owner(view: View) -> KeyOwner:
    if _kms(view) is None:
        return KeyOwner.PROVIDER
    return view.at(f"{'own' if _is_managed(view) else 'key'}:/KeyMetadata/KeyManager", MANAGERS)


def _key(view: View) -> str:
    return _kms(view) or "provider"


SEALED = (*USED, f"{MANAGED}/Enabled", OWN, ENFORCED, FORM, NAMED)

WORK_GROUP = ResourceType(
    "aws.athena.workgroup",
    "AWS::Athena::WorkGroup",
    Kind.DATA,
    each=Call("athena:ListWorkGroups", "athena.list_work_groups", items="/WorkGroups"),
    id="arn:{@partition}:athena:{@region}:{@account}:workgroup/{/Name}",
    label="/Name",
    ask={
        "group": Call("athena:GetWorkGroup", "athena.get_work_group", take={"WorkGroup": "/Name"}),
        # One query is enough: no further page is read.
        "queries": Call(
            "athena:ListQueryExecutions",
            "athena.list_query_executions",
            items="/QueryExecutionIds",
            give={"MaxResults": 1},
            take={"WorkGroup": "/Name"},
        ),
        "key": keys.ask(NAMED.partition(":")[2], follows="group"),
        "own": keys.ask(OWN.partition(":")[2], follows="group"),
        "tags": tagging.ask("athena:workgroup"),
    },
    facts=(
        Location.homes.items(_homes, *USED),
        Location.copies.items(
            _copies,
            *USED,
            OUTPUT,
            f"{TO_GROUP}/Enabled",
            LOG_GROUP,
            f"{TO_BUCKET}/Enabled",
            LOG_BUCKET,
            f"{MANAGED}/Enabled",
            ENFORCED,
        ),
        EncryptionAtRest.state.by(_state, *SEALED),
        EncryptionAtRest.algorithms.by(_ciphers, *SEALED),
        EncryptionAtRest.owner.by(_owner, *SEALED, keys.MANAGER, "own:/KeyMetadata/KeyManager"),
        EncryptionAtRest.key.by(_key, *SEALED),
        EncryptionInTransit.plaintext.documented(value=False, basis=GUIDE + "encryption-in-transit.html"),
        EncryptionInTransit.minimum_tls.documented(Tls.V1_2, GUIDE + "security-infrastructure.html"),
        EncryptionInTransit.certificate_expires.inapplicable("the certificate is that of the service's endpoint"),
        Lineage.origins.gap("what was queried is told by each query only, and not read"),
        # Only identities that are allowed to may query; a workgroup has no policy of its own.
        Exposure.public.documented(value=False, basis=GUIDE + "security-iam-athena.html"),
        tagging.answer_of(
            lambda view: arn_here(view, "athena", f"workgroup/{view.at('item:/Name', text)}"), "item:/Name"
        ),
    ),
    without={
        Backup: "neither Athena nor AWS Backup makes backups of the history of queries",
        LogStore: "not a log store",
        Trust: "no policy can be attached to a workgroup; only identities of its own account query in it",
    },
)

TYPES = (WORK_GROUP,)
LIMITS = (
    "Athena: how the text of queries in the history is encrypted is not documented; results are what is told of.",
)
