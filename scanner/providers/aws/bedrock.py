"""Amazon Bedrock: the logging of what models are asked, and application inference profiles, by which requests are
routed to several regions.
"""

from __future__ import annotations

from collections.abc import Iterable

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    JSON,
    Copy,
    CopyKind,
    Kind,
    Location,
    Reason,
    Tagging,
    Unknown,
    View,
    text,
)
from scanner.places import GLOBAL, aws
from scanner.providers.aws.common import arn_here, arn_home, arn_parts
from scanner.providers.aws.redshift_serverless import small_tags

SETTINGS = "item:/loggingConfig"
GROUP = f"{SETTINGS}/cloudWatchConfig/logGroupName"
BUCKETS = (
    f"{SETTINGS}/s3Config/bucketName",
    # Where what is too large for an entry of the log group goes.
    f"{SETTINGS}/cloudWatchConfig/largeDataDeliveryS3Config/bucketName",
)
PLACELESS = Unknown(Reason.NOT_ASKED, "the settings name the bucket, not its region")
MODELS = "item:/models"


def _sinks(view: View) -> Iterable[Copy]:
    """Where what is asked is logged. Nothing is unless it is set up, and each part of the settings is left out that is
    not (docs.aws.amazon.com/bedrock/latest/userguide/model-invocation-logging.html).
    """
    group = view.at(GROUP, text, missing=None)
    if group:
        yield Copy(CopyKind.LOG_SINK, aws(view.where.region), arn_here(view, "logs", f"log-group:{group}"))
    named = (view.at(bucket, text, missing=None) for bucket in BUCKETS)
    for name in dict.fromkeys(name for name in named if name):
        yield Copy(CopyKind.LOG_SINK, PLACELESS, f"arn:{view.where.partition}:s3:::{name}")


LOGGING = ResourceType(
    "aws.bedrock.invocation-logging",
    "AWS::Bedrock::ModelInvocationLogging",
    Kind.CONFIG,
    each=Call("bedrock:GetModelInvocationLoggingConfiguration", "bedrock.get_model_invocation_logging_configuration"),
    id="{@account}/{@region}/bedrock-invocation-logging",
    label="",
    facts=(Location.copies.items(_sinks, GROUP, *BUCKETS),),
)


def _routes(view: View) -> Iterable[Copy]:
    """A request, and what is in it, may be answered in the region of any of its models."""
    for place in dict.fromkeys(model.at("/modelArn", _place) for model in view.each(MODELS)):
        if place != aws(view.where.region):
            yield Copy(CopyKind.REPLICA, place)


def _place(value: JSON) -> str:
    # A model that may be asked in any region is named without one
    # (docs.aws.amazon.com/bedrock/latest/userguide/global-cross-region-inference.html).
    return arn_home(value) if arn_parts(value)[0] else GLOBAL


PROFILE = ResourceType(
    "aws.bedrock.application-inference-profile",
    "AWS::Bedrock::ApplicationInferenceProfile",
    Kind.CONFIG,
    # Those of the system are offered to everybody; which of them is used is told by requests only.
    each=Call(
        "bedrock:ListInferenceProfiles",
        "bedrock.list_inference_profiles",
        items="/inferenceProfileSummaries",
        give={"typeEquals": "APPLICATION"},
    ),
    id="{/inferenceProfileArn}",
    label="/inferenceProfileName",
    ask={
        "tags": Call(
            "bedrock:ListTagsForResource",
            "bedrock.list_tags_for_resource",
            take={"resourceARN": "/inferenceProfileArn"},
        ),
    },
    facts=(
        Location.homes.one("item:/inferenceProfileArn", arn_home),
        Location.copies.items(_routes, f"{MODELS}/*/modelArn"),
        Tagging.tags.at("tags:/tags", small_tags),
    ),
    unordered=("tags:/tags", MODELS),
)

TYPES = (LOGGING, PROFILE)
LIMITS = (
    "Bedrock: inference profiles of the system route requests to other regions, too; which are used is not told.",
    "Bedrock: custom models, knowledge bases and what else Bedrock itself keeps are not read.",
)
