"""Amazon Data Firehose: delivery streams. What matters of them is where they take data to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

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
    Node,
    NotApplicable,
    NotKnown,
    Origin,
    Reason,
    Tagging,
    Tls,
    Trust,
    Unknown,
    View,
    always,
    flag,
    key_values,
    text,
)
from scanner.places import aws
from scanner.providers.aws.common import origin

GUIDE = "docs.aws.amazon.com/firehose/latest/dev/"
STREAM = "stream:/DeliveryStreamDescription"
SEALED = f"{STREAM}/DeliveryStreamEncryptionConfiguration"
SOURCE = f"{STREAM}/Source"
# Told only where a stream takes what is put to it; else the source keeps it (encryption.html of the guide).
STATES: dict[object, AtRest | None] = {
    "ENABLED": AtRest.ENCRYPTED,
    "DISABLED": AtRest.NONE,
    **dict.fromkeys(("ENABLING", "ENABLING_FAILED", "DISABLING", "DISABLING_FAILED"), None),
}
TYPES_OF_KEYS: dict[object, bool] = {"AWS_OWNED_CMK": True, "CUSTOMER_MANAGED_CMK": False}
DIRECT: dict[object, bool] = {
    "DirectPut": True,
    **dict.fromkeys(("KinesisStreamAsSource", "MSKAsSource", "DatabaseAsSource"), False),
}
BUCKET, S3, BACKUP_TO_S3 = "BucketARN", "S3DestinationDescription/BucketARN", "S3BackupDescription/BucketARN"
# Below each kind of destination: where the ids of those stand that data is delivered to, and of those that keep what
# could not be delivered, or all of it, besides.
DELIVERED: Mapping[str, str] = {
    "S3DestinationDescription": BUCKET,
    "ExtendedS3DestinationDescription": BUCKET,
    "ElasticsearchDestinationDescription": "DomainARN",
    "AmazonopensearchserviceDestinationDescription": "DomainARN",
}
BESIDES: Mapping[str, tuple[str, ...]] = {
    "ExtendedS3DestinationDescription": (BACKUP_TO_S3,),
    "ElasticsearchDestinationDescription": (S3,),
    "AmazonopensearchserviceDestinationDescription": (S3,),
    "RedshiftDestinationDescription": (S3, BACKUP_TO_S3),
    "SplunkDestinationDescription": (S3,),
    "HttpEndpointDestinationDescription": (S3,),
    "SnowflakeDestinationDescription": (S3,),
    "AmazonOpenSearchServerlessDestinationDescription": (S3,),
    "IcebergDestinationDescription": (S3,),
}
# Those whose place the stream does not tell.
OUTSIDE: Mapping[str, str] = {
    "RedshiftDestinationDescription": "a Redshift cluster",
    "SplunkDestinationDescription": "Splunk",
    "HttpEndpointDestinationDescription": "an HTTP endpoint",
    "SnowflakeDestinationDescription": "Snowflake",
    "AmazonOpenSearchServerlessDestinationDescription": "an OpenSearch Serverless collection",
    "IcebergDestinationDescription": "Iceberg tables",
}
DESTINATIONS = (
    f"{STREAM}/HasMoreDestinations",
    *(f"{STREAM}/Destinations/*/{kind}/{field}" for kind, field in DELIVERED.items()),
    *(f"{STREAM}/Destinations/*/{kind}/{field}" for kind, fields in BESIDES.items() for field in fields),
)
SOURCES = (
    f"{SOURCE}/KinesisStreamSourceDescription/KinesisStreamARN",
    f"{SOURCE}/MSKSourceDescription/MSKClusterARN",
)
NOT_TOLD = Unknown(Reason.NOT_ASKED, "the stream names the destination, not its region")
UNFORESEEN = Unknown(Reason.SHAPE, "a destination of the stream is of a kind that was not foreseen")
MORE = Unknown(Reason.NOT_ASKED, "more destinations of the stream are not read yet")
FROM_DATABASE = Unknown(Reason.UNDECIDED, "it takes data from a database that is named by its address only")
CHANGING = Unknown(Reason.UNDECIDED, "its encryption is being changed, or the last change failed")
NOT_KEPT = Inapplicable("it takes data from a stream, and keeps none itself")


def _home(view: View) -> Iterable[str]:
    view.at("item:", text)
    yield aws(view.where.region)


def _copies(view: View) -> Iterable[Copy | Unknown]:
    copies = [list(_copies_of(each)) for each in view.each(f"{STREAM}/Destinations")]
    # One bucket may be named as several kinds of destination.
    yield from dict.fromkeys(copy for each in copies for copy in each)
    if not all(copies):
        yield UNFORESEEN
    if view.at(f"{STREAM}/HasMoreDestinations", flag):
        yield MORE


def _copies_of(destination: Node) -> Iterable[Copy]:
    for kind, field in DELIVERED.items():
        holder = destination.at(f"/{kind}/{field}", text, missing=None)
        if holder:
            yield Copy(CopyKind.REPLICA, NOT_TOLD, holder)
    for kind, what in OUTSIDE.items():
        if destination.at(f"/{kind}", always(True), missing=False):
            yield Copy(CopyKind.REPLICA, Unknown(Reason.UNDECIDED, f"it delivers to {what}, whose place is not told"))
    for kind, fields in BESIDES.items():
        for field in fields:
            holder = destination.at(f"/{kind}/{field}", text, missing=None)
            if holder:
                yield Copy(CopyKind.BACKUP, NOT_TOLD, holder)


def _origins(view: View) -> Iterable[Origin | Unknown]:
    match view.at(f"{STREAM}/DeliveryStreamType", text):
        case "DirectPut":
            return
        case "KinesisStreamAsSource":
            yield origin(view.at(SOURCES[0], text))
        case "MSKAsSource":
            yield origin(view.at(SOURCES[1], text))
        case _:
            yield FROM_DATABASE


def _kept(view: View) -> AtRest:
    if not view.at(f"{STREAM}/DeliveryStreamType", DIRECT):
        raise NotApplicable(NOT_KEPT)
    state = view.at(f"{SEALED}/Status", STATES)
    if state is None:
        raise NotKnown(CHANGING)
    return state


def _algorithms(view: View) -> frozenset[str]:
    if _kept(view) is AtRest.NONE:
        return frozenset()
    raise NotKnown(Unknown(Reason.UNDECIDED, "Data Firehose does not tell which cipher is used"))


def _is_owned(view: View) -> bool:
    if _kept(view) is AtRest.NONE:
        raise NotApplicable(Inapplicable("it is not encrypted, so there is no key"))
    return view.at(f"{SEALED}/KeyType", TYPES_OF_KEYS)


def _owner(view: View) -> KeyOwner:
    return KeyOwner.PROVIDER if _is_owned(view) else KeyOwner.CUSTOMER


def _key(view: View) -> str:
    return "provider" if _is_owned(view) else view.at(f"{SEALED}/KeyARN", text)


KEPT = (f"{STREAM}/DeliveryStreamType", f"{SEALED}/Status")
KEYED = (*KEPT, f"{SEALED}/KeyType")


def _tags(view: View) -> dict[str, str]:
    if view.at("tags:/HasMoreTags", flag):
        raise NotKnown(Unknown(Reason.INCOMPLETE, "it has more tags than one reply shows"))
    return view.at("tags:/Tags", key_values)


DELIVERY_STREAM = ResourceType(
    "aws.firehose.delivery-stream",
    "AWS::KinesisFirehose::DeliveryStream",
    Kind.DATA,
    each=Call("firehose:ListDeliveryStreams", "firehose.list_delivery_streams", items="/DeliveryStreamNames"),
    id="arn:{@partition}:firehose:{@region}:{@account}:deliverystream/{}",
    label="",
    ask={
        "stream": Call(
            "firehose:DescribeDeliveryStream", "firehose.describe_delivery_stream", take={"DeliveryStreamName": ""}
        ),
        "tags": Call(
            "firehose:ListTagsForDeliveryStream",
            "firehose.list_tags_for_delivery_stream",
            give={"Limit": 50},
            take={"DeliveryStreamName": ""},
        ),
    },
    facts=(
        Location.homes.items(_home, "item:"),
        Location.copies.items(_copies, *DESTINATIONS),
        EncryptionAtRest.state.by(_kept, *KEPT),
        EncryptionAtRest.algorithms.by(_algorithms, *KEPT),
        EncryptionAtRest.owner.by(_owner, *KEYED),
        EncryptionAtRest.key.by(_key, *KEYED, f"{SEALED}/KeyARN"),
        # The endpoints speak HTTPS only.
        EncryptionInTransit.plaintext.documented(value=False, basis="docs.aws.amazon.com/general/latest/gr/fh.html"),
        EncryptionInTransit.minimum_tls.documented(Tls.V1_2, GUIDE + "infrastructure-security.html"),
        EncryptionInTransit.certificate_expires.inapplicable("the certificate is that of the service's endpoint"),
        Lineage.origins.items(_origins, f"{STREAM}/DeliveryStreamType", *SOURCES),
        # A stream has no policy of its own; only identities that are allowed to may put data into it.
        Exposure.public.documented(value=False, basis=GUIDE + "controlling-access.html"),
        Tagging.tags.by(_tags, "tags:/HasMoreTags", "tags:/Tags"),
    ),
    without={
        Backup: "it keeps data for a day at most, until it is delivered",
        LogStore: "not a log store",
        Trust: "a stream has no policy of its own: only identities of its account may put data into it",
    },
    unordered=("tags:/Tags",),
)

TYPES = (DELIVERY_STREAM,)
LIMITS = ("Data Firehose: where data goes beyond AWS (Splunk, HTTP endpoints, Snowflake) is told without a place.",)
