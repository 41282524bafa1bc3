"""A sample of a scan: each call of a plan once for each account, in one region and of one resource of each type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

from scanner.collect.model import Account, Call, Discovery, Provider, ResourceType, Session, Unit, take
from scanner.collect.plan import Plan
from scanner.facts import JSON
from scanner.facts.reply import split

PAGES = 3
"""Pages of a listing that are read for its first items: a page may be empty with others behind it."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """A session that shows little; see `scanner.collect.model.Session`. `listings` tells for each listing of a plan the
    types that share it. `most` accounts are shown, and of each the region `prefer` where it has that, else its first.
    """

    inner: Session
    listings: Mapping[str, tuple[ResourceType, ...]]
    most: int
    prefer: str = ""

    def discover(self) -> Discovery:
        """The first accounts, each with one region."""
        found = self.inner.discover()
        return replace(found, accounts=tuple(map(self._small, found.accounts[: self.most])))

    def pages(self, unit: Unit, call: Call, params: Mapping[str, JSON]) -> Iterator[JSON]:
        """The replies of a call; of a listing only the first items."""
        pages = self.inner.pages(unit, call, params)
        if call.key not in self.listings or not call.items:
            yield from pages
            return
        for page in islice(pages, PAGES):
            items = first(take(page, call.items), self.listings[call.key])
            yield _wrapped(call.items, items)
            if items:
                return

    def close(self) -> None:
        """Let go of connections."""
        self.inner.close()

    def _small(self, account: Account) -> Account:
        regions = (self.prefer,) if self.prefer in account.regions else account.regions[:1]
        return replace(account, regions=regions)


def sampled(provider: Provider, session: Session, plan: Plan, most: int, prefer: str = "") -> Sampled:
    """The session for a sample of a plan."""
    listings: dict[str, tuple[ResourceType, ...]] = {sweep.each.key: () for sweep in provider.sweeps}
    for name in plan.asks:
        kind = plan.types[name]
        listings[kind.each.key] = (*listings.get(kind.each.key, ()), kind)
    return Sampled(session, listings, most, prefer)


def first(lists: list[JSON], types: tuple[ResourceType, ...]) -> list[JSON]:
    """The first item of each type, and the first of all where there are no types."""
    items = [item for each in lists if isinstance(each, list) for item in each]
    found = [next((item for item in items if is_of(kind, item)), None) for kind in types] if types else items[:1]
    return [item for item in found if item is not None]


def is_of(kind: ResourceType, item: JSON) -> bool:
    """Whether an item of the type's listing is of this type."""
    told = {pointer: take(item, pointer) for pointer in kind.only}
    return all(any(str(each).lower() in kind.only[pointer] for each in values) for pointer, values in told.items())


def _wrapped(pointer: str, items: list[JSON]) -> JSON:
    """A page that holds these items at the pointer."""
    page: JSON = items
    for step in reversed(split(pointer)):
        page = {step: page}
    return page
