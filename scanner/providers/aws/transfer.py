"""AWS Transfer Family: servers, through which files come into buckets and file systems."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    Copy,
    CopyKind,
    EncryptionInTransit,
    Exposure,
    Inapplicable,
    Kind,
    Location,
    NotApplicable,
    NotKnown,
    Reason,
    Tagging,
    Tls,
    Unknown,
    View,
    key_values,
    text,
    texts,
)
from scanner.places import aws
from scanner.providers.aws.common import arn_here, arn_home
from scanner.providers.aws.rds import moment

SERVER_AT = "server:/Server"
PROTOCOLS = f"{SERVER_AT}/Protocols"
# AS2 is spoken over HTTP only; its messages may be encrypted, its connections are not (botocore's model of
# ProtocolDetails).
PLAIN: dict[object, bool] = {"SFTP": False, "FTPS": False, "FTP": True, "AS2": True}
ENDPOINT = f"{SERVER_AT}/EndpointType"
ADDRESSES = f"{SERVER_AT}/EndpointDetails/AddressAllocationIds"
OUTSIDE: dict[object, bool | None] = {"PUBLIC": True, "VPC": None, "VPC_ENDPOINT": False}
"""Whether an endpoint is on the Internet; None where its addresses decide."""
USERS: dict[object, bool] = {
    "SERVICE_MANAGED": True,
    "AWS_DIRECTORY_SERVICE": True,
    "API_GATEWAY": False,
    "AWS_LAMBDA": False,
}
"""Whether users are named in the service or a directory; else a function of the customer's lets them in."""
LOGS = f"{SERVER_AT}/StructuredLogDestinations"
ROLE = f"{SERVER_AT}/LoggingRole"
FUNCTION = Unknown(Reason.UNDECIDED, "it is on the Internet, and a function of its owner's decides who logs in")
UNTOLD = Unknown(Reason.UNDECIDED, "its security policy names ciphers, but no TLS version")
NO_TLS = Inapplicable("it speaks no TLS: SFTP is a protocol of SSH")


def _spoken(view: View) -> tuple[str, ...]:
    return view.at(PROTOCOLS, texts)


def _plaintext(view: View) -> bool:
    return any(each.at("", PLAIN) for each in view.each(PROTOCOLS))


def _minimum_tls(view: View) -> Tls:
    if "FTPS" not in _spoken(view):
        raise NotApplicable(NO_TLS)
    raise NotKnown(UNTOLD)


def _certificate(view: View) -> datetime:
    if "FTPS" not in _spoken(view):
        raise NotApplicable(NO_TLS)
    return view.at("certificate:/Certificate/NotAfter", moment)


def _copies(view: View) -> Iterable[Copy]:
    # Logs name users and files. Without a destination, a role writes them to the server's own group
    # (docs.aws.amazon.com/transfer/latest/userguide/structured-logging.html).
    named = list(view.each(LOGS, missing=True))
    for each in named:
        yield Copy(CopyKind.LOG_SINK, each.at("", arn_home), each.at("", text).removesuffix(":*"))
    if view.at(ROLE, text, missing=None) and not named:
        group = f"log-group:/aws/transfer/{view.at('item:/ServerId', text)}"
        yield Copy(CopyKind.LOG_SINK, aws(view.where.region), arn_here(view, "logs", group))


def _public(view: View) -> bool:
    outside = view.at(ENDPOINT, OUTSIDE)
    if outside is None:
        outside = bool(view.at(ADDRESSES, texts, missing=()))
    if outside and not view.at("item:/IdentityProviderType", USERS):
        raise NotKnown(FUNCTION)
    # Whoever is a user is invited.
    return False


SERVER = ResourceType(
    "aws.transfer.server",
    "AWS::Transfer::Server",
    Kind.CONFIG,
    each=Call("transfer:ListServers", "transfer.list_servers", items="/Servers"),
    id="{/Arn}",
    label="/ServerId",
    ask={
        "server": Call("transfer:DescribeServer", "transfer.describe_server", take={"ServerId": "/ServerId"}),
        "certificate": Call(
            "acm:DescribeCertificate",
            "acm.describe_certificate",
            take={"CertificateArn": "/Server/Certificate"},
            follows="server",
        ),
    },
    facts=(
        Location.homes.one("item:/Arn", arn_home),
        Location.copies.items(_copies, LOGS, ROLE, "item:/ServerId"),
        EncryptionInTransit.plaintext.by(_plaintext, PROTOCOLS),
        EncryptionInTransit.minimum_tls.by(_minimum_tls, PROTOCOLS),
        EncryptionInTransit.certificate_expires.by(_certificate, PROTOCOLS, "certificate:/Certificate/NotAfter"),
        Exposure.public.by(_public, ENDPOINT, ADDRESSES, "item:/IdentityProviderType"),
        Tagging.tags.at("server:/Server/Tags", key_values),
    ),
    unordered=("server:/Server/Tags",),
)

TYPES = (SERVER,)
