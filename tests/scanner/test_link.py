"""Linking: facts are derived, and what resources tell of one another is resolved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from checks.exposure import not_public
from scanner.collect.model import Account, Call, Gap, ResourceType, Sweep
from scanner.collect.runner import Inventory, Record
from scanner.estate import Resource, account_of
from scanner.facts import (
    JSON,
    Answer,
    Backup,
    Body,
    Connection,
    Container,
    Copy,
    CopyKind,
    Cover,
    Duration,
    EncryptionAtRest,
    End,
    Exposure,
    Fact,
    Fragment,
    Grantee,
    Inapplicable,
    KeyUse,
    Kind,
    Known,
    Lineage,
    Location,
    Member,
    Membership,
    Origin,
    Plan,
    PlanKind,
    Protection,
    Reason,
    RecoveryPoint,
    Seen,
    Source,
    State,
    Tagging,
    Trust,
    Unknown,
    View,
    pairs,
    text,
    texts,
    whole,
)
from scanner.link import Linker, link
from scanner.policy import Policy, loads

LIST = Call("x:List", "x.list")
COPIES = Location.copies.key
LATER = Unknown(Reason.NOT_ASKED, "resolved by the engine")


def _copies(view: View) -> Iterable[Copy]:
    yield Copy(CopyKind.REPLICA, LATER, view.at("item:/copy", text))


def _ends(view: View) -> Iterable[End]:
    yield End(view.at("item:/id", text), LATER, LATER)
    yield End(view.at("item:/peer", text), LATER, LATER)


def _origins(view: View) -> Iterable[Origin]:
    yield Origin(view.at("item:/from", text), LATER)


def _broken(view: View) -> bool:
    return bool(1 / len(view.at("item:/id", text)[:0]))


FACTS: tuple[Answer, ...] = (
    Tagging.tags.at("item:/tags", pairs, missing={}),
    Location.homes.one("item:/home", text),
    Location.copies.items(_copies, "item:/copy"),
    Connection.ends.items(_ends, "item:/id", "item:/peer"),
    Lineage.origins.items(_origins, "item:/from"),
)
STORE = ResourceType("aws.store", "Store", Kind.DATA, LIST, "{/id}", "/id", FACTS)
BROKEN = ResourceType(
    "aws.broken", "Broken", Kind.DATA, LIST, "{/id}", "/id", (Exposure.public.by(_broken, "item:/id"),)
)
WITHOUT = ResourceType(
    "aws.hub",
    "Hub",
    Kind.DATA,
    LIST,
    "{/id}",
    "/id",
    (),
    without={Location: "it holds nothing", Tagging: "it has none", Lineage: "it is no copy"},
)
ACCOUNT = ResourceType("aws.account", "Account", Kind.CONFIG, LIST, "{/id}", "/id", (), container=True)
SWEEP = Sweep(LIST, lambda _: "", "{/id}", "/id", (Location.homes.one("item:/home", text),))
PART = ResourceType(
    "aws.part",
    "Part",
    Kind.DATA,
    LIST,
    "{/id}",
    "/id",
    (Location.homes.one("item:/home", text), Location.homes.gap("it may be elsewhere too")),
)
TYPES = {kind.name: kind for kind in (PART, STORE, BROKEN, WITHOUT, ACCOUNT)}
WANTED = frozenset(
    fact.key
    for fact in (Location.homes, Location.copies, Connection.ends, Lineage.origins, Exposure.public, Container.members)
)


def policy(*, tags: bool = True, extra: str = "") -> Policy:
    by_tag = ", tags: {env: [production]}" if tags else ""
    source = f"""
version: 1
name: example
organisation: Example SaaS Ltd
scope: {{aws: {{}}}}
environments:
  production: {{aws: ["111111111111"]{by_tag}}}
  test: {{aws: ["222222222222"]}}
