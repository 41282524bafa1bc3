"""The accounts and regions in scope: those of the policy, or of the organisation, and what of them cannot be read.

An account that is suspended or closed still holds its data: AWS deletes what is in a closed one after 90 days
(botocore's model of CloseAccount, and docs.aws.amazon.com/organizations/latest/userguide
/orgs_manage_accounts_account_state.html). Nobody can read it meanwhile, so it is a gap.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

from scanner.collect.model import EVERYTHING, Account, CallError, CredentialError, Discovery, Gap
from scanner.facts import Reason
from scanner.providers.aws import explorer

if TYPE_CHECKING:
    from scanner.providers.aws.session import AwsSession

LISTED = "organizations.list_accounts"
SHUT: Mapping[str, str] = {
    "SUSPENDED": "the account is suspended: it cannot be read, and AWS has not deleted what it holds",
    "PENDING_CLOSURE": "the account is being closed: it cannot be read, and AWS keeps what it holds for 90 days more",
    "CLOSED": "the account is closed: it cannot be read, and AWS keeps what it holds for 90 days",
}
"""Why an account in one of these states is a gap."""
NEW = "PENDING_ACTIVATION"
"""The state of an account whose registration was not finished: nothing can be made in it."""
PERMISSIONS = frozenset({"ec2:DescribeRegions", "organizations:ListAccounts", *explorer.PERMISSIONS.values()})
READS = frozenset({"sts.get_caller_identity", "sts.assume_role", "ec2.describe_regions", LISTED, *explorer.PERMISSIONS})
"""What the discovery calls. sts.assume_role changes nothing: it exchanges one identity for another."""


def discover(session: AwsSession) -> Discovery:
    """The accounts in scope, several at a time; see `scanner.collect.model.Session.discover`."""
    caller = _caller(session)
    own, partition = str(caller["Account"]), str(caller["Arn"]).split(":")[1]
    expected, gaps, limits = _expected(session, own)
    with ThreadPoolExecutor(max_workers=session.options.workers) as pool:
        found = list(pool.map(partial(_reached, session, own, partition), expected))
    accounts = tuple(account for account, _ in found if account)
    gaps += [gap for _, lost in found for gap in lost]
    if len(accounts) < len(expected):
        gaps = _told_by_state(session, gaps)
    if not accounts:
        raise CredentialError(_nothing(own, gaps))
    return Discovery(accounts, tuple(gaps), (*session.limits, *limits))


def _caller(session: AwsSession) -> Mapping[str, Any]:
    try:
        return session._one("", "sts.get_caller_identity")
    except CallError as error:
        raise CredentialError(
            f"AWS: no usable credential ({error.detail}); log in, or set AWS_PROFILE or scope.aws.profile. It was tried"
            f" in {session.home}: one of China, GovCloud or the European sovereign cloud is known in the regions of its"
            " own partition only; set AWS_REGION, or scope.aws.regions, to one of them"
        ) from error


def _expected(session: AwsSession, own: str) -> tuple[list[str], list[Gap], list[str]]:
    """The accounts of the scope; else, with a role to assume, those of the organisation; else the caller's own. With
    them the gaps of accounts that nobody can read, and what is to be told of others.
    """
    scope = session.scope
    if scope.accounts or not scope.role:
        return list(scope.accounts or (own,)), [], []
    try:
        states = _states(session)
    except CallError as error:
        return [own], [_gap("", "", LISTED, "organizations:ListAccounts", Reason.UNREACHED, error.detail)], []
    new = [name for name, state in states.items() if state == NEW]
    limits = [
        f"AWS: account {name} is not activated yet, so that nothing can be in it; it is not read." for name in new
    ]
    shut = _shut(states)
    return [name for name in states if name not in {*shut, *new}] or [own], list(shut.values()), limits


def _states(session: AwsSession) -> Mapping[str, str]:
    """The accounts of the organisation with their states; before State there was Status (botocore's model). Raises
    CallError, as for who is neither in the management account nor in a delegated administrator's.
    """
    pages = session._pages("", session.home, LISTED, {})
    accounts = [each for page in pages if isinstance(page, Mapping) for each in page["Accounts"]]
    return {str(each["Id"]): str(each.get("State") or each.get("Status")) for each in accounts}


def _told_by_state(session: AwsSession, gaps: list[Gap]) -> list[Gap]:
    """The gaps, with the account's state as the reason where the organisation tells one."""
    if not session.scope.accounts:
        return gaps
    try:
        states = _states(session)
    except CallError:
        return gaps
    shut = _shut(states)
    return [shut.get(gap.account, gap) if gap.call == "sts.assume_role" else gap for gap in gaps]


def _shut(states: Mapping[str, str]) -> Mapping[str, Gap]:
    """The gaps of the accounts that nobody can read."""
    shut = {name: SHUT[state] for name, state in states.items() if state in SHUT}
    return {name: _gap(name, "", LISTED, "", Reason.UNREACHED, why) for name, why in shut.items()}


def _reached(session: AwsSession, own: str, partition: str, account: str) -> tuple[Account | None, list[Gap]]:
    """An account and its regions, with the gaps in them; None where it cannot be entered."""
    try:
        session.enter(account, own, partition)
    except CallError as error:
        return None, [_gap(account, "", "sts.assume_role", "sts:AssumeRole", Reason.UNREACHED, error.detail)]
    regions, lost = _regions(session, account)
    found = Account("aws", account, regions=regions, partition=partition)
    return found, [*lost, *explorer.opened(session, found)]


def _regions(session: AwsSession, account: str) -> tuple[tuple[str, ...], list[Gap]]:
    """The regions to read, and a gap for each that is left out or cannot be read."""
    operation, permission = "ec2.describe_regions", "ec2:DescribeRegions"
    wanted = frozenset(session.scope.regions)
    try:
        found = session._one(account, operation)["Regions"]
    except CallError as error:
        return tuple(sorted(wanted)), [_gap(account, "", operation, permission, Reason.UNREACHED, error.detail)]
    enabled = {str(each["RegionName"]) for each in found if each.get("OptInStatus") != "not-opted-in"}
    read = enabled & wanted if wanted else enabled
    out = sorted(_left_out(enabled, wanted, read))
    return tuple(sorted(read)), [_gap(account, each[0], operation, permission, *each[1:]) for each in out]


def _left_out(enabled: set[str], wanted: frozenset[str], read: set[str]) -> Iterator[tuple[str, Reason, str]]:
    for region in enabled - read:
        yield region, Reason.NOT_ASKED, "the policy leaves this region out"
    for region in wanted - read:
        yield region, Reason.UNREACHED, "the policy names this region; it is not enabled"


def _gap(account: str, region: str, call: str, permission: str, reason: Reason, detail: str) -> Gap:
    return Gap("aws", account, region, call, permission, reason, detail, (EVERYTHING,))


def _nothing(own: str, gaps: list[Gap]) -> str:
    """What to do where no account is reached. The caller's ARN is left out: it names people and sessions."""
    tried = "; ".join(f"{gap.account}: {gap.detail}" for gap in gaps)
    caller = f"the caller's identity, of account {own},"
    return f"AWS: {caller} reaches no account of scope.aws ({tried}); check the accounts, the role and its trust policy"
