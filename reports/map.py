"""The map: where data and its copies lie, drawn from the document's `places`, and the same as rows of a table.

What is allowed is not judged here: it is read off the findings of the promises about places.
"""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from reports.document import ConditionResult, Document, Finding, Flow, PlaceSeen, Verdict

CHECKS = ("residency.places", "backup.places")
"""The checks whose findings say whether a place is allowed."""
FACTS = {"homes": "Location.homes", "copies": "Location.copies", "places": "Backup.plans"}
"""The conditions of these checks, and the fact that each judges."""
WIDTH, HEIGHT = 1000.0, 480.0
NEAREST = 0.5
"""The map never shows less than so many units of the projection across, about a quarter of Europe and its seas."""
MOST_ROWS = 300
_HOMES = ("home", "log")


class Standing(StrEnum):
    """How a place stands to the promises about places, the worst first."""

    NOT_ALLOWED = "not allowed"
    UNKNOWN = "unknown"
    EXCEPTED = "excepted"
    ALLOWED = "allowed"
    LEFT_OUT = "left out"
    """The document leaves out findings, and among them may be those that say it."""
    NOT_PROMISED = "not promised"


_ORDER = tuple(Standing)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: a place, and what is kept there or comes there from `origin`."""

    standing: Standing
    place: PlaceSeen
    origin: PlaceSeen | None
    role: str
    why: str
    types: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    count: int = 0


@dataclass(frozen=True, slots=True)
class Mark:
    """A country on the map with what is there, counted by standing. `x`, `y`, `radius` and the place of its label are
    in units of the drawing.
    """

    code: str
    name: str
    counts: dict[Standing, int]
    x: float
    y: float
    radius: float
    label_x: float = 0
    label_y: float = 0
    anchor: str = "start"

    @property
    def total(self) -> int:
        """Homes and copies together."""
        return sum(self.counts.values())

    @property
    def most(self) -> Standing:
        """The standing of most of them."""
        return max(self.counts, key=lambda each: (self.counts[each], -_ORDER.index(each)))

    @property
    def worst(self) -> Standing:
        """The worst standing of any of them."""
        return min(self.counts, key=_ORDER.index)

    @property
    def bad(self) -> str:
        """What a label says of those that are not allowed or not known."""
        told = (Standing.NOT_ALLOWED, Standing.UNKNOWN)
        return ", ".join(f"{self.counts[each]} {each.value}" for each in told if each in self.counts)


@dataclass(frozen=True, slots=True)
class Arc:
    """Copies from one country to another, as an SVG path."""

    origin: str
    to: str
    standing: Standing
    count: int
    path: str
    width: float


@dataclass(frozen=True, slots=True)
class Map:
    """All that is drawn, and all that is told beside the drawing. `within` counts copies that stay in their country."""

    rows: tuple[Row, ...]
    unknown: tuple[Row, ...]
    beside: tuple[Row, ...]
    marks: tuple[Mark, ...]
    arcs: tuple[Arc, ...]
    land: str
    within: int
    left_out: int


class _Key(NamedTuple):
    """A group of resources and one of their places, as findings and flows both name it."""

    provider: str
    type: str
    environments: tuple[str, ...] | None
    role: str
    place: str


def draw(document: Document) -> Map:
    """The map of a document. It is empty where the document tells of no places."""
    found = standings(document)
    told = [(flow, _standing(flow, found, document.omitted)) for flow in document.places]
    rows = _rows((flow, standing) for flow, standing in told if flow.place.id)
    unknown = _rows((flow, standing) for flow, standing in told if not flow.place.id)
    drawn = [(flow, standing) for flow, standing in told if _drawable(flow.place)]
    view = _View.around(_codes(drawn))
    return Map(
        rows=rows[:MOST_ROWS],
        unknown=unknown[:MOST_ROWS],
        beside=tuple(row for row in rows if not _drawable(row.place))[:MOST_ROWS],
        marks=_marks(drawn, view),
        arcs=_arcs(drawn, view),
        land=view.land() if drawn else "",
        within=sum(flow.count for flow, _ in drawn if flow.origin and flow.origin.countries == flow.place.countries),
        left_out=max(len(rows) - MOST_ROWS, 0) + max(len(unknown) - MOST_ROWS, 0),
    )


def standings(document: Document) -> dict[_Key, Standing]:
    """How each place of each group of resources stands: the worst that a finding about a place says of it."""
    about = {promise.id for promise in document.promises if promise.check in CHECKS}
    found: dict[_Key, Standing] = {}
    for finding in document.findings:
        if finding.promise in about:
            for key, standing in _told(finding):
                found[key] = min(found.get(key, Standing.NOT_PROMISED), standing, key=_ORDER.index)
    return found


def _told(finding: Finding) -> Iterator[tuple[_Key, Standing]]:
    subject = finding.subject
    values = {fact.fact: fact.value for fact in finding.evidence if fact.state == "known"}
    for condition in finding.conditions:
        for role, place in _places(condition.name, values.get(FACTS.get(condition.name, ""))):
            key = _Key(subject.provider, subject.type, subject.environments, role, place)
            yield key, _judged(condition, place)


def _places(condition: str, value: Any) -> Iterator[tuple[str, str]]:
    """The roles and places in the value of a fact about places."""
    for item in value if isinstance(value, list) else ():
        match condition, item:
            case "homes", str():
                yield "home", item
            case "copies", {"kind": str(kind), "place": str(place)}:
                yield kind, place
            case "places", {"places": [*places]}:
                yield from (("backup", place) for place in places if isinstance(place, str))


def _judged(condition: ConditionResult, place: str) -> Standing:
    faults = [fault.excepted for fault in condition.faults if fault.value == place]
    if faults:
        return Standing.EXCEPTED if all(faults) else Standing.NOT_ALLOWED
    if condition.unknowns or condition.verdict in (Verdict.UNKNOWN, Verdict.ERROR):
        return Standing.UNKNOWN
    return Standing.ALLOWED


def _standing(flow: Flow, found: Mapping[_Key, Standing], omitted: Mapping[str, int]) -> Standing:
    if not flow.place.id:
        return Standing.UNKNOWN
    role = "home" if flow.role in _HOMES else flow.role
    key = _Key(flow.provider, flow.type, flow.environments, role, flow.place.id)
    standing = found.get(key, Standing.LEFT_OUT if omitted else Standing.NOT_PROMISED)
    # The worst findings are kept: where even some of those that fail are left out, the others say nothing.
    return Standing.LEFT_OUT if Verdict.FAIL in omitted and standing is not Standing.NOT_ALLOWED else standing


def _rows(told: Iterable[tuple[Flow, Standing]]) -> tuple[Row, ...]:
    """Flows that differ in type and environment only, as one row each."""
    groups: defaultdict[Row, list[Flow]] = defaultdict(list)
    for flow, standing in told:
        origin = flow.origin if flow.place.id else None
        groups[Row(standing, flow.place, origin, flow.role, flow.why)].append(flow)
    return tuple(sorted((_row(row, own) for row, own in groups.items()), key=_row_order))


def _row(row: Row, flows: Sequence[Flow]) -> Row:
    named = {name for flow in flows for name in _environments(flow)}
    types = tuple(sorted({flow.type for flow in flows}))
    return replace(row, types=types, environments=tuple(sorted(named)), count=sum(flow.count for flow in flows))


def _environments(flow: Flow) -> tuple[str, ...]:
    return ("not known",) if flow.environments is None else flow.environments or ("unassigned",)


def _row_order(row: Row) -> tuple[object, ...]:
    origin = row.origin.id if row.origin else ""
    return (_ORDER.index(row.standing), row.role not in _HOMES, -row.count, row.place.id, row.role, origin, row.why)


def _drawable(place: PlaceSeen) -> bool:
    return bool(place.countries) and all(code in _countries() for code in place.countries)


def _codes(drawn: Iterable[tuple[Flow, Standing]]) -> list[str]:
    return sorted({code for flow, _ in drawn for code in flow.place.countries})


def _worst(standings: Iterable[Standing]) -> Standing:
    return min(standings, key=_ORDER.index)


def _marks(drawn: Sequence[tuple[Flow, Standing]], view: _View) -> tuple[Mark, ...]:
    marks = []
    for code in _codes(drawn):
        counts: Counter[Standing] = Counter()
        for flow, standing in drawn:
            counts[standing] += flow.count if code in flow.place.countries else 0
        radius = round(min(5 + 2 * math.log2(counts.total() + 1), 24), 1)
        marks.append(Mark(code, _countries()[code][2], dict(+counts), *view.at(code), radius))
    return tuple(sorted(_labelled(marks), key=lambda mark: mark.code))


def _labelled(marks: Sequence[Mark]) -> Iterator[Mark]:
    """Give each mark a place for its name: right or left of it, above or below, where it covers the least."""
    taken = [_Box(mark.x - mark.radius, mark.y - mark.radius, 2 * mark.radius, 2 * mark.radius) for mark in marks]
    for mark in sorted(marks, key=lambda each: (-each.total, each.code)):
        options = [_beside(mark, anchor, down) for down in (0, -30, 34) for anchor in ("start", "end")]
        options += [_beside(mark, "middle", down) for down in (-mark.radius - 20, mark.radius + 18)]
        box, label = min(options, key=lambda option: option[0].covers(taken))
        taken.append(box)
        yield label


class _Box(NamedTuple):
    """A rectangle of the drawing."""

    x: float
    y: float
    width: float
    height: float

    def covers(self, others: Iterable[_Box]) -> float:
        """How much of the others, and of what is outside the drawing, it covers."""
        inside = self._common(_Box(0, 0, WIDTH, HEIGHT))
        return self.width * self.height - inside + sum(self._common(other) for other in others)

    def _common(self, other: _Box) -> float:
        wide = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        high = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        return max(wide, 0) * max(high, 0)


def _beside(mark: Mark, anchor: str, down: float) -> tuple[_Box, Mark]:
    """The mark with its label at one of its sides and so far down, and the space that this takes."""
    width = max(len(f"{mark.name[:24]} {mark.total}") * 9.4, len(mark.bad) * 7.5)
    x = mark.x + {"start": mark.radius + 6, "end": -mark.radius - 6, "middle": 0}[anchor]
    y = mark.y + 5 + down - (8 if mark.bad else 0)
    left = x - width * {"start": 0, "end": 1, "middle": 0.5}[anchor]
    box = _Box(left, y - 14, width, 36 if mark.bad else 19)
    return box, replace(mark, label_x=round(x, 1), label_y=round(y, 1), anchor=anchor)


def _arcs(drawn: Iterable[tuple[Flow, Standing]], view: _View) -> tuple[Arc, ...]:
    counts: Counter[tuple[str, str]] = Counter()
    found: dict[tuple[str, str], Standing] = {}
    for flow, standing in drawn:
        for ends in _ends(flow):
            counts[ends] += flow.count
            found[ends] = _worst((standing, found.get(ends, standing)))
    made = [_arc(ends, found[ends], count, view) for ends, count in counts.items()]
    # The worst are drawn last, on top.
    return tuple(sorted(made, key=lambda arc: (-_ORDER.index(arc.standing), arc.origin, arc.to)))


def _ends(flow: Flow) -> Iterator[tuple[str, str]]:
    if flow.origin and _drawable(flow.origin) and flow.origin.countries != flow.place.countries:
        pairs = ((start, end) for start in flow.origin.countries for end in flow.place.countries)
        yield from (pair for pair in pairs if pair[0] != pair[1])


def _arc(ends: tuple[str, str], standing: Standing, count: int, view: _View) -> Arc:
    (x0, y0), (x1, y1) = (view.at(code) for code in ends)
    # The curve leans to the right of its way, so that there and back are two curves.
    lean = 0.22
    x, y = (x0 + x1) / 2 - (y1 - y0) * lean, (y0 + y1) / 2 + (x1 - x0) * lean
    path = f"M{x0:.1f} {y0:.1f}Q{x:.1f} {y:.1f} {x1:.1f} {y1:.1f}"
    return Arc(*ends, standing, count, path, round(min(1.5 + math.log10(count), 5), 1))


@dataclass(frozen=True, slots=True)
class _View:
    """A window on the projected earth: its left and upper edge, and how many units of drawing make one of these."""

    left: float
    top: float
    scale: float

    @classmethod
    def around(cls, codes: Sequence[str]) -> _View:
        """The window that holds these countries with some sea around them."""
        points = [_projected(*_countries()[code][:2]) for code in codes] or [(0.0, 0.0)]
        xs, ys = zip(*points, strict=True)
        wide = max((max(xs) - min(xs)) * 1.5, (max(ys) - min(ys)) * 1.6 * WIDTH / HEIGHT, NEAREST)
        middle_x, middle_y = (max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2
        return cls(middle_x - wide / 2, middle_y - wide * HEIGHT / WIDTH / 2, WIDTH / wide)

    def at(self, code: str) -> tuple[float, float]:
        """Where a country is drawn."""
        return self.point(*_projected(*_countries()[code][:2]))

    def point(self, x: float, y: float) -> tuple[float, float]:
        """A projected point in units of drawing."""
        return round((x - self.left) * self.scale, 1), round((y - self.top) * self.scale, 1)

    def land(self) -> str:
        """The land that shows in the window, as an SVG path."""
        return "".join(self._ring(ring) for ring in _land() if self._shows(ring))

    def _shows(self, ring: Sequence[tuple[float, float]]) -> bool:
        points = [self.point(*point) for point in ring]
        xs, ys = [x for x, _ in points], [y for _, y in points]
        return max(xs) > 0 and min(xs) < WIDTH and max(ys) > 0 and min(ys) < HEIGHT

    def _ring(self, ring: Sequence[tuple[float, float]]) -> str:
        points = dict.fromkeys((round(x), round(y)) for x, y in (self.point(*point) for point in ring))
        return "M" + "L".join(f"{x} {y}" for x, y in points) + "z"


def _projected(longitude: float, latitude: float) -> tuple[float, float]:
    """Miller's cylindrical projection, in radians; down is positive."""
    return math.radians(longitude), -1.25 * math.asinh(math.tan(0.8 * math.radians(latitude)))


@cache
def _land() -> tuple[tuple[tuple[float, float], ...], ...]:
    return tuple(tuple(_walk(ring)) for ring in _data("land.json")["rings"])


def _walk(steps: Sequence[int]) -> Iterator[tuple[float, float]]:
    """The points of a ring, projected."""
    x = y = 0
    for dx, dy in zip(steps[::2], steps[1::2], strict=True):
        x, y = x + dx, y + dy
        yield _projected(x / 10, y / 10)


@cache
def _countries() -> dict[str, tuple[float, float, str]]:
    return {code: (row[0], row[1], row[2]) for code, row in _data("countries.json")["countries"].items()}


def _data(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((files("reports") / "data" / name).read_text(encoding="utf-8"))
    return found
