"""Firewall rules of networks (https://cloud.google.com/firewall/docs/firewalls). Firewall policies are not read."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network

from scanner.facts import JSON, Exposure, Kind, NotKnown, Reason, Tagging, Unknown, View, flag, texts
from scanner.providers.gcp.assets import DATA, asset_type
from scanner.providers.gcp.told import open_to_all

DIRECTION, DISABLED, ALLOWED = f"{DATA}/direction", f"{DATA}/disabled", f"{DATA}/allowed"
RANGES, NAMED = f"{DATA}/sourceRanges", (f"{DATA}/sourceTags", f"{DATA}/sourceServiceAccounts")
INBOUND: Mapping[object, bool] = {"INGRESS": True, "EGRESS": False}
INTERNET = IPv6Network("2000::/3")
"""All addresses of IPv6 that machines on the Internet have."""
WIDE = 16
"""The prefix from which on a range of IPv6 is taken for invited addresses."""


def _public(view: View) -> bool:
    """Whether the rule lets in the whole Internet: it is inbound unless it says otherwise, holds unless it is disabled,
    and without any source it is for all. A rule of higher priority may still deny.
    """
    if not view.at(DIRECTION, INBOUND, missing=True) or view.at(DISABLED, flag, missing=False):
        return False
    if not any(True for _ in view.each(ALLOWED, missing=True)):
        return False
    ranges = view.at(RANGES, _networks, missing=())
    if not ranges:
        return not any(view.at(path, texts, missing=()) for path in NAMED)
    return _open(ranges)


def _networks(value: JSON) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(each, strict=False) for each in texts(value))


def _open(ranges: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    wide = [each for each in ranges if isinstance(each, IPv6Network) and _is_wide(each)]
    if any(each.prefixlen <= INTERNET.prefixlen for each in wide):
        return True
    if open_to_all(each for each in ranges if isinstance(each, IPv4Network)):
        return True
    if wide:
        raise NotKnown(Unknown(Reason.UNDECIDED, f"it lets in all of {wide[0]}"))
    return False


def _is_wide(found: IPv6Network) -> bool:
    return found.prefixlen < WIDE and found.overlaps(INTERNET)


RULE = asset_type(
    "gcp.compute.firewall",
    "compute.googleapis.com/Firewall",
    Kind.CONFIG,
    (
        Exposure.public.by(_public, DIRECTION, DISABLED, f"{ALLOWED}/*/IPProtocol", RANGES, *NAMED),
        Tagging.tags.documented({}, "Firewall of the Compute Engine API v1 has no labels"),
    ),
)
TYPES = (RULE,)
