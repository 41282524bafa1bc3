"""AWS Glue: databases of the Data Catalog. Column statistics and partition values in it are content; the data that its
tables describe lies in buckets and databases, which answer for themselves.

A catalog is in every region of every account, whether or not anything is in it, so that the databases stand for it: its
encryption and its policy are asked once for a region, and hold for all of them.
"""

from __future__ import annotations

from collections.abc import Iterable

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    Backup,
    EncryptionInTransit,
    Exposure,
    Grantee,
    Inapplicable,
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
    always,
    text,
)
from scanner.places import aws
from scanner.providers.aws import keys, policies, tagging
from scanner.providers.aws.common import Scheme, arn_here, at_rest

GUIDE = "docs.aws.amazon.com/glue/latest/dg/"
SETTINGS = "/DataCatalogEncryptionSettings/EncryptionAtRest"
MODE, NAMED = f"{SETTINGS}/CatalogEncryptionMode", f"{SETTINGS}/SseAwsKmsKeyId"
# While it is disabled, what is new is not encrypted (encrypt-glue-data-catalog.html of the guide).
SCHEMES: dict[object, Scheme] = {
    "DISABLED": Scheme.NONE,
    "SSE-KMS": Scheme.KMS,
    "SSE-KMS-WITH-SERVICE-ROLE": Scheme.KMS,
}
LINK, OUTSIDE = "item:/TargetDatabase", "item:/FederatedDatabase"
POLICY = "policy:/PolicyInJson"
A_LINK = Inapplicable("it is a link to a database of another catalog or region, and keeps nothing")
FEDERATED = Unknown(Reason.UNDECIDED, "its content is outside the Data Catalog, where a connection leads to")
BY_LAKE = Unknown(Reason.NOT_ASKED, "grants of Lake Formation on the database are not read yet")


def _kept(view: View) -> None:
    """Raises NotApplicable for a link, and NotKnown for a database whose content is elsewhere."""
    if view.at(LINK, always(True), missing=False):
        raise NotApplicable(A_LINK)
    if view.at(OUTSIDE, always(True), missing=False):
        raise NotKnown(FEDERATED)


def _homes(view: View) -> Iterable[str]:
    _kept(view)
    yield aws(view.where.region)


def _scheme(view: View) -> Scheme:
    _kept(view)
    return view.at(f"settings:{MODE}", SCHEMES)


def _arn(view: View) -> str:
    return arn_here(view, "glue", f"database/{view.at('item:/Name', text)}")


def _policy(view: View) -> list[policies.Statement]:
    """What of the catalog's policy may be about this database or something in it, or about the catalog."""
    found = view.at(f"{POLICY}/Statement", policies.statements, absent=[])
    name = view.at("item:/Name", text)
    below = (f"table/{name}/*", f"userDefinedFunction/{name}/*")
    return policies.about(found, _arn(view), *(arn_here(view, "glue", each) for each in ("catalog", *below)))


def _grantees(view: View) -> Iterable[Grantee | Unknown]:
    yield BY_LAKE
    yield from policies.grantees(_policy(view), view.where)


ITEM = ("item:/Name", *policies.paths(POLICY))

DATABASE = ResourceType(
    "aws.glue.database",
    "AWS::Glue::Database",
    Kind.DATA,
    each=Call("glue:GetDatabases", "glue.get_databases", items="/DatabaseList"),
    id="arn:{@partition}:glue:{@region}:{@account}:database/{/Name}",
    label="/Name",
    ask={
        "settings": Call("glue:GetDataCatalogEncryptionSettings", "glue.get_data_catalog_encryption_settings"),
        "key": keys.ask(NAMED, follows="settings"),
        "policy": Call(
            "glue:GetResourcePolicy",
            "glue.get_resource_policy",
            absent=frozenset({"EntityNotFoundException"}),
            decode=("/PolicyInJson",),
        ),
        "tags": tagging.ask("glue:database"),
    },
    facts=(
        Location.homes.items(_homes, LINK, OUTSIDE),
        Location.copies.none("the catalog is not replicated; what its tables describe answers for itself"),
        *at_rest(_scheme, LINK, OUTSIDE, f"settings:{MODE}", named=f"settings:{NAMED}", ciphers=frozenset()),
        EncryptionInTransit.plaintext.documented(value=False, basis=GUIDE + "encryption-in-transit.html"),
        EncryptionInTransit.minimum_tls.documented(Tls.V1_2, GUIDE + "infrastructure-security.html"),
        EncryptionInTransit.certificate_expires.inapplicable("the certificate is that of the service's endpoint"),
        Lineage.origins.gap("which crawlers and jobs fill a database, and from what, is not read yet"),
        Exposure.public.by(lambda view: policies.lets_everybody(_policy(view)), *ITEM),
        Trust.grantees.items(_grantees, *ITEM),
        tagging.answer_of(_arn, "item:/Name"),
    ),
    without={Backup: "neither Glue nor AWS Backup makes backups of the Data Catalog", LogStore: "not a log store"},
)

TYPES = (DATABASE,)
LIMITS = (
    "Glue: of the Data Catalog, encryption is told of new objects; older ones may lie otherwise.",
    "Glue: databases of catalogs other than the account's own, and those that Lake Formation hides, are not listed.",
    "Glue: what jobs write lies in buckets, which answer for themselves; security configurations of jobs are not read.",
)
