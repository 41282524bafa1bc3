"""Facts, set facts, the log of reads, and how a resource type answers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.facts import (
    Answer,
    Backup,
    Body,
    Duration,
    Evidence,
    Facet,
    Fact,
    Fragment,
    Inapplicable,
    Known,
    NotApplicable,
    NotKnown,
    Reads,
    Reason,
    Refused,
    Reply,
    Seen,
    SetFact,
    State,
    Unknown,
    View,
    Where,
    flag,
    merge,
    need,
    recording,
    text,
)

DENIED = Unknown(Reason.REFUSED, "denied", "x.get", "x:Get")
ODD = Unknown(Reason.SHAPE, "odd")
NEVER = Inapplicable("there is no such thing")
HERE = Where("x", "111111111111", "north", "x")


class Door(Facet):
    """A facet of the tests."""

    open = Fact[bool]("Is it open?")
    keys = SetFact[str]("Which keys fit?")


def body(**fields: object) -> Body:
    return Body("x.get", "x:Get", Fragment(fields))


def state(answer: Answer, **replies: Reply) -> State:
    return answer(replies, HERE)


def test_a_fact_knows_its_question_and_key() -> None:
    assert Door.open.question == "Is it open?"
    assert Door.open.key == "Door.open"
    assert repr(Door.keys) == "Door.keys"
    assert Door.open.facet is Door
    assert Door.questions() == (Door.open, Door.keys)


def test_an_established_fact_is_its_value_and_is_recorded() -> None:
    known = Known(value=False, evidence=(Evidence("x.get", "/Open"),))
    with recording() as reads:
        assert Door({"Door.open": known}).open is False
    assert reads == Reads({"Door.open": known}, [])


@pytest.mark.parametrize(
    ("states", "unknown"),
    [
        ({"Door.open": DENIED}, DENIED),
        ({}, Unknown(Reason.UNMODELLED, "Door.open is not modelled for this type")),
    ],
)
def test_a_fact_that_is_not_established_raises_and_is_recorded(states: dict[str, State], unknown: Unknown) -> None:
    with recording() as reads, pytest.raises(NotKnown) as raised:
        _ = Door(states).open
    assert raised.value.unknown == unknown
    assert str(raised.value) == f"{unknown.reason}: {unknown.detail}"
    assert reads == Reads({"Door.open": unknown}, [unknown])


def test_an_inapplicable_fact_raises_and_is_recorded_without_an_unknown() -> None:
    with recording() as reads, pytest.raises(NotApplicable, match="no such thing") as raised:
        _ = Door({"Door.open": NEVER}).open
    assert raised.value.inapplicable is NEVER
    assert reads == Reads({"Door.open": NEVER}, [])


def swallow_fact() -> object:
    try:
        return Door({"Door.open": DENIED}).open
    except NotKnown:
        return True


def swallow_part() -> object:
    try:
        return need(DENIED)
    except NotKnown:
        return True


def swallow_items() -> object:
    try:
        return list(Door({"Door.keys": Known(Seen(("a",), (DENIED,)))}).keys)
    except NotKnown:
        return True


@pytest.mark.parametrize("read", [swallow_fact, swallow_part, swallow_items])
def test_the_recording_holds_the_unknown_that_a_check_swallows(read: object) -> None:
    assert callable(read)
    with recording() as reads:
        assert read() is True
    assert reads.unknowns == [DENIED]


def test_a_recording_ends_with_its_block() -> None:
    with recording() as outer:
        with recording() as inner:
            swallow_fact()
        swallow_part()
    swallow_items()
    assert list(inner.facts) == ["Door.open"]
    assert (outer.facts, outer.unknowns) == ({}, [DENIED])


def test_an_unknown_met_twice_is_recorded_once() -> None:
    with recording() as reads:
        swallow_part()
        swallow_part()
        swallow_items()
    assert reads.unknowns == [DENIED]


def test_need() -> None:
    assert need(3) == 3
    with pytest.raises(NotKnown):
        need(ODD)


def test_every_item_comes_before_the_gaps_raise() -> None:
    with recording() as reads:
        items = iter(Seen(("a", "b"), (DENIED, ODD)))
        assert [next(items), next(items)] == ["a", "b"]
        assert reads.unknowns == []
        with pytest.raises(NotKnown) as raised:
            next(items)
    assert raised.value.unknown is DENIED
    assert reads.unknowns == [DENIED, ODD]


def test_gaps_that_nobody_reaches_are_not_read() -> None:
    with recording() as reads:
        assert "a" in Seen(("a",), (DENIED,))
    assert reads.unknowns == []


def test_without_gaps_a_set_is_complete() -> None:
    assert list(Seen(("a", "b"))) == ["a", "b"]
    assert list(Seen()) == []


def test_answered_by_a_value() -> None:
    answer = Door.open.at("item:/Open", flag)
    assert answer.sources == {"item"}
    reply = body(Open=True)
    assert state(answer, item=reply) == Known(value=True, evidence=(Evidence("x.get", "/Open", reply.fragment.digest),))


@pytest.mark.parametrize(
    ("reply", "detail"),
    [
        (body(), "x.get /Open is missing, which is not documented"),
        (body(Open=None), "x.get /Open is missing, which is not documented"),
        (body(Open="yes"), "x.get /Open has an unforeseen value 'yes'"),
    ],
)
def test_what_was_not_foreseen_is_unknown(reply: Reply, detail: str) -> None:
    answer = Door.open.at("item:/Open", flag)
    assert state(answer, item=reply) == Unknown(Reason.SHAPE, detail, "x.get", "x:Get")


def test_what_was_read_before_is_the_evidence_of_the_unknown() -> None:
    def both(view: View) -> bool:
        return view.at("item:/A", flag) and view.at("item:/B", flag)

    reply = body(A=True, B=1)
    found = state(Door.open.by(both, "item:/A", "item:/B"), item=reply)
    assert isinstance(found, Unknown)
    assert [each.pointer for each in found.evidence] == ["/A", "/B", "/B"]


def test_an_answer_may_find_that_the_question_makes_no_sense() -> None:
    def never(view: View) -> bool:
        view.at("item:/A", flag)
        raise NotApplicable(NEVER)

    found = state(Door.open.by(never, "item:/A"), item=body(A=True))
    assert isinstance(found, Inapplicable)
    assert (found.why, len(found.evidence)) == (NEVER.why, 1)
    assert isinstance(state(Door.keys.items(never_items, "item:/A"), item=body(A=True)), Inapplicable)


def never_items(view: View) -> Iterator[str]:
    yield "a" if view.at("item:/A", flag) else "b"
    raise NotApplicable(NEVER)


def test_answered_without_a_reply() -> None:
    documented = Evidence("", seen="documented", basis="https://example.com")
    assert state(Door.open.documented(value=False, basis="https://example.com")) == Known(False, (documented,))
    assert state(Door.open.inapplicable(NEVER.why)) == NEVER
    assert state(Door.open.unseen("later")) == Unknown(Reason.NOT_ASKED, "later")
    assert state(Door.open.unseen("odd", Reason.SHAPE)) == ODD
    assert state(Door.keys.none("https://example.com")) == Known(Seen(), (documented,))
    assert state(Door.keys.gap("later")) == Known(Seen((), (Unknown(Reason.NOT_ASKED, "later"),)))
    assert state(Door.keys.gap("odd", Reason.SHAPE)) == Known(Seen((), (ODD,)))


def names(view: View) -> Iterator[str | Unknown]:
    for item in view.each("item:/Keys"):
        yield item.at("/Name", text)
    yield ODD


@pytest.mark.parametrize(
    ("keys", "items", "gaps"),
    [
        ([{"Name": "a"}, {"Name": "b"}], ("a", "b"), ("odd",)),
        ([{"Name": "a"}, {}], ("a",), ("x.get /Keys/1/Name is missing, which is not documented",)),
        ([], (), ("odd",)),
        (None, (), ("x.get /Keys is not a list",)),
    ],
)
def test_a_gap_loses_no_item(keys: object, items: tuple[str, ...], gaps: tuple[str, ...]) -> None:
    found = state(Door.keys.items(names, "item:/Keys/*/Name"), item=body(Keys=keys))
    assert isinstance(found, Known)
    assert isinstance(found.value, Seen)
    assert found.value.items == items
    assert tuple(gap.detail for gap in found.value.gaps) == gaps


def test_a_single_item() -> None:
    answer = Door.keys.one("item:/Name", text)
    found = state(answer, item=body(Name="a"))
    assert isinstance(found, Known)
    assert found.value == Seen(("a",))
    assert len(found.evidence) == 1
    refused = state(answer, item=Refused("x.get", "x:Get", "AccessDenied"))
    assert refused == Known(Seen((), (Unknown(Reason.REFUSED, "x.get refused (AccessDenied)", "x.get", "x:Get"),)))


def test_an_answer_sees_where_it_is() -> None:
    assert state(Door.keys.items(lambda view: (view.where.region,))) == Known(Seen(("north",)))


ONE, TWO = Evidence("one"), Evidence("two")
A, B = Known(Seen(("a",)), (ONE,)), Known(Seen(("b",), (ODD,)), (TWO,))


@pytest.mark.parametrize(
    ("before", "after", "merged"),
    [
        (None, A, A),
        (None, DENIED, DENIED),
        (NEVER, A, A),
        (A, NEVER, A),
        (NEVER, NEVER, NEVER),
        (A, B, Known(Seen(("a", "b"), (ODD,)), (ONE, TWO))),
        (A, DENIED, Known(Seen(("a",), (DENIED,)), (ONE,))),
        (DENIED, B, Known(Seen(("b",), (DENIED, ODD)), (TWO,))),
        (DENIED, ODD, DENIED),
    ],
)
def test_merge(before: State | None, after: State, merged: State) -> None:
    assert merge(before, after) == merged


@pytest.mark.parametrize(
    ("before", "after"), [(Known(1), Known(1)), (A, Known(1)), (Known(1), A), (Known(1), DENIED), (DENIED, Known(1))]
)
def test_only_a_set_takes_several_answers(before: State, after: State) -> None:
    with pytest.raises(TypeError, match="answered twice"):
        merge(before, after)


SEEN = st.builds(Seen, st.lists(st.text(max_size=1)).map(tuple), st.lists(st.sampled_from([DENIED, ODD])).map(tuple))


@given(SEEN, SEEN)
def test_merging_loses_nothing(one: Seen[str], two: Seen[str]) -> None:
    merged = merge(Known(one), Known(two))
    assert isinstance(merged, Known)
    assert merged.value == Seen(one.items + two.items, one.gaps + two.gaps)


def test_unknowns_are_one_whatever_was_read_before() -> None:
    assert Unknown(Reason.SHAPE, "odd", evidence=(ONE,)) == ODD
    assert hash(Unknown(Reason.SHAPE, "odd", evidence=(ONE,))) == hash(ODD)


def test_the_facets_of_the_project_have_facts_with_questions() -> None:
    assert [fact.key for fact in Backup.questions()] == ["Backup.plans"]
    assert Backup.plans.question.endswith("?")
    assert Duration.of(1).days == 1
