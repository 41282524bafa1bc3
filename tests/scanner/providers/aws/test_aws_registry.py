"""Every AWS type against botocore's own models, and under each refusal."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import botocore.session
import pytest
from botocore import xform_name

from scanner.collect.model import Call, ResourceType, Sweep, pointers
from scanner.facts import (
    Answer,
    Backup,
    Body,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Facet,
    Fragment,
    Kind,
    Known,
    Lineage,
    Location,
    LogStore,
    Refused,
    Reply,
    Tagging,
    Trust,
    Where,
)
from scanner.facts.reply import split
from scanner.providers.aws import PROVIDER
from scanner.providers.aws.pages import ROWS
from scanner.providers.aws.session import WALKS

READS = ("get_", "list_", "describe_")
ASKED_OF_DATA: tuple[type[Facet], ...] = (
    Location,
    EncryptionAtRest,
    EncryptionInTransit,
    Backup,
    Lineage,
    Exposure,
    LogStore,
    Tagging,
    Trust,
)
TYPES = pytest.mark.parametrize("kind", PROVIDER.types, ids=lambda kind: kind.name)
SESSION = botocore.session.Session()
# What is told of a request beside its body, where its requests are told apart.
OUTCOMES = {"/*/of", "/*/absent", "/*/refused", "/*/failed", "/*/unasked"}


def _calls() -> Iterator[Call]:
    for kind in PROVIDER.types:
        yield from (kind.each, *kind.ask.values())
    yield from (sweep.each for sweep in PROVIDER.sweeps)


@cache
def _operations(service: str) -> Mapping[str, Any]:
    model = SESSION.get_service_model(service)
    return {xform_name(name): model.operation_model(name) for name in model.operation_names}


def _operation(call: Call) -> Any:
    service, _, name = call.operation.partition(".")
    return _operations(service)[name]


def _below(shape: Any, steps: tuple[str, ...]) -> Any:
    """The shape at a pointer; raises KeyError where the vendor's model has none."""
    for step in steps:
        if step == "*":
            assert shape.type_name == "list"
            shape = shape.member
        elif shape.type_name == "list":
            raise KeyError(step)
        elif shape.type_name == "map":
            assert step in (getattr(shape.key, "enum", ()) or (step,))
            shape = shape.value
        else:
            shape = shape.members[step]
    return shape


def _item(call: Call) -> Any:
    shape = _operation(call).output_shape
    return _below(shape, (*split(call.items), "*")) if call.items else shape


@pytest.mark.parametrize(
    "call", [pytest.param(each, id=f"{number} {each.operation}") for number, each in enumerate(_calls())]
)
def test_a_call_is_a_read_that_botocore_has_with_those_parameters(call: Call) -> None:
    operation = _operation(call)
    assert call.operation.partition(".")[2].startswith(READS)
    wanted = operation.input_shape.members if operation.input_shape else {}
    assert {*call.give, *call.take} <= set(wanted)
    passed_on = {WALKS[call.operation].parameter} if call.operation in WALKS else set()
    required = set(operation.input_shape.required_members if operation.input_shape else ())
    assert required <= {*call.give, *call.take, *passed_on}
    assert ":" in call.permission
    if call.items:
        assert _below(operation.output_shape, split(call.items)).type_name == "list"


@pytest.mark.parametrize("spec", [*PROVIDER.types, *PROVIDER.sweeps], ids=lambda spec: spec.each.operation + spec.id)
def test_each_path_of_an_item_is_in_botocores_model(spec: ResourceType | Sweep) -> None:
    shape = _item(spec.each)
    for pointer in pointers(spec):
        _below(shape, split(pointer))


@TYPES
def test_each_path_of_a_reply_is_in_botocores_model(kind: ResourceType) -> None:
    for answer in kind.facts:
        for path in answer.paths:
            source, _, pointer = path.partition(":")
            if source == "item":
                continue
            call = kind.ask[source]
            if call.apart and not pointer.startswith(call.single):
                assert pointer in OUTCOMES
                continue
            steps = split(pointer.removeprefix(call.single))
            # What stands as JSON text in the reply has no shape of its own.
            inside = next((split(each) for each in call.decode if steps[: len(split(each))] == split(each)), None)
            table = ROWS[call.operation][:1] if call.operation in ROWS else ()
            if table and steps[:1] == table:
                inside = table
            found = _below(_operation(call).output_shape, inside or steps)
            assert inside is None or found.type_name in {"string", "blob"}


@TYPES
def test_an_ask_that_follows_another_takes_what_is_in_its_reply(kind: ResourceType) -> None:
    for call in kind.ask.values():
        if call.follows:
            for pointer in call.take.values():
                if not pointer.startswith("@"):
                    first = kind.ask[call.follows]
                    text = next((each for each in first.decode if pointer.startswith(f"{each}/")), pointer)
                    _below(_operation(first).output_shape, split(text))


@TYPES
def test_unordered_lists_are_declared_lists(kind: ResourceType) -> None:
    for path in kind.unordered:
        source, _, pointer = path.partition(":")
        call = kind.each if source == "item" else kind.ask[source]
        shape = _item(call) if source == "item" else _operation(call).output_shape
        assert _below(shape, split(pointer)).type_name == "list"


@TYPES
def test_every_facet_is_answered_or_declared_without(kind: ResourceType) -> None:
    answered = {answer.fact.key for answer in kind.facts}
    assert len(answered) == len(kind.facts)
    assert not {fact.key for facet in kind.without for fact in facet.questions()} & answered
    if kind.kind is Kind.DATA:
        for facet in ASKED_OF_DATA:
            if facet not in kind.without:
                assert {fact.key for fact in facet.questions()} <= answered, facet


