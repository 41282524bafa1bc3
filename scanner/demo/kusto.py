"""The subset of the Kusto query language that the simulated Azure Resource Graph runs.

A query is read and run in one pass: each operator reads its tokens and turns a table into the next. Whatever is not of
the subset is refused with the token where it begins, never ignored. `run_query` lists what is supported.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

Row: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rows:
    """A table: its rows, and for each column whether it is dynamic (which Resource Graph cannot page by)."""

    rows: Sequence[Row]
    dynamic: Mapping[str, bool]
    limited: bool = False

    @property
    def pageable(self) -> bool:
        """Whether Resource Graph gives a token for the next page of this table."""
        return not self.limited and not all(self.dynamic.values())


_TOKEN: Final = re.compile(
    r"""\s*(?: (?P<string> '(?:[^'\\]|\\.)*' | "(?:[^"\\]|\\.)*" )
             | (?P<number> [0-9]+ (?: \.[0-9]+ )? \b )
             | (?P<operator> == | =~ | !=  | !~ | !?in~ | !in\b | [|(),.=\[\]] )
             | (?P<name> [A-Za-z_]\w* ) )""",
    re.VERBOSE,
)
END: Final = ""


@dataclass(frozen=True, slots=True)
class Token:
    """A token of a query with its position, counted in characters from 0."""

    text: str
    kind: str
    at: int


class QueryError(Exception):
    """A query outside the supported subset; `token` is where it leaves it."""

    def __init__(self, token: Token) -> None:
        super().__init__(f"{token.text!r} at position {token.at} is not supported here")
        self.token = token


def _tokens(query: str) -> list[Token]:
    found = []
    at = 0
    end = len(query.rstrip())
    while at < end:
        match = _TOKEN.match(query, at)
        if match is None or match.lastgroup is None:
            rest = query[at:].lstrip()
            raise QueryError(Token(rest[:10].rstrip(), "unknown", len(query) - len(rest)))
        found.append(Token(match[match.lastgroup], match.lastgroup, match.start(match.lastgroup)))
        at = match.end()
    return [*found, Token(END, "end", end)]


class Cursor:
    """The place in a query that is being read."""

    def __init__(self, query: str) -> None:
        self._tokens = _tokens(query)
        self._at = 0

    @property
    def token(self) -> Token:
        """The token to be read next."""
        return self._tokens[self._at]

    def take(self, *texts: str, kind: str | None = None) -> str:
        """Read one token, one of `texts` or of `kind`. Raises QueryError for any other."""
        token = self.token
        if token.kind != kind and not (token.kind != "string" and token.text in texts):
            raise QueryError(token)
        self._at += 1
        return token.text

    def skip(self, *texts: str) -> str | None:
        """Read one token if it is one of `texts`."""
        return self.take(*texts) if self.token.kind != "string" and self.token.text in texts else None

    def name_then(self, text: str) -> str | None:
        """Read a name and `text` if they come next, and return the name."""
        following = self._tokens[self._at + 1 : self._at + 2]
        if self.token.kind != "name" or [token.text for token in following] != [text]:
            return None
        name = self.take(kind="name")
        self.take(text)
        return name

    def many(self, read: Callable[[], Any]) -> list[Any]:
        """Read one or more things separated by commas."""
        things = [read()]
        while self.skip(","):
            things.append(read())
        return things


@dataclass(frozen=True, slots=True)
class Column:
    """An expression of a query: the name that it has as a column, its path in a row, the functions about it."""

    name: str
    path: tuple[str, ...]
    function: str | None
    dynamic: bool

    def value(self, row: Row) -> Any:
        """Return the value in `row`; None where the path leads nowhere."""
        found: Any = row
        for key in self.path:
            found = found.get(key) if isinstance(found, dict) else None
        match self.function:
            case "tostring":
                return _text(found)
            case "tolower":
                return _text(found).lower()
            case _:
                return found


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return str(value).lower()
        case _:
            return json.dumps(value, separators=(",", ":"))


def _column(cursor: Cursor, table: Rows) -> Column:
    function = next((name for name in ("tostring", "tolower") if cursor.token.text == name), None)
    if function is None:
        return _path(cursor, table)
    cursor.take(function)
    cursor.take("(")
    column = _path(cursor, table)
    cursor.take(")")
    return replace(column, function=function, dynamic=False)


def _path(cursor: Cursor, table: Rows) -> Column:
    start = cursor.token
    path = [cursor.take(kind="name")]
    if path[0] not in table.dynamic:
        raise QueryError(start)
    while mark := cursor.skip(".", "["):
        path.append(cursor.take(kind="name") if mark == "." else _string(cursor.take(kind="string")))
        if mark == "[":
            cursor.take("]")
    return Column("_".join(path), tuple(path), None, table.dynamic[path[0]])


def _string(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])


def _literal(cursor: Cursor) -> Any:
    token = cursor.token
    match token.kind:
        case "string":
            return _string(cursor.take(kind="string"))
        case "number":
            text = cursor.take(kind="number")
            return int(text) if text.isdigit() else float(text)
        case _:
            return cursor.take("true", "false") == "true"


Predicate: TypeAlias = Callable[[Row], bool]


def _either(cursor: Cursor, table: Rows) -> Predicate:
    parts = [_both(cursor, table)]
    while cursor.skip("or"):
        parts.append(_both(cursor, table))
    return lambda row: any(part(row) for part in parts)


def _both(cursor: Cursor, table: Rows) -> Predicate:
    parts = [_condition(cursor, table)]
    while cursor.skip("and"):
        parts.append(_condition(cursor, table))
    return lambda row: all(part(row) for part in parts)


def _condition(cursor: Cursor, table: Rows) -> Predicate:
    if cursor.skip("("):
        inner = _either(cursor, table)
        cursor.take(")")
        return inner
    column = _column(cursor, table)
    operator = cursor.take("==", "=~", "!=", "!~", "in", "in~", "!in", "!in~", "has", "contains", "startswith")
    values = _values(cursor) if operator.strip("!~") == "in" else [_literal(cursor)]
    return lambda row: _holds(operator, column.value(row), values)


def _values(cursor: Cursor) -> list[Any]:
    cursor.take("(")
    values = cursor.many(lambda: _literal(cursor))
    cursor.take(")")
    return values


def _holds(operator: str, value: object, wanted: Sequence[object]) -> bool:
    if operator.startswith("!"):
        return not _holds({"!=": "==", "!~": "=~"}.get(operator, operator[1:]), value, wanted)
    match operator:
        case "==" | "in":
            return any(_same(value, one) for one in wanted)
        case "=~" | "in~":
            return any(_same(_fold(value), _fold(one)) for one in wanted)
        case _:
            return re.search(_pattern(operator, _text(wanted[0])), _text(value), re.IGNORECASE) is not None


def _same(value: object, wanted: object) -> bool:
    return isinstance(value, bool) == isinstance(wanted, bool) and value == wanted


def _fold(value: object) -> object:
    return value.casefold() if isinstance(value, str) else value


def _pattern(operator: str, wanted: str) -> str:
    text = re.escape(wanted)
    return {"contains": text, "startswith": rf"\A{text}", "has": rf"(?<![A-Za-z0-9]){text}(?![A-Za-z0-9])"}[operator]


def _where(cursor: Cursor, table: Rows) -> Rows:
    keep = _either(cursor, table)
    return replace(table, rows=[row for row in table.rows if keep(row)])


def _named(cursor: Cursor, table: Rows) -> Column:
    name = cursor.name_then("=")
    column = _column(cursor, table)
    return replace(column, name=name) if name else column


def _project(cursor: Cursor, table: Rows) -> Rows:
    columns = cursor.many(lambda: _named(cursor, table))
    rows = [{column.name: column.value(row) for column in columns} for row in table.rows]
    return replace(table, rows=rows, dynamic={column.name: column.dynamic for column in columns})


def _extend(cursor: Cursor, table: Rows) -> Rows:
    columns = cursor.many(lambda: _named(cursor, table))
    rows = [{**row, **{column.name: column.value(row) for column in columns}} for row in table.rows]
    return replace(table, rows=rows, dynamic={**table.dynamic, **{column.name: column.dynamic for column in columns}})


def _order(cursor: Cursor, table: Rows) -> Rows:
    cursor.take("by")
    rows = list(table.rows)
    # Kusto sorts downwards unless told otherwise. The sort is stable, so the last key is sorted by first.
    keys = cursor.many(lambda: (_column(cursor, table), cursor.skip("asc", "desc") != "asc"))
    for column, downwards in reversed(keys):
        rows.sort(key=lambda row: _rank(column.value(row)), reverse=downwards)
    return replace(table, rows=rows)


def _rank(value: object) -> tuple[int, float, str]:
    match value:
        case None:
            return 0, 0.0, ""
        case int() | float():
            return 1, float(value), ""
        case _:
            return 2, 0.0, _text(value)


def _summarize(cursor: Cursor, table: Rows) -> Rows:
    name = cursor.name_then("=") or "count_"
    for text in ("count", "(", ")", "by"):
        cursor.take(text)
    columns = cursor.many(lambda: _named(cursor, table))
    if dynamic := [column for column in columns if column.dynamic]:
        # Kusto groups by plain values only: a path into a dynamic column needs tostring().
        raise QueryError(Token(dynamic[0].name, "name", cursor.token.at))
    counts = Counter(tuple(column.value(row) for column in columns) for row in table.rows)
    names = [column.name for column in columns]
    rows = [{**dict(zip(names, key, strict=True)), name: number} for key, number in counts.items()]
    return replace(table, rows=rows, dynamic=dict.fromkeys([*names, name], False))


def _limit(cursor: Cursor, table: Rows) -> Rows:
    token = cursor.token
    number = cursor.take(kind="number")
    if not number.isdigit():
        raise QueryError(token)
    return replace(table, rows=table.rows[: int(number)], limited=True)


def _operate(cursor: Cursor, table: Rows) -> Rows:
    match cursor.take("where", "project", "extend", "order", "sort", "summarize", "take", "limit"):
        case "where":
            return _where(cursor, table)
        case "project":
            return _project(cursor, table)
        case "extend":
            return _extend(cursor, table)
        case "summarize":
            return _summarize(cursor, table)
        case "order" | "sort":
            return _order(cursor, table)
        case _:
            return _limit(cursor, table)


def run_query(query: str, tables: Mapping[str, Sequence[Row]], columns: Mapping[str, bool]) -> Rows:
    """Run a query of the supported subset of Kusto over `tables`, which all have `columns` (true for the dynamic ones).

    Supported: a table, then ``where`` (==, !=, =~, !~, in, in~, !in, !in~, has, contains, startswith, and, or, (...)),
    ``project``, ``extend``, ``order by``, ``summarize count() by`` and ``take`` or ``limit``. Raises QueryError for
    anything else.
    """
    cursor = Cursor(query)
    start = cursor.token
    name = cursor.take(kind="name").lower()
    if name not in tables:
        raise QueryError(start)
    table = Rows(tables[name], columns)
    while cursor.token.kind != "end":
        cursor.take("|")
        table = _operate(cursor, table)
    return table
