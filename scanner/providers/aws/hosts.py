"""Hosts of AWS: which endpoints are fit for it, and when it is certain that a region does not have a service, because
there is no host of it.

That the name service knows no such host is not enough: it may know no hosts of AWS at all. So it also takes that
botocore lists other regions of the service only; or, of a service of which it lists none, that the name service knows
the host in a region that has it.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Mapping
from typing import TypeGuard
from urllib.parse import urlsplit

from scanner.collect.model import ScopeError

NAMELESS = frozenset(
    number for name in ("EAI_NONAME", "EAI_NODATA") if (number := getattr(socket, name, None)) is not None
)
"""What getaddrinfo says where there is no such host; that the name service did not answer is another thing."""
APART: Mapping[str, str] = {"s3.list_directory_buckets": "s3express"}
"""Operations that another host answers than those of their service, and how that is called here."""
SURE: Mapping[str, str] = {
    "docdb-elastic": "docdb-elastic.us-east-1.amazonaws.com",
    "mailmanager": "mail-manager.us-east-1.amazonaws.com",
    # docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-Regions-and-Zones.html
    "s3express": "s3express-control.us-east-1.amazonaws.com",
    "s3tables": "s3tables.us-east-1.amazonaws.com",
    "timestream-influxdb": "timestream-influxdb.us-east-1.amazonaws.com",
}
"""Services of which botocore lists no region, each with a host that there is."""


def service_of(operation: str) -> str:
    """The service that answers an operation such as "s3.list_buckets"."""
    return APART.get(operation, operation.partition(".")[0])


def is_known(host: str) -> bool:
    """Whether the name service knows the host."""
    try:
        return bool(socket.getaddrinfo(host, 443))
    except OSError:
        return False


def is_nameless(error: Exception | None) -> TypeGuard[Exception]:
    """Whether a connection failed because the name service knows no address of the host, for good."""
    from botocore.exceptions import EndpointConnectionError

    cause = error.kwargs.get("error") if isinstance(error, EndpointConnectionError) else None
    found = getattr(cause, "__cause__", None)
    return isinstance(found, socket.gaierror) and found.errno in NAMELESS


def is_plain(url: str) -> bool:
    """Whether a URL is plain http, which is fit for a loopback address only: raises ScopeError for another."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        return False
    if parts.scheme != "http" or not _is_loopback(parts.hostname or ""):
        raise ScopeError(f"the AWS endpoint {parts.scheme}://{parts.netloc} is neither https nor on this machine")
    return True


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
