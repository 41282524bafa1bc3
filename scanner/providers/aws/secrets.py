"""AWS Secrets Manager: secrets."""

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
    Tls,
    Trust,
    View,
    key_values,
    text,
)
from scanner.places import aws
from scanner.providers.aws import keys, policies
from scanner.providers.aws.common import arn_home, arn_parts, origin, replica

# A data key of 256 bits of the KMS key, by AES.
ENCRYPTED = "docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html"
IN_TRANSIT = "docs.aws.amazon.com/secretsmanager/latest/userguide/data-protection.html"
POLICY = policies.paths("policy:/ResourcePolicy")
# A replica that failed was not created (botocore's model of ReplicationStatus).
MADE: dict[object, bool] = {"InSync": True, "InProgress": True, "Pending": True, "Detached": True, "Failed": False}


def _elsewhere(arn: str, region: str) -> str:
    """The ARN of the same secret in another region: nothing but the region differs
    (docs.aws.amazon.com/secretsmanager/latest/userguide/replicate-secrets.html).
    """
    own, _ = arn_parts(arn)
    return arn.replace(f":secretsmanager:{own}:", f":secretsmanager:{region}:", 1)


def _copies(view: View) -> Iterable[Copy]:
    # Both lists are left out where there is none; a secret has ReplicationStatus once it was replicated.
    for each in view.each("secret:/ReplicationStatus", missing=True):
        region = each.at("/Region", text)
        if each.at("/Status", MADE):
            yield Copy(CopyKind.REPLICA, aws(region), _elsewhere(view.at("item:/ARN", text), region))
    for each in view.each("secret:/CrossAccountReplicas", missing=True):
        if each.at("/ReplicationStatus", MADE):
            yield replica(each.at("/ReplicaSecretARN", text))


def _origins(view: View) -> Iterable[Origin]:
    own = view.at("item:/ARN", text)
    primary = view.at("secret:/PrimaryRegion", text, missing=arn_parts(own)[0])
    if primary != arn_parts(own)[0]:
        yield origin(_elsewhere(own, primary))
    # Left out if it is no replica of another account's (botocore's model).
    other = view.at("secret:/CrossAccountPrimary/PrimarySecretARN", text, missing=None)
    if other:
        yield origin(other)


def _policy(view: View) -> list[policies.Statement]:
    return view.at("policy:/ResourcePolicy/Statement", policies.statements, missing=[])


SECRET = ResourceType(
    "aws.secretsmanager.secret",
    "AWS::SecretsManager::Secret",
    Kind.DATA,
    # One whose deletion is planned is still there.
    each=Call(
        "secretsmanager:ListSecrets",
        "secretsmanager.list_secrets",
        items="/SecretList",
        give={"IncludePlannedDeletion": True},
    ),
    id="{/ARN}",
    label="/Name",
    ask={
        "secret": Call("secretsmanager:DescribeSecret", "secretsmanager.describe_secret", take={"SecretId": "/ARN"}),
        "policy": Call(
            "secretsmanager:GetResourcePolicy",
            "secretsmanager.get_resource_policy",
            take={"SecretId": "/ARN"},
            decode=("/ResourcePolicy",),
        ),
        "key": keys.ask("/KmsKeyId"),
    },
    facts=(
        Location.homes.one("item:/ARN", arn_home),
        Location.copies.items(
            _copies,
            "item:/ARN",
            "secret:/ReplicationStatus/*/Region",
            "secret:/ReplicationStatus/*/Status",
            "secret:/CrossAccountReplicas/*/ReplicaSecretARN",
            "secret:/CrossAccountReplicas/*/ReplicationStatus",
        ),
        *keys.always(ENCRYPTED),
        # Omitted where it is the key that AWS manages (botocore's model of KmsKeyId).
        *keys.held("item:/KmsKeyId", keys.managed("aws/secretsmanager")),
        EncryptionInTransit.plaintext.documented(value=False, basis=IN_TRANSIT),
        EncryptionInTransit.minimum_tls.documented(Tls.V1_2, IN_TRANSIT),
        EncryptionInTransit.certificate_expires.inapplicable("the certificate is that of the service's endpoint"),
        Lineage.origins.items(
            _origins, "item:/ARN", "secret:/PrimaryRegion", "secret:/CrossAccountPrimary/PrimarySecretARN"
        ),
        Exposure.public.by(lambda view: policies.lets_everybody(_policy(view)), *POLICY),
        Trust.grantees.items(lambda view: policies.grantees(_policy(view), view.where), *POLICY),
        Tagging.tags.at("item:/Tags", key_values, missing={}),
    ),
    without={Backup: "Secrets Manager keeps versions of a secret and backs none up", LogStore: "not a log store"},
    unordered=("item:/Tags",),
)

TYPES = (SECRET,)
