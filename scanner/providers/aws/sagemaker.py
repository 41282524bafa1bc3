"""Amazon SageMaker AI: notebook instances, and domains with the home file system of their users."""

from __future__ import annotations

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    AtRest,
    Backup,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    KeyOwner,
    Kind,
    Lineage,
    Location,
    LogStore,
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
from scanner.providers.aws import keys
from scanner.providers.aws.common import MANAGERS, arn_home

GUIDE = "docs.aws.amazon.com/sagemaker/latest/dg/"
API = "docs.aws.amazon.com/sagemaker/latest/APIReference/"
NO_CIPHER = "SageMaker does not tell which cipher is used"
NO_POLICY = "no policy can be attached to it"
IN_TRANSIT = (
    EncryptionInTransit.plaintext.documented(value=False, basis=GUIDE + "encryption-in-transit.html"),
    EncryptionInTransit.minimum_tls.documented(Tls.V1_2, GUIDE + "infrastructure-security.html"),
    EncryptionInTransit.certificate_expires.inapplicable("the certificate is that of the service's endpoint"),
)
TAGS = Tagging.tags.at("tags:/Tags", key_values)
KEY = "/KmsKeyId"
# What named the key before (botocore's model of DescribeDomain).
OLD = "domain:/HomeEfsFileSystemKmsKeyId"
BEFORE = Unknown(Reason.NOT_ASKED, "its key is named in a field of old, by which it is not looked up")
DEFAULT = keys.managed("aws/elasticfilesystem")


def _tags(arn: str) -> Call:
    return Call("sagemaker:ListTags", "sagemaker.list_tags", items="/Tags", take={"ResourceArn": arn})


NOTEBOOK = ResourceType(
    "aws.sagemaker.notebook-instance",
    "AWS::SageMaker::NotebookInstance",
    Kind.DATA,
    each=Call("sagemaker:ListNotebookInstances", "sagemaker.list_notebook_instances", items="/NotebookInstances"),
    id="{/NotebookInstanceArn}",
    label="/NotebookInstanceName",
    ask={
        "notebook": Call(
            "sagemaker:DescribeNotebookInstance",
            "sagemaker.describe_notebook_instance",
            take={"NotebookInstanceName": "/NotebookInstanceName"},
        ),
        "key": keys.ask(KEY, follows="notebook"),
        "tags": _tags("/NotebookInstanceArn"),
    },
    facts=(
        Location.homes.one("item:/NotebookInstanceArn", arn_home),
        Location.copies.none("the volume of a notebook instance is not copied"),
        # Storage volumes are always encrypted, it says of their size.
        EncryptionAtRest.state.documented(AtRest.ENCRYPTED, API + "API_UpdateNotebookInstance.html"),
        EncryptionAtRest.algorithms.unseen(NO_CIPHER, Reason.UNDECIDED),
        # Whose key it is where none is named is not documented.
        *keys.held(f"notebook:{KEY}"),
        *IN_TRANSIT,
        Lineage.origins.gap("SageMaker does not tell what was copied onto the volume of a notebook instance"),
        # Its address takes only a link that an identity which is allowed to has got.
        Exposure.public.documented(value=False, basis=API + "API_CreatePresignedNotebookInstanceUrl.html"),
        TAGS,
    ),
    without={
        Backup: "neither SageMaker nor AWS Backup makes backups of the volume",
        LogStore: "not a log store",
        Trust: NO_POLICY,
    },
    unordered=("tags:/Tags",),
)


def _named(view: View) -> str | None:
    """The key of a domain; None where it is the default one. Raises NotKnown where only the old field names one."""
    named = view.at(f"domain:{KEY}", text, missing=None)
    if named is None and view.at(OLD, text, missing=None) is not None:
        raise NotKnown(BEFORE)
    return named


def _owner(view: View) -> KeyOwner:
    return DEFAULT.owner if _named(view) is None else view.at(keys.MANAGER, MANAGERS)


def _key(view: View) -> str:
    return _named(view) or DEFAULT.key


DOMAIN = ResourceType(
    "aws.sagemaker.domain",
    "AWS::SageMaker::Domain",
    Kind.DATA,
    each=Call("sagemaker:ListDomains", "sagemaker.list_domains", items="/Domains"),
    id="{/DomainArn}",
    label="/DomainName",
    ask={
        "domain": Call("sagemaker:DescribeDomain", "sagemaker.describe_domain", take={"DomainId": "/DomainId"}),
        "key": keys.ask(KEY, follows="domain"),
        "tags": _tags("/DomainArn"),
    },
    facts=(
        Location.homes.one("item:/DomainArn", arn_home),
        Location.copies.gap("shared notebooks, and results of Canvas, go to buckets that are not read yet"),
        # Its file system, one of EFS, is encrypted by a key that AWS manages, unless one is named.
        *keys.always(API + "API_CreateDomain.html"),
        EncryptionAtRest.owner.by(_owner, f"domain:{KEY}", OLD, keys.MANAGER),
        EncryptionAtRest.key.by(_key, f"domain:{KEY}", OLD),
        *IN_TRANSIT,
        Lineage.origins.gap("SageMaker does not tell what its users copied into their homes"),
        Exposure.public.documented(value=False, basis=API + "API_CreatePresignedDomainUrl.html"),
        TAGS,
    ),
    without={
        Backup: "its file system is one of EFS, and answers for itself",
        LogStore: "not a log store",
        Trust: NO_POLICY,
    },
    unordered=("tags:/Tags",),
)

TYPES = (NOTEBOOK, DOMAIN)
LIMITS = (
    "SageMaker: models, feature stores, endpoints, jobs and the volumes of spaces are not read.",
    "SageMaker: whether a notebook or a domain may reach the Internet from within is not read.",
)
