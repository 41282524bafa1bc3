"""Certificates: those of AWS Certificate Manager and the server certificates of IAM."""

from __future__ import annotations

from datetime import datetime

from scanner.collect.model import Call, Per, ResourceType
from scanner.facts import (
    JSON,
    EncryptionInTransit,
    Inapplicable,
    Kind,
    Location,
    NotApplicable,
    Tagging,
    Trust,
    View,
    key_values,
    text,
)
from scanner.providers.aws.common import arn_home

# Without them only RSA of 1024 and 2048 bits is listed (botocore's model of Filters).
EVERY_KEY = [
    "RSA_1024",
    "RSA_2048",
    "RSA_3072",
    "RSA_4096",
    "EC_prime256v1",
    "EC_secp384r1",
    "EC_secp521r1",
]
# A certificate that was not issued has no end.
ISSUED: dict[object, bool] = {
    "ISSUED": True,
    "EXPIRED": True,
    "INACTIVE": True,
    "REVOKED": True,
    "PENDING_VALIDATION": False,
    "VALIDATION_TIMED_OUT": False,
    "FAILED": False,
}


def _time(value: JSON) -> datetime:
    return datetime.fromisoformat(text(value))


def _expires(view: View) -> datetime:
    if not view.at("item:/Status", ISSUED):
        raise NotApplicable(Inapplicable("it was not issued"))
    return view.at("item:/NotAfter", _time)


CERTIFICATE = ResourceType(
    "aws.acm.certificate",
    "AWS::CertificateManager::Certificate",
    Kind.CONFIG,
    each=Call(
        "acm:ListCertificates",
        "acm.list_certificates",
        items="/CertificateSummaryList",
        give={"Includes": {"keyTypes": EVERY_KEY}},
    ),
    id="{/CertificateArn}",
    label="/DomainName",
    ask={
        "tags": Call(
            "acm:ListTagsForCertificate", "acm.list_tags_for_certificate", take={"CertificateArn": "/CertificateArn"}
        )
    },
    facts=(
        Location.homes.one("item:/CertificateArn", arn_home),
        EncryptionInTransit.certificate_expires.by(_expires, "item:/Status", "item:/NotAfter"),
        Tagging.tags.at("tags:/Tags", key_values, missing={}),
    ),
    without={Trust: "a certificate cannot be shared"},
    unordered=("tags:/Tags",),
)

SERVER_CERTIFICATE = ResourceType(
    "aws.iam.server-certificate",
    "AWS::IAM::ServerCertificate",
    Kind.CONFIG,
    each=Call(
        "iam:ListServerCertificates",
        "iam.list_server_certificates",
        items="/ServerCertificateMetadataList",
        per=Per.ACCOUNT,
    ),
    id="{/Arn}",
    label="/ServerCertificateName",
    ask={
        "tags": Call(
            "iam:ListServerCertificateTags",
            "iam.list_server_certificate_tags",
            items="/Tags",
            take={"ServerCertificateName": "/ServerCertificateName"},
        )
    },
    facts=(
        EncryptionInTransit.certificate_expires.at("item:/Expiration", _time),
        Tagging.tags.at("tags:/Tags", key_values),
    ),
    without={Trust: "a certificate cannot be shared"},
    unordered=("tags:/Tags",),
)

TYPES = (CERTIFICATE, SERVER_CERTIFICATE)
