"""What a plan of AWS Backup covers: the resources that its selections choose by ARN and by tag.

A plan covers resources of its own account and region. A selection takes what one of its `Resources` or one of its
`ListOfTags` is like, that meets all its `Conditions` and is none of its `NotResources`; where it names neither of the
first two, everything (botocore's model of BackupSelection, and the examples of
repost.aws/knowledge-center/backup-assign-resources). Whether AWS Backup takes what is chosen by tags alone, by "*" or
by a whole service is a matter of the services that the region has opted in to; what is chosen by its type, or by its
own ARN, is taken anyhow, but for types that services share
(docs.aws.amazon.com/aws-backup/latest/devguide/assigning-resources-json.html).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from scanner.collect.model import Call
from scanner.facts import JSON, Cover, Node, NotKnown, Plan, PlanKind, Reason, Unknown, View, flag, text, texts
from scanner.providers.aws import apart
from scanner.providers.aws.common import parts, plain

BY_BACKUP = ("aws.backup.plan",)
"""The types whose covers tell what AWS Backup protects."""
BY_LIFECYCLE = ("aws.dlm.policy",)
"""The types whose covers tell what Data Lifecycle Manager protects."""
PROTECTED: Mapping[str, tuple[str, ...]] = {
    # Nothing tells whether elastic clusters are among what is backed up.
    "aws.docdb-elastic.cluster": ("DocumentDB", "elastic clusters"),
    "aws.docdb.cluster": ("DocumentDB",),
    "aws.dynamodb.table": ("DynamoDB",),
    "aws.ec2.volume": ("EBS",),
    "aws.efs.file-system": ("EFS",),
    "aws.eks.cluster": ("EKS",),
    "aws.fsx.file-system": ("FSx",),
    "aws.neptune.cluster": ("Neptune",),
    "aws.rds.cluster": ("Aurora", "RDS"),
    "aws.rds.instance": ("RDS",),
    "aws.redshift-serverless.namespace": ("Redshift Serverless",),
    "aws.redshift.cluster": ("Redshift",),
    "aws.s3.bucket": ("S3",),
    "aws.storage-gateway.volume": ("Storage Gateway",),
    "aws.timestream.table": ("Timestream",),
}
"""The types that AWS Backup protects, each with the services of the opt-in settings that may have it."""
CONTINUOUS = frozenset({"aws.rds.cluster", "aws.rds.instance", "aws.s3.bucket"})
"""The types that can have continuous backups
(docs.aws.amazon.com/aws-backup/latest/devguide/point-in-time-recovery.html).
"""
SHARED = frozenset({"Aurora", "DocumentDB", "FSx", "Neptune"})
"""Services whose ARNs have the form of another's: the opt-in settings hold for them however they are chosen."""
TAG = "aws:ResourceTag/"
KEPT = (("StringEquals", True), ("StringLike", True), ("StringNotEquals", False), ("StringNotLike", False))
"""The operators of conditions, and whether the tag must match."""
EVERYTHING = ("*",)
VOLUMES = ("arn:*:volume/*",)
UNSETTLED = Unknown(Reason.UNDECIDED, "AWS Backup chooses it, but the region's settings leave open whether it is taken")
BOTH_TAGS = Unknown(Reason.UNDECIDED, "AWS Backup chooses by two lists of tags; how these add up is not documented")
UNTAGGED = Unknown(Reason.UNDECIDED, "AWS Backup chooses by a tag's not having a value, and it has no such tag")
STAR = Unknown(Reason.UNDECIDED, "AWS Backup chooses by a tag whose value has a star, which is no pattern there")
ATTACHED = Unknown(
    Reason.UNDECIDED, "AWS Backup backs up EC2 instances with their volumes; to which it is attached is not resolved"
)
ASK: Mapping[str, Call] = {
    "selections": Call(
        "backup:ListBackupSelections",
        "backup.list_backup_selections",
        items="/BackupSelectionsList",
        take={"BackupPlanId": "/BackupPlanId"},
    ),
    "selection": Call(
        "backup:GetBackupSelection",
        "backup.get_backup_selection",
        take={
            "BackupPlanId": "/BackupSelectionsList/*/BackupPlanId",
            "SelectionId": "/BackupSelectionsList/*/SelectionId",
        },
        follows="selections",
        apart=True,
    ),
    "settings": Call("backup:DescribeRegionSettings", "backup.describe_region_settings"),
}
CHOSEN = "/body/BackupSelection"
SETTINGS = "settings:/ResourceTypeOptInPreference"
PATHS = (
    "selections:/BackupSelectionsList/*/SelectionId",
    SETTINGS,
    *apart.paths(
        "selection",
        *(f"/BackupSelection/{each}" for each in ("Resources", "NotResources")),
        *(
            f"/BackupSelection/{tags}/*/{each}"
            for tags in ("ListOfTags", *(f"Conditions/{name}" for name, _ in KEPT))
            for each in ("ConditionKey", "ConditionValue")
        ),
    ),
)
UNORDERED = ("selections:/BackupSelectionsList",)

Tag = tuple[str, str, bool]
Settings = Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class _Choice:
    """Resources like `refs` and none of `spared`, with `tags`. `named` tells that the refs say their type; `doubt`
    is what keeps it undecided whether they are covered.
    """

    refs: tuple[str, ...]
    spared: tuple[str, ...]
    tags: tuple[Tag, ...]
    named: bool = False
    doubt: Unknown | None = None