@TYPES
def test_every_ask_answers_something_and_every_answer_asks(kind: ResourceType) -> None:
    sources = {source for answer in kind.facts for source in answer.sources}
    assert sources - {"item"} == kind.ask.keys()


@TYPES
def test_names_and_catalogue_agree(kind: ResourceType) -> None:
    assert kind.provider == PROVIDER.name
    # An account is no resource type of CloudFormation, whose names the catalogue has.
    assert kind.name == "aws.account" or PROVIDER.kind(kind.native) is kind.kind
    assert "{" in kind.id


def test_names_and_listings_are_told_apart() -> None:
    assert len({kind.name for kind in PROVIDER.types}) == len({kind.native for kind in PROVIDER.types})
    # Types share a listing only where something in its items tells them apart.
    alone = [kind.each.key for kind in PROVIDER.types if not kind.only]
    told_apart = {kind.each.key for kind in PROVIDER.types if kind.only}
    assert len(set(alone)) == len(alone)
    assert not told_apart & set(alone)


def _answers() -> list[Any]:
    return [
        pytest.param(answer, source, kind, id=f"{kind.name} {answer.fact.key} {source}")
        for kind in PROVIDER.types
        for answer in kind.facts
        for source in sorted(answer.sources)
    ]


@pytest.mark.parametrize(("answer", "source", "kind"), _answers())
def test_a_refused_reply_leaves_no_known_value_that_was_read_from_it(
    answer: Answer, source: str, kind: ResourceType
) -> None:
    call = kind.each if source == "item" else kind.ask[source]
    empty = Body("other.call", "other:Permission", Fragment({}))
    replies: dict[str, Reply] = dict.fromkeys(("item", *kind.ask), empty)
    replies[source] = Refused(call.operation, call.permission, "AccessDenied")
    state = answer(replies, Where("aws", "111111111111", "eu-west-2", "aws"))
    assert not (isinstance(state, Known) and any(each.call == call.operation for each in state.evidence))


def test_a_sweep_stands_beside_each_listing_that_shows_other_engines() -> None:
    narrowed = {kind.each.key for kind in PROVIDER.types if kind.only}
    assert narrowed
    assert narrowed <= {sweep.each.key for sweep in PROVIDER.sweeps}


@pytest.mark.parametrize(
    ("engine", "native", "kind"),
    [
        ("postgres", "AWS::RDS::DBInstance", Kind.DATA),
        ("Aurora-MySQL", "AWS::RDS::DBInstance", Kind.DATA),
        ("docdb", "AWS::DocDB::DBInstance", Kind.DATA),
        ("neptune", "AWS::Neptune::DBInstance", Kind.DATA),
        ("future<b>-db", "AWS::RDS::DBInstance/futureb-db", Kind.UNCLASSIFIED),
        ("x" * 99, "AWS::RDS::DBInstance/" + "x" * 40, Kind.UNCLASSIFIED),
        (None, "AWS::RDS::DBInstance/none", Kind.UNCLASSIFIED),
    ],
)
def test_an_instance_is_named_by_its_engine(engine: str | None, native: str, kind: Kind) -> None:
    sweep = next(each for each in PROVIDER.sweeps if each.each.operation == "rds.describe_db_instances")
    assert sweep.native({"Engine": engine}) == native
    assert PROVIDER.kind(native) is kind


@pytest.mark.parametrize(
    ("arn", "native"),
    [("arn:aws:sqs:eu-west-2:111111111111:work", "AWS::SQS::Queue"), (None, "aws:malformed/arn")],
)
def test_a_tagged_resource_is_named_by_its_arn(arn: str | None, native: str) -> None:
    (sweep,) = (each for each in PROVIDER.sweeps if each.each.operation == "resourcegroupstaggingapi.get_resources")
    assert sweep.native({"ResourceARN": arn}) == native


def test_the_role_is_an_iam_policy_with_one_statement_for_each_service() -> None:
    wanted = frozenset({"s3:GetBucketAcl", "s3:GetBucketPolicy", "sts:GetCallerIdentity", "ec2:DescribeVolumes"})
    policy = json.loads(PROVIDER.role(wanted))
    assert policy["Version"] == "2012-10-17"
    actions = {each["Action"][0].partition(":")[0]: each["Action"] for each in policy["Statement"]}
    assert actions == {
        "ec2": ["ec2:DescribeRegions", "ec2:DescribeVolumes"],
        "organizations": ["organizations:ListAccounts"],
        "rds": [
            "rds:DescribeDBClusterSnapshots",
            "rds:DescribeDBClusters",
            "rds:DescribeDBInstances",
            "rds:DescribeDBSnapshots",
        ],
        "resource-explorer-2": [
            "resource-explorer-2:GetDefaultView",
            "resource-explorer-2:GetView",
            "resource-explorer-2:ListIndexes",
            "resource-explorer-2:Search",
        ],
        "s3": ["s3:GetBucketAcl", "s3:GetBucketPolicy"],
        "tag": ["tag:GetResources"],
    }
    assert list(actions) == sorted(actions)
    assert all((each["Effect"], each["Resource"]) == ("Allow", "*") for each in policy["Statement"])


def test_importing_the_provider_loads_no_sdk() -> None:
    code = "import sys, scanner.providers.aws; sys.exit(bool({'botocore', 'boto3'} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603 - our own code
