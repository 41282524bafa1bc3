"""Amazon ECR: private repositories."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    Backup,
    Copy,
    CopyKind,
    EncryptionInTransit,
    Exposure,
    Grantee,
    Kind,
    Lineage,
    Location,
    LogStore,
    Node,
    NotKnown,
    Reason,
    Tagging,
    Tls,
    Trust,
    Unknown,
    View,
    key_values,
    text,
)
from scanner.places import aws
from scanner.providers.aws import keys, policies
from scanner.providers.aws.common import Scheme, arn_home, at_rest, parts

# AES256 is the storage's own key, KMS_DSSE encrypts twice; all by AES-256
# (docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html).
SCHEMES: dict[object, Scheme] = {"AES256": Scheme.OWNED, "KMS": Scheme.KMS, "KMS_DSSE": Scheme.KMS}
FORM, NAMED = "item:/encryptionConfiguration/encryptionType", "item:/encryptionConfiguration/kmsKey"
IN_TRANSIT = "docs.aws.amazon.com/AmazonECR/latest/userguide/infrastructure-security.html"
POLICIES = (*policies.paths("policy:/policyText"), *policies.paths("permissions:/policyText"))
RULES = "registry:/replicationConfiguration/rules"


def _applies(rule: Node, name: str) -> bool:
    """Whether a replication rule is for this repository: without a filter it is for all of them
    (docs.aws.amazon.com/AmazonECR/latest/userguide/replication.html).
    """
    prefixes = [each.at("/filter", text) for each in rule.each("/repositoryFilters", missing=True)]
    return not prefixes or any(name.startswith(prefix) for prefix in prefixes)


def _copies(view: View) -> Iterable[Copy]:
    name = view.at("item:/repositoryName", text)
    for rule in view.each(RULES):
        if _applies(rule, name):
            for target in rule.each("/destinations"):
                region, account = target.at("/region", text), target.at("/registryId", text)
                arn = f"arn:{view.where.partition}:ecr:{region}:{account}:repository/{name}"
                yield Copy(CopyKind.REPLICA, aws(region), arn)


def _policy(view: View, source: str) -> list[policies.Statement]:
    return view.at(f"{source}:/policyText/Statement", policies.statements, absent=[])


def _public(view: View) -> bool:
    if policies.lets_everybody(_policy(view, "policy")):
        return True
    # The policy of the registry may be for all of what it holds
    # (docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions.html).
    if policies.lets_everybody(_policy(view, "permissions")):
        raise NotKnown(Unknown(Reason.UNDECIDED, "the policy of the registry lets everybody in"))
    return False


def _grantees(view: View) -> Iterable[Grantee | Unknown]:
    """By its own policy, and by that of the registry, by which other accounts may replicate into it."""
    return parts(
        lambda: policies.grantees(_policy(view, "policy"), view.where),
        lambda: policies.grantees(
            policies.about(_policy(view, "permissions"), view.at("item:/repositoryArn", text)), view.where
        ),
    )


REPOSITORY = ResourceType(
    "aws.ecr.repository",
    "AWS::ECR::Repository",
    Kind.DATA,
    each=Call("ecr:DescribeRepositories", "ecr.describe_repositories", items="/repositories"),
    id="{/repositoryArn}",
    label="/repositoryName",
    ask={
        "registry": Call("ecr:DescribeRegistry", "ecr.describe_registry"),
        "policy": Call(
            "ecr:GetRepositoryPolicy",
            "ecr.get_repository_policy",
            take={"repositoryName": "/repositoryName"},
            absent=frozenset({"RepositoryPolicyNotFoundException"}),
            decode=("/policyText",),
        ),
        # Asked once for a region.
        "permissions": Call(
            "ecr:GetRegistryPolicy",
            "ecr.get_registry_policy",
            absent=frozenset({"RegistryPolicyNotFoundException"}),
            decode=("/policyText",),
        ),
        "key": keys.ask("/encryptionConfiguration/kmsKey"),
        "tags": Call("ecr:ListTagsForResource", "ecr.list_tags_for_resource", take={"resourceArn": "/repositoryArn"}),
    },
    facts=(
        Location.homes.one("item:/repositoryArn", arn_home),
        Location.copies.items(
            _copies,
            "item:/repositoryName",
            f"{RULES}/*/repositoryFilters/*/filter",
            f"{RULES}/*/destinations/*/region",
            f"{RULES}/*/destinations/*/registryId",
        ),
        *at_rest(lambda view: view.at(FORM, SCHEMES), FORM, named=NAMED),
        EncryptionInTransit.plaintext.documented(value=False, basis=IN_TRANSIT),
        EncryptionInTransit.minimum_tls.documented(Tls.V1_2, IN_TRANSIT),
        EncryptionInTransit.certificate_expires.inapplicable("the certificate is that of the service's endpoint"),
        Lineage.origins.gap("ECR does not tell which registry replicates into a repository, or whose cache it is"),
        Exposure.public.by(_public, *POLICIES),
        Trust.grantees.items(_grantees, "item:/repositoryArn", *POLICIES),
        Tagging.tags.at("tags:/tags", key_values, missing={}),
    ),
    without={Backup: "neither ECR nor AWS Backup makes backups of repositories", LogStore: "not a log store"},
    unordered=("tags:/tags",),
)

TYPES = (REPOSITORY,)