def covers(view: View, rules: Callable[[View], Iterable[Plan]]) -> Iterator[Cover | Unknown]:
    """What the selections of a plan choose, by each of its `rules`."""
    if not any(True for _ in view.each("selections:/BackupSelectionsList")):
        return
    settings = view.at(SETTINGS, _settings)
    plans = tuple(dict.fromkeys(rules(view)))
    yield from parts(*(partial(_chosen, each, plans, settings) for each in view.each("selection:")))


def _chosen(selection: Node, plans: tuple[Plan, ...], settings: Settings) -> Iterator[Cover]:
    """What one selection chooses. Raises NotKnown where it was not told."""
    if apart.is_there(selection):
        for choice in _choices(selection):
            yield from _taken(choice, plans, settings)
            yield from _attached(choice, settings)


def _settings(value: JSON) -> Settings:
    if not isinstance(value, Mapping):
        raise TypeError("not the settings of services")
    return {name: flag(state) for name, state in value.items()}


def _choices(selection: Node) -> Iterator[_Choice]:
    refs = selection.at(f"{CHOSEN}/Resources", texts, missing=())
    spared = selection.at(f"{CHOSEN}/NotResources", texts, missing=())
    listed = list(_tags(selection, "ListOfTags", must=True))
    conditions = tuple(tag for name, must in KEPT for tag in _tags(selection, f"Conditions/{name}", must=must))
    if not listed and not refs:
        refs = EVERYTHING
    for named in (True, False):
        if chosen := tuple(ref for ref in refs if _names_type(ref) is named):
            yield from _untagged(_Choice(chosen, spared, conditions, named))
    for tag in listed:
        yield _Choice(EVERYTHING, spared, (tag, *conditions), doubt=BOTH_TAGS if conditions else None)


def _tags(selection: Node, conditions: str, *, must: bool) -> Iterator[Tag]:
    for each in selection.each(f"{CHOSEN}/{conditions}", missing=True):
        key, value = each.at("/ConditionKey", text), each.at("/ConditionValue", plain)
        if "*" in value and "Like" not in conditions:
            raise NotKnown(STAR)
        yield key.removeprefix(TAG), value, must


def _names_type(ref: str) -> bool:
    """Whether an ARN, or a pattern of one, says more than the service. All that S3 has is buckets."""
    parts = ref.split(":", 5)
    return len(parts) == 6 and (parts[2] == "s3" or parts[5].strip("*") != "")


def _untagged(choice: _Choice) -> Iterator[_Choice]:
    """The choice among what has all the tags that must not have a value; and, undecided, among what has not."""
    absent = [key for key, _, must in choice.tags if not must]
    yield replace(choice, tags=(*choice.tags, *((key, "*", True) for key in absent)))
    for key in absent:
        yield replace(choice, tags=(*choice.tags, (key, "*", False)), doubt=UNTAGGED)


def _taken(choice: _Choice, plans: tuple[Plan, ...], settings: Settings) -> Iterator[Cover]:
    """A cover of the types that are taken by each plan, and one of those that may be."""
    states = {name: _is_taken(services, choice, settings) for name, services in PROTECTED.items()}
    sure = tuple(name for name, state in states.items() if state and not choice.doubt)
    unsure = tuple(name for name, state in states.items() if state is None or (state and choice.doubt))
    for plan in plans:
        for made, types in _made(plan, sure):
            yield Cover(made, choice.refs, choice.spared, types, choice.tags)
    if unsure and plans:
        yield Cover(choice.doubt or UNSETTLED, choice.refs, choice.spared, unsure, choice.tags)


def _made(plan: Plan, types: tuple[str, ...]) -> Iterator[tuple[Plan, tuple[str, ...]]]:
    """The plan as it is made of these types: of those that have no continuous backups there are snapshots."""
    snapshots = replace(plan, kind=PlanKind.SNAPSHOT)
    for each in dict.fromkeys((plan, snapshots)):
        own = tuple(name for name in types if plan == snapshots or (name in CONTINUOUS) is (each == plan))
        if own:
            yield each, own


def _is_taken(services: tuple[str, ...], choice: _Choice, settings: Settings) -> bool | None:
    """Whether AWS Backup takes what is chosen of a type; None where that is not told, or services of it differ."""
    if services == ("FSx",) and any("*" in ref for ref in choice.refs):
        # Of some kinds it backs up the file system, of others each volume
        # (docs.aws.amazon.com/fsx/latest/ONTAPGuide/using-backups.html).
        return None
    states = {True if choice.named and each not in SHARED else settings.get(each) for each in services}
    return states.pop() if len(states) == 1 else None


def _attached(choice: _Choice, settings: Settings) -> Iterator[Cover]:
    """The volumes that may be backed up with an instance that is chosen: those that are not chosen themselves."""
    instances = [ref for ref in choice.refs if _may_be_instance(ref)]
    if not instances or (not choice.named and settings.get("EC2") is False):
        return
    kept: tuple[tuple[Tag, ...], ...] = ((),)
    if not choice.named and not choice.spared and settings.get("EBS"):
        kept = tuple(((key, value, not must),) for key, value, must in choice.tags)
    for tags in kept:
        yield Cover(ATTACHED, VOLUMES, types=("aws.ec2.volume",), tags=tags)


def _may_be_instance(ref: str) -> bool:
    parts = ref.split(":", 5)
    service, resource = [*parts[2:3], "*"][0], [*parts[5:6], "*"][0]
    return service in {"ec2", "*"} and resource.startswith(("instance/", "*"))
