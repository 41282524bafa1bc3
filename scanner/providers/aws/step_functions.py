"""AWS Step Functions: state machines, whose history keeps the inputs and outputs of executions."""

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
    KeyOwner,
    Kind,
    Lineage,
    Location,
    LogStore,
    Reason,
    Tagging,
    Trust,
    View,
    text,
)
from scanner.providers.aws import keys
from scanner.providers.aws.common import MANAGERS, arn_home
from scanner.providers.aws.redshift_serverless import small_tags

GUIDE = "docs.aws.amazon.com/step-functions/latest/dg/"
TYPE, NAMED = "machine:/encryptionConfiguration/type", "machine:/encryptionConfiguration/kmsKeyId"
# Without another key, by one that AWS owns (EncryptionConfiguration of the API).
OWNED: dict[object, bool] = {"AWS_OWNED_KEY": True, "CUSTOMER_MANAGED_KMS_KEY": False}
LEVEL, DESTINATIONS = "machine:/loggingConfiguration/level", "machine:/loggingConfiguration/destinations"
LOGGED: dict[object, bool] = {"OFF": False, "ERROR": True, "FATAL": True, "ALL": True}


def _copies(view: View) -> Iterable[Copy]:
    if view.at(LEVEL, LOGGED):
        for each in view.each(DESTINATIONS):
            arn = each.at("/cloudWatchLogsLogGroup/logGroupArn", text)
            place = each.at("/cloudWatchLogsLogGroup/logGroupArn", arn_home)
            yield Copy(CopyKind.LOG_SINK, place, arn.removesuffix(":*"))


def _owner(view: View) -> KeyOwner:
    return KeyOwner.PROVIDER if view.at(TYPE, OWNED, missing=True) else view.at(keys.MANAGER, MANAGERS)


def _key(view: View) -> str:
    return keys.OWNED.key if view.at(TYPE, OWNED, missing=True) else view.at(NAMED, text)


MACHINE = ResourceType(
    "aws.step-functions.state-machine",
    "AWS::StepFunctions::StateMachine",
    Kind.DATA,
    each=Call("states:ListStateMachines", "stepfunctions.list_state_machines", items="/stateMachines"),
    id="{/stateMachineArn}",
    label="/name",
    ask={
        "machine": Call(
            "states:DescribeStateMachine",
            "stepfunctions.describe_state_machine",
            # The definition may hold anything, and is not needed.
            give={"includedData": "METADATA_ONLY"},
            take={"stateMachineArn": "/stateMachineArn"},
        ),
        "key": keys.ask("/encryptionConfiguration/kmsKeyId", follows="machine"),
        "tags": Call(
            "states:ListTagsForResource",
            "stepfunctions.list_tags_for_resource",
            take={"resourceArn": "/stateMachineArn"},
        ),
    },
    facts=(
        Location.homes.one("item:/stateMachineArn", arn_home),
        Location.copies.items(_copies, LEVEL, f"{DESTINATIONS}/*/cloudWatchLogsLogGroup/logGroupArn"),
        EncryptionAtRest.state.documented(AtRest.ENCRYPTED, GUIDE + "encryption-at-rest.html"),
        EncryptionAtRest.algorithms.unseen("Step Functions does not tell which cipher is used", Reason.UNDECIDED),
        EncryptionAtRest.owner.by(_owner, TYPE, keys.MANAGER),
        EncryptionAtRest.key.by(_key, TYPE, NAMED),
        # The endpoints speak HTTPS only.
        EncryptionInTransit.plaintext.documented(
            value=False, basis="docs.aws.amazon.com/general/latest/gr/step-functions.html"
        ),
        EncryptionInTransit.minimum_tls.unseen("Step Functions does not tell its lowest TLS version", Reason.UNDECIDED),
        EncryptionInTransit.certificate_expires.inapplicable("the certificate is that of the service's endpoint"),
        # Who starts or reads an execution is an identity of IAM; there are no policies of resources.
        Exposure.public.documented(value=False, basis=GUIDE + "security_iam_service-with-iam.html"),
        Tagging.tags.at("tags:/tags", small_tags),
    ),
    without={
        Backup: "the history of executions is not backed up; it is kept for 90 days",
        Lineage: "the history of executions is not restored or copied from anything",
        LogStore: "the history of executions is not a log; the log group that it is written to is one",
        Trust: "Step Functions has no policies of resources",
    },
    unordered=("tags:/tags",),
)

TYPES = (MACHINE,)
