"""AWS Resource Access Manager: resource shares, which let other accounts use what is in them."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.collect.model import Call, ResourceType
from scanner.facts import Grantee, Kind, Location, Tagging, Trust, View, text
from scanner.providers.aws import principals
from scanner.providers.aws.common import arn_home
from scanner.providers.aws.redshift_serverless import small_tags

ASSOCIATIONS = "associations:/resourceShareAssociations"
# Whether somebody is let in now, or will be without a new request (botocore's model of ResourceShareAssociation).
STANDING: dict[object, bool] = {
    **dict.fromkeys(("ASSOCIATING", "ASSOCIATED", "RESTORING"), True),
    **dict.fromkeys(("FAILED", "DISASSOCIATING", "DISASSOCIATED", "SUSPENDED", "SUSPENDING"), False),
}


def _grantees(view: View) -> Iterable[Grantee]:
    """Accounts, roles and users, and organisations or units of them."""
    own = view.at("item:/resourceShareArn", text)
    for each in view.each(ASSOCIATIONS):
        if each.at("/resourceShareArn", text) == own and each.at("/status", STANDING):
            yield from principals.let_in((each.at("/associatedEntity", text),), view.where)


SHARE = ResourceType(
    "aws.ram.resource-share",
    "AWS::RAM::ResourceShare",
    Kind.CONFIG,
    # Its own ones; those of others are told of in their accounts.
    each=Call(
        "ram:GetResourceShares", "ram.get_resource_shares", items="/resourceShares", give={"resourceOwner": "SELF"}
    ),
    id="{/resourceShareArn}",
    label="/name",
    ask={
        # Asked once for a region.
        "associations": Call(
            "ram:GetResourceShareAssociations",
            "ram.get_resource_share_associations",
            items="/resourceShareAssociations",
            give={"associationType": "PRINCIPAL"},
        )
    },
    facts=(
        Location.homes.one("item:/resourceShareArn", arn_home),
        Trust.grantees.items(
            _grantees,
            "item:/resourceShareArn",
            *(f"{ASSOCIATIONS}/*/{field}" for field in ("resourceShareArn", "status", "associatedEntity")),
        ),
        Tagging.tags.at("item:/tags", small_tags),
    ),
    unordered=("item:/tags", ASSOCIATIONS),
)

TYPES = (SHARE,)
