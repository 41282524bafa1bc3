"""AWS Resource Explorer: a listing of resources of any type, tagged or not, in the accounts where it is on.

It answers from an index of each region; where one of them is the aggregator, it has them all. A search in a region
without an index would make one, where the caller may
(docs.aws.amazon.com/resource-explorer/latest/userguide/getting-started-terms-and-concepts.html). So only regions that
have an index are asked, and only by a view that is there. ListResources has no limit of 1,000, as Search has; it gives
no token for a next page where 1,000 are asked for at a time (botocore's models).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from scanner.collect.model import OTHERS, Account, Call, CallError, Gap, Per, Sweep
from scanner.facts import JSON, Location, NotKnown, Reason, Tagging, Unknown, View, key_values, text
from scanner.places import aws
from scanner.providers.aws.arns import arn_type

if TYPE_CHECKING:
    from scanner.providers.aws.session import AwsSession

SERVICE = "resource-explorer-2"
LISTING = f"{SERVICE}.list_resources"
INDEXES, DEFAULT, VIEW = (f"{SERVICE}.{name}" for name in ("list_indexes", "get_default_view", "get_view"))
PERMISSIONS = {
    INDEXES: f"{SERVICE}:ListIndexes",
    DEFAULT: f"{SERVICE}:GetDefaultView",
    VIEW: f"{SERVICE}:GetView",
}
"""What finding it out calls, and needs."""
NO_VIEW = "NoView"
VIEWLESS = "Resource Explorer has no default view in {} of all that is in this account, and of nothing else"
BLIND = "Resource Explorer shows only types that it supports, as it last saw them, in regions with an index ({})"
CLOUDFORMATION = re.compile(r"[A-Za-z0-9]{2,40}(::[A-Za-z0-9]{1,60}){2}")
UNTOLD = Unknown(Reason.NOT_ASKED, "the view of Resource Explorer tells no tags of it")


def _native(item: Mapping[str, JSON]) -> str:
    """The type that its ARN names; else the one that Resource Explorer gives."""
    known, told = arn_type(str(item.get("Arn"))), str(item.get("CfnResourceType"))
    return told if known.startswith("aws:") and CLOUDFORMATION.fullmatch(told) else known


def _home(value: JSON) -> str:
    return aws(text(value))


def _tags(view: View) -> dict[str, str]:
    for each in view.each("item:/Properties", missing=True):
        if each.at("/Name", text) == "tags":
            return each.at("/Data", key_values)
    raise NotKnown(UNTOLD)


EXPLORED = Sweep(
    each=Call(f"{SERVICE}:Search", LISTING, items="/Resources", give={"MaxResults": 500}, per=Per.ACCOUNT),
    native=_native,
    id="{/Arn}",
    label="/Arn",
    facts=(
        Location.homes.one("item:/Region", _home),
        Tagging.tags.by(_tags, "item:/Properties/*/Name", "item:/Properties/*/Data"),
    ),
    region="/Region",
    paths=("/Arn", "/CfnResourceType"),
)
"""What it cannot show is told by `opened`, of the accounts where it is on."""


def opened(session: AwsSession, account: Account) -> Iterator[Gap]:
    """Find the views of an account by which it may be asked, and leave them with the session. What Resource Explorer
    does not show there is a gap.
    """
    try:
        indexes = _listed(session, account.id)
    except CallError as error:
        if session.is_missing(error, SERVICE, session.home, account.partition):
            return
        yield _gap(account, "", INDEXES, _reason(error), error.detail)
        return
    here = {region: kind for region, kind in indexes.items() if region in account.regions}
    asked = {region for region, kind in here.items() if kind == "AGGREGATOR"} or set(here)
    views = {}
    for region in sorted(asked):
        try:
            views[region] = _view(session, account.id, region)
        except CallError as error:
            # The error names the call that failed.
            call = VIEW if VIEW in error.detail else DEFAULT
            yield _gap(account, region, call, _reason(error), error.detail)
    session.views[account.id] = views
    if views:
        yield _gap(account, "", LISTING, Reason.INCOMPLETE, BLIND.format(", ".join(sorted(indexes))))


def _listed(session: AwsSession, account: str) -> Mapping[str, str]:
    pages = session._pages(account, session.home, INDEXES, {})
    found = [each for page in pages if isinstance(page, Mapping) for each in page["Indexes"]]
    return {str(each["Region"]): str(each["Type"]) for each in found}


def _view(session: AwsSession, account: str, region: str) -> str:
    """The default view of a region. Raises CallError where there is none, or it is of more or less than the account."""
    arn = session._one(account, DEFAULT, region).get("ViewArn")
    view = session._one(account, VIEW, region, ViewArn=str(arn))["View"] if arn else {}
    scope, filters = str(view.get("Scope")), view.get("Filters") or {}
    if not scope.endswith(f":iam::{account}:root") or filters.get("FilterString"):
        raise CallError(NO_VIEW, refused=False, detail=VIEWLESS.format(region))
    return str(arn)


def _reason(error: CallError) -> Reason:
    if error.code == NO_VIEW:
        return Reason.NOT_ASKED
    return Reason.REFUSED if error.refused else Reason.FAILED


def _gap(account: Account, region: str, call: str, reason: Reason, detail: str) -> Gap:
    permission = PERMISSIONS.get(call, "") if reason is Reason.REFUSED else ""
    return Gap("aws", account.id, region, call, permission, reason, detail, (OTHERS,))
