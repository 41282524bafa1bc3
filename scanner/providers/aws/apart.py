"""Requests that are told apart: what each of an ask's requests brought; see `apart` of `scanner.collect.model.Call`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scanner.facts import Node, NotKnown, Reason, Unknown, View, text

OUTCOMES = ("absent", "refused", "failed", "unasked")
REASONS = {"failed": Reason.FAILED, "unasked": Reason.NOT_ASKED}


def paths(source: str, *pointers: str) -> tuple[str, ...]:
    """The paths that are read of an ask told apart: these of each body, and what else became of its requests."""
    return (
        *(f"{source}:/*/body{pointer}" for pointer in pointers),
        f"{source}:/*/of",
        *(f"{source}:/*/{outcome}" for outcome in OUTCOMES),
    )


def replies(view: View, source: str, name: str) -> Iterator[tuple[str, Node]]:
    """What was taken for the parameter of this name, and what the request brought, for each."""
    for each in view.each(f"{source}:"):
        yield each.at(f"/of/{name}", text), each


def reply(view: View, source: str, name: str, value: str) -> Node:
    """What the request brought for which this value was taken. Raises NotKnown where there was none."""
    for taken, each in replies(view, source, name):
        if taken == value:
            return each
    raise NotKnown(Unknown(Reason.NOT_ASKED, "nothing asked for a part of it"))


def is_there(each: Node) -> bool:
    """Whether the request brought a body; not where the vendor declared that there is no such thing. Raises NotKnown
    where it was refused or failed.
    """
    told = each.value if isinstance(each.value, Mapping) else {}
    # What stays out is looked for in silence: for each request it would be three lines of evidence of nothing.
    outcome = next((name for name in OUTCOMES if name in told), "")
    if not outcome:
        return True
    detail = each.at(f"/{outcome}", text)
    if outcome == "absent":
        return False
    call, permission = each.body.call, each.body.permission
    if outcome == "refused":
        raise NotKnown(Unknown(Reason.REFUSED, f"{call} refused ({detail})", call, permission))
    raise NotKnown(Unknown(REASONS[outcome], detail, call, permission))
