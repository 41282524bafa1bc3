"""Separation of environments: development, test and production have nothing in common."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from checks.check import Conditions, Fault, Parameters, Severity, check, every
from scanner.facts import (
    Connection,
    Container,
    End,
    Kind,
    Lineage,
    Member,
    Membership,
    NotKnown,
    Origin,
    Reason,
    Unknown,
    need,
)

UNASSIGNED = "unassigned"
"""The value of a fault where no environment claims a resource: what belongs to none is separate from none."""


@check(
    "separation.accounts",
    severity=Severity.HIGH,
    fix="Give every environment accounts or resource groups of its own, and name or tag what belongs to none.",
    reads=(Container.members,),
    about=Kind.CONFIG,
)
def one_environment(container: Container) -> Conditions:
    """An account, resource group or project holds the data of one environment only.

    Every member must be claimed by the same single environment, by its account or by its tags. A member whose account
    says production and whose tag says test is claimed by two.
    """
    yield "one environment", lambda: _mixed(container)


def _mixed(container: Container) -> Iterator[Fault | Unknown]:
    claims: set[str] = set()

    def judge(member: Member) -> Fault | None:
        claims.update(member.environments)
        if not member.environments:
            return Fault(UNASSIGNED, f"{member.ref} is in no environment")
        return None

    found = list(every(container.members, judge))
    if len(claims) > 1:
        both = ", ".join(sorted(claims))
        yield Fault(both, f"it holds resources of {both}")
    yield from dict.fromkeys(found)


JOINING = (
    "aws::ec2::transitgateway*",
    "aws::ec2::vpnconnection*",
    "aws::ec2::vpcendpointservice*",
    "aws::ec2::clientvpnendpoint*",
    "aws::directconnect::*",
    "aws::networkmanager::*",
    "aws::ram::resourceshare",
    "aws::vpclattice::*",
    "microsoft.network/connections",
    "microsoft.network/expressroute*",
    "microsoft.network/networkmanagers",
    "microsoft.network/privatelinkservices",
    "microsoft.network/virtualhubs*",
    "microsoft.network/virtualnetworkgateways",
    "microsoft.network/virtualwans",
    "microsoft.network/vpngateways",
    "compute.googleapis.com/externalvpngateway",
    "compute.googleapis.com/interconnect*",
    "compute.googleapis.com/networkattachment",
    "compute.googleapis.com/serviceattachment",
    "compute.googleapis.com/vpn*",
    "networkconnectivity.googleapis.com/*",
)
"""Other ways to join networks, which are not modelled: one that was seen leaves it open whether they are separate."""


@check(
    "separation.networks",
    severity=Severity.HIGH,
    fix="Remove the peering between the environments, or route through a service that belongs to both by declaration.",
    reads=(Connection.ends,),
    about=Kind.CONFIG,
    beside=JOINING,
)
def not_joined(network: Connection) -> Conditions:
    """No network of one environment is peered with a network of another, or of none."""
    yield "one environment", lambda: _joined(network)


def _joined(network: Connection) -> Iterator[Fault | Unknown]:
    joined: set[str] = set()

    def judge(end: End) -> Fault | None:
        found = need(end.environments)
        joined.update(found)
        return None if found else Fault(UNASSIGNED, f"{end.ref} is in no environment")

    found = list(every(network.ends, judge))
    if len(joined) > 1:
        both = ", ".join(sorted(joined))
        yield Fault(both, f"it joins networks of {both}")
    yield from dict.fromkeys(found)


class Protected(Parameters):
    """The environments whose data must stay among them."""

    data_of: tuple[str, ...] = Field(("production",), min_length=1, description="environments whose data is protected")


@check(
    "separation.lineage",
    severity=Severity.CRITICAL,
    fix="Delete the copy, and make test data that does not come from production.",
    reads=(Lineage.origins, Membership.environments),
)
def not_from_production(data: Lineage, here: Membership, want: Protected) -> Conditions:
    """Nothing outside the protected environments was restored or copied from inside them."""
    protected = frozenset(want.data_of)
    yield "origin", lambda: every(data.origins, lambda origin: _escaped(origin, here, protected))


def _escaped(origin: Origin, here: Membership, protected: frozenset[str]) -> Fault | None:
    own = here.environments
    if own and own <= protected:
        return None
    found = need(origin.environments)
    if not found:
        raise NotKnown(Unknown(Reason.UNDECIDED, f"{origin.ref}, from which it comes, is in no environment"))
    taken = found & protected
    if not taken:
        return None
    names = ", ".join(sorted(taken))
    return Fault(origin.ref, f"it comes from {origin.ref} of {names}, and is in {', '.join(sorted(own)) or UNASSIGNED}")


CHECKS = (one_environment, not_joined, not_from_production)
