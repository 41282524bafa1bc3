"""Managed Service for Apache Kafka
(https://cloud.google.com/managed-service-for-apache-kafka/docs/reference/rest/v1/projects.locations.clusters).
"""

from __future__ import annotations

from scanner.facts import (
    Backup,
    EncryptionInTransit,
    Exposure,
    Kind,
    Lineage,
    Location,
    NotKnown,
    Reason,
    Unknown,
    View,
    always,
)
from scanner.providers.gcp.assets import DATA, asset_type, at_rest, labels
from scanner.providers.gcp.iam import TRUST
from scanner.providers.gcp.told import HOME, NO_LOGS

DOCS = "https://cloud.google.com/managed-service-for-apache-kafka/docs"
OPEN = f"{DATA}/publicClusterDetails"
ADDRESSES = Unknown(Reason.UNDECIDED, "it has public addresses; whether clients without a right get in is not told")


def _public(view: View) -> bool:
    if view.at(OPEN, always(True), missing=False):
        raise NotKnown(ADDRESSES)
    return False


CLUSTER = asset_type(
    "gcp.managedkafka.cluster",
    "managedkafka.googleapis.com/Cluster",
    Kind.DATA,
    (
        HOME,
        Location.copies.none(f"{DOCS}/overview: replicas are in three zones of its region"),
        *at_rest(f"{DATA}/gcpConfig/kmsKey"),
        EncryptionInTransit.plaintext.documented(False, f"{DOCS}/authentication-kafka: clients need TLS"),
        EncryptionInTransit.minimum_tls.unseen("the lowest TLS version of the brokers is not told"),
        EncryptionInTransit.certificate_expires.inapplicable("the certificate is Google's own"),
        Lineage.origins.gap("what was mirrored to it is not recorded on a cluster"),
        Exposure.public.by(_public, OPEN),
        TRUST,
        labels(),
    ),
    {**NO_LOGS, Backup: "the service makes no backups; how long messages are kept is the topics' retention"},
)
TYPES = (CLUSTER,)