promises: [{{id: it, says: It., check: {not_public.id}}}]
{extra}"""
    return loads(source, "policy.yaml", checks={not_public.id: not_public}, types=list(TYPES), providers=["aws"])


def record(
    item: Mapping[str, JSON], *, kind: str = "aws.store", account: str = "333333333333", **changes: bool
) -> Record:
    body = Body("x.list", "x:List", Fragment(dict(item)))
    return Record(
        id=str(item["id"]),
        type=kind,
        kind=Kind.CONFIG if kind == "aws.account" else Kind.DATA,
        provider="aws",
        account=account,
        region="eu-west-2",
        partition="aws",
        name="",
        replies={"item": body},
        modelled=changes.get("modelled", True),
    )


def linked(*records: Record, gaps: tuple[Gap, ...] = (), declared: Policy | None = None) -> dict[str, Resource]:
    inventory = Inventory("aws", (Account("aws", "111111111111"),), records, gaps, (), {})
    estate = link([inventory], TYPES, {"aws": (SWEEP,)}, WANTED, declared or policy())
    return {resource.id: resource for resource in estate.resources}


def items(state: State) -> tuple[Any, ...]:
    assert isinstance(state, Known)
    assert isinstance(state.value, Seen)
    return state.value.items


def arn(name: str, account: str = "333333333333") -> str:
    return f"arn:aws:x:eu-west-2:{account}:{name}"


@pytest.mark.parametrize(
    ("account", "tags", "expected"),
    [
        ("111111111111", {}, {"production"}),
        ("222222222222", {"env": "production"}, {"test"}),
        ("333333333333", {"env": "production"}, {"production"}),
        ("333333333333", {"env": "other"}, set()),
        ("333333333333", {}, set()),
    ],
)
def test_an_explicit_account_wins_else_tags(account: str, tags: dict[str, str], expected: set[str]) -> None:
    found = linked(record({"id": "a", "tags": tags}, account=account))
    assert found["a"].environments == expected


@pytest.mark.parametrize(("account", "read"), [("111111111111", False), ("333333333333", True)])
def test_tags_are_evidence_of_an_environment_only_where_they_decide(account: str, read: bool) -> None:
    found = linked(record({"id": "a", "tags": {"env": "production"}}, account=account))
    state = found["a"].states[Membership.environments.key]
    assert isinstance(state, Known)
    assert state.value == {"production"}
    assert [each.pointer for each in state.evidence] == (["/tags"] if read else [])


def test_tags_that_could_not_be_read_leave_the_environment_unknown() -> None:
    found = linked(record({"id": "a", "tags": 5}))
    assert isinstance(found["a"].environments, Unknown)
    assert linked(record({"id": "a", "tags": 5}), declared=policy(tags=False))["a"].environments == frozenset()


def test_a_copy_lies_where_its_holder_is() -> None:
    holder = record({"id": arn("there"), "home": "aws:us-east-1"})
    copied = record({"id": arn("here"), "copy": arn("THERE"), "home": "aws:eu-west-2"})
    state = linked(holder, copied)[arn("here")].states[Location.copies.key]
    assert items(state) == (Copy(CopyKind.REPLICA, "aws:us-east-1", arn("THERE")),)
    assert isinstance(state, Known)
    assert {each.pointer for each in state.evidence} == {"/copy", "/home"}


def test_a_copy_in_a_holder_of_which_not_every_home_is_known_stays_unknown() -> None:
    partly = record({"id": arn("there"), "home": "aws:us-east-1"}, kind="aws.part")
    (copy,) = items(linked(partly, record({"id": arn("here"), "copy": arn("there")}))[arn("here")].states[COPIES])
    assert isinstance(copy, Copy)
    assert copy.place == LATER


def test_a_copy_whose_holder_nobody_saw_stays_unknown() -> None:
    (copy,) = items(linked(record({"id": "a", "copy": arn("gone")}))["a"].states[Location.copies.key])
    assert isinstance(copy, Copy)
    assert copy.place == LATER


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        (arn("seen"), {"production"}),
        (arn("unseen", "222222222222"), {"test"}),
        (arn("stranger", "999999999999"), None),
    ],
)
def test_the_environment_of_a_network_is_the_estates_else_its_accounts(peer: str, expected: set[str] | None) -> None:
    seen = record({"id": arn("seen"), "tags": {"env": "production"}})
    found = linked(seen, record({"id": arn("net"), "peer": peer}, account="222222222222"))
    own, other = items(found[arn("net")].states[Connection.ends.key])
    assert isinstance(own, End)
    assert isinstance(other, End)
    assert own.environments == {"test"}
    assert isinstance(other.environments, Unknown) if expected is None else other.environments == expected


def test_an_origin_without_an_account_is_found_in_any() -> None:
    source = record({"id": arn("snap", "111111111111")}, account="111111111111")
    found = linked(source, record({"id": arn("vol"), "from": arn("snap", "*")}))
    (origin,) = items(found[arn("vol")].states[Lineage.origins.key])
    assert isinstance(origin, Origin)
    assert origin.environments == {"production"}


def lineage(found: dict[str, Resource], name: str) -> tuple[set[str], int]:
    state = found[name].states[Lineage.origins.key]
    assert isinstance(state, Known)
    assert isinstance(state.value, Seen)
    return {each.ref for each in state.value.items}, len(state.value.gaps)


def test_a_copy_of_a_copy_comes_from_the_first() -> None:
    first = record({"id": arn("first")}, kind="aws.hub")
    second = record({"id": arn("second"), "from": arn("first")})
    third = record({"id": arn("third"), "from": arn("second", "*")})
    found = linked(first, second, third)
    assert lineage(found, arn("third")) == ({arn("second", "*"), arn("first")}, 0)


def test_where_an_origin_that_was_not_seen_came_from_is_not_known() -> None:
    assert lineage(linked(record({"id": arn("a"), "from": arn("gone")})), arn("a")) == ({arn("gone")}, 1)


def test_a_circle_of_origins_ends() -> None:
    found = linked(record({"id": arn("a"), "from": arn("b")}), record({"id": arn("b"), "from": arn("a")}))
    assert lineage(found, arn("a")) == ({arn("b"), arn("a")}, 0)


def test_a_container_holds_the_data_of_its_account() -> None:
    found = linked(
        record({"id": "root"}, kind="aws.account", account="111111111111"),
        record({"id": "a", "tags": {"env": "production"}}, account="111111111111"),
        record({"id": "b"}, account="222222222222"),
    )
    assert items(found["root"].states[Container.members.key]) == (Member("a", frozenset({"production"})),)


def test_what_an_account_hides_is_a_gap_of_its_members() -> None:
    gap = Gap("aws", "111111111111", "eu-west-2", "x.list", "x:List", Reason.REFUSED, "denied", ("aws.store",))
    other = Gap("aws", "222222222222", "eu-west-2", "x.list", "x:List", Reason.REFUSED, "denied", ("aws.store",))
    root = record({"id": "root"}, kind="aws.account", account="111111111111")
    state = linked(root, gaps=(gap, other))["root"].states[Container.members.key]
    assert isinstance(state, Known)
    assert isinstance(state.value, Seen)
    assert [each.permission for each in state.value.gaps] == ["x:List"]


def test_a_parents_gap_may_hide_members_of_any_account_below_it() -> None:
    gap = Gap("aws", "organizations/1", "", "x.list", "x:List", Reason.REFUSED, "denied", ("aws.store",))
    roots = [record({"id": each}, kind="aws.account", account=each) for each in ("111111111111", "222222222222")]
    found = linked(*roots, gaps=(gap,))
    hidden = [len(found[each].states[Container.members.key].value.gaps) for each in found]  # type: ignore[union-attr]  # known
    assert hidden == [0, 1]


def test_a_mapping_that_breaks_makes_its_own_fact_a_defect() -> None:
    state = linked(record({"id": "a"}, kind="aws.broken"))["a"].states[Exposure.public.key]
    assert isinstance(state, Unknown)
    assert state.reason is Reason.DEFECT


def test_a_facet_that_makes_no_sense_is_inapplicable() -> None:
    hub = linked(record({"id": "a"}, kind="aws.hub"))["a"]
    assert hub.states[Location.homes.key] == Inapplicable("it holds nothing")
    assert hub.tags is None
    assert hub.environments == frozenset()


def test_of_an_unmodelled_type_only_the_sweep_is_known() -> None:
    swept = linked(record({"id": "a", "home": "aws:eu-west-2"}, kind="AWS::New::Thing", modelled=False))["a"]
    assert items(swept.states[Location.homes.key]) == ("aws:eu-west-2",)
    assert Location.copies.key not in swept.states


def test_the_tenant_is_the_value_of_its_tag() -> None:
    declared = policy(extra="tenants: {tag: customer}")
    found = linked(record({"id": "a", "tags": {"customer": "c1"}}), record({"id": "b"}), declared=declared)
    state = found["a"].states[Membership.tenant.key]
    assert isinstance(state, Known)
    assert state.value == "c1"
    assert isinstance(found["b"].states[Membership.tenant.key], Unknown)


@pytest.mark.parametrize(
    ("ref", "account"),
    [
        ("arn:aws:rds:eu-west-2:111111111111:db:x", "111111111111"),
        ("arn:aws:ec2:eu-west-2:*:snapshot/x", ""),
        ("arn:aws:s3:::b", ""),
        ("/subscriptions/S1/resourceGroups/g", "S1"),
        ("//compute.googleapis.com/projects/acme-prod/global/networks/n", "acme-prod"),
        ("anything", ""),
    ],
)
def test_an_id_may_name_its_account(ref: str, account: str) -> None:
    assert account_of(ref) == account


def test_who_is_let_in_is_told_by_the_policy() -> None:
    def grantees(view: View) -> Iterable[Grantee]:
        for account in view.at("item:/lets", texts):
            yield Grantee(f"arn:aws:iam::{account}:root", account)

    kind = ResourceType(
        "aws.store", "Store", Kind.DATA, LIST, "{/id}", "/id", (Trust.grantees.items(grantees, "item:/lets"),)
    )
    lets: dict[str, JSON] = {"id": "a", "lets": ["222222222222", "333333333333", "999999999999"]}
    seen = Inventory("aws", (Account("aws", "111111111111"),), (record(lets),), (), (), {})
    declared = policy(extra='sub_processors: [{name: Example Mail Inc, aws: ["333333333333"]}]')
    found = link([seen], {kind.name: kind}, {}, frozenset({Trust.grantees.key}), declared)
    assert [each.party for each in items(next(found.resources).states[Trust.grantees.key])] == [
        "own",
        "Example Mail Inc",
        "",
    ]


def test_whose_a_resource_is_that_is_let_in_the_estate_tells() -> None:
    def grantees(view: View) -> Iterable[Grantee]:
        yield from (Grantee(ref, LATER) for ref in view.at("item:/lets", texts))

    kind = ResourceType(
        "aws.store", "Store", Kind.DATA, LIST, "{/id}", "/id", (Trust.grantees.items(grantees, "item:/lets"),)
    )
    lets: dict[str, JSON] = {"id": "arn:aws:s3:::logs", "lets": ["arn:aws:s3:::Logs", "arn:aws:s3:::other"]}
    seen = Inventory("aws", (Account("aws", "333333333333"),), (record(lets),), (), (), {})
    found = link([seen], {kind.name: kind}, {}, frozenset({Trust.grantees.key}), policy())
    one, other = items(next(found.resources).states[Trust.grantees.key])
    assert (one.account, one.party) == ("333333333333", "own")
    assert (other.account, other.party) == (LATER, LATER)


@pytest.mark.parametrize(("reason", "party"), [(Reason.UNREACHED, "own"), (Reason.REFUSED, "")])
def test_an_account_that_should_have_been_reached_is_ones_own(reason: Reason, party: str) -> None:
    grantee = Grantee("arn:aws:iam::999999999999:root", "999999999999")
    answer = Trust.grantees.documented(Seen((grantee,)), "a test")
    kind = ResourceType("aws.store", "Store", Kind.DATA, LIST, "{/id}", "/id", (answer,))
    lost = Gap("aws", "999999999999", "", "sts.assume_role", "sts:AssumeRole", reason, "dark", ("*",))
    seen = Inventory("aws", (Account("aws", "111111111111"),), (record({"id": "a"}),), (lost,), (), {})
    found = link([seen], {kind.name: kind}, {}, frozenset({Trust.grantees.key}), policy())
    assert [each.party for each in items(next(found.resources).states[Trust.grantees.key])] == [party]


def _covers(view: View) -> Iterable[Cover]:
    yield Cover(Plan(PlanKind.SNAPSHOT, Duration.of(view.at("item:/days", whole)), *[LATER] * 4), ("*",))


def test_what_needs_the_whole_estate_is_linked_where_it_is_wanted() -> None:
    plans, key = Backup.plans.documented(Seen(), "none of its own"), EncryptionAtRest.key.at("item:/key", text)
    sources = RecoveryPoint.sources.items(lambda view: [Source(view.at("item:/of", text))], "item:/of")
    box = ResourceType(
        "aws.box",
        "Box",
        Kind.DATA,
        LIST,
        "{/id}",
        "/id",
        (plans, key),
        covered_by=("aws.plan",),
        points_of=("aws.box",),
    )
    made = {
        "aws.box": box,
        "aws.point": replace(box, name="aws.point", facts=(sources,)),
        "aws.plan": replace(box, name="aws.plan", facts=(Protection.covers.items(_covers, "item:/days"),)),
    }
    records = (
        record({"id": arn("a", "111111111111"), "key": "k"}, kind="aws.box", account="111111111111"),
        record({"id": "p", "of": arn("a", "111111111111")}, kind="aws.point", account="111111111111"),
        record({"id": "q", "of": arn("b", "111111111111")}, kind="aws.point", account="111111111111"),
        record({"id": "plan", "days": 7}, kind="aws.plan", account="111111111111"),
    )
    account = Account("aws", "111111111111", regions=("eu-west-2",))
    seen = Inventory("aws", (account,), records, (), (), {})
    facts = (Backup.plans, EncryptionAtRest.key, RecoveryPoint.sources, Protection.covers, KeyUse.sharers)

    def states(*left_out: Fact[Any]) -> dict[str, Mapping[str, State]]:
        wanted = frozenset(fact.key for fact in facts if fact not in left_out)
        return {each.id: each.states for each in link([seen], made, {}, wanted, policy()).resources}

    found = states()
    (plan,) = items(found[arn("a", "111111111111")][Backup.plans.key])
    assert isinstance(plan, Plan)
    assert plan.retention == Duration.of(7)
    assert [items(found[each][RecoveryPoint.sources.key])[0].exists for each in "pq"] == [True, False]
    assert len(items(found[arn("a", "111111111111")][KeyUse.sharers.key])) == 1
    bare = states(Protection.covers, KeyUse.sharers)
    assert items(bare[arn("a", "111111111111")][Backup.plans.key]) == ()
    assert KeyUse.sharers.key not in bare[arn("a", "111111111111")]


@pytest.mark.parametrize(
    ("asked", "of", "exists"),
    [
        ("111111111111", "111111111111", False),
        # What belongs to an account that was not listed itself does not tell that all of it was.
        ("111111111111", "333333333333", None),
        # Below a parent, the accounts that resources are in were listed with it.
        ("organizations/1", "333333333333", False),
        ("organizations/1", "444444444444", None),
    ],
)
def test_what_is_gone_is_known_of_accounts_that_were_listed(asked: str, of: str, exists: bool | None) -> None:
    sources = RecoveryPoint.sources.items(lambda view: [Source(view.at("item:/of", text))], "item:/of")
    point = replace(STORE, facts=(sources,), points_of=("aws.store",))
    records = (record({"id": "p", "of": arn("gone", of)}), record({"id": "q", "of": "p"}))
    seen = Inventory("aws", (Account("aws", asked),), records, (), (), {})
    found = link([seen], {point.name: point}, {}, frozenset({RecoveryPoint.sources.key}), policy())
    (source,) = items(next(found.resources).states[RecoveryPoint.sources.key])
    assert source.exists is exists if exists is not None else isinstance(source.exists, Unknown)


@pytest.mark.parametrize(("asked", "party"), [("organizations/1", "own"), ("444444444444", "")])
def test_what_was_listed_below_a_parent_is_ones_own(asked: str, party: str) -> None:
    def grantees(view: View) -> Iterable[Grantee]:
        yield Grantee("somebody", view.at("item:/lets", text))

    kind = replace(STORE, facts=(Trust.grantees.items(grantees, "item:/lets"),))
    records = (
        record({"id": "a", "lets": "555555555555"}, account="444444444444"),
        record({"id": "b", "lets": "444444444444"}, account="555555555555"),
    )
    seen = Inventory("aws", (Account("aws", asked),), records, (), (), {})
    found = link([seen], {kind.name: kind}, {}, frozenset({Trust.grantees.key}), policy())
    (grantee,) = items(next(found.resources).states[Trust.grantees.key])
    assert grantee.party == party


def test_only_records_that_count_tell_of_accounts() -> None:
    linker = Linker({}, {"aws": (SWEEP,)}, WANTED, policy())
    linker.add(record({"id": "a"}, account="111111111111"), 1)
    linker.add(record({"id": "a"}, account="222222222222"), 0)
    assert linker.estate([]).accounts == {("aws", "111111111111")}
