"""Recordings: what came back in a scan, and a session that scans from it without a network.

A recording is a directory with `recording.json` (format, providers and what their discovery brought) and
`replies.jsonl` (one reply a line). `docs/replay.md` documents the format. A recording of ours holds projected replies;
a raw one, made by others from their own recordings, holds whole replies, which are projected on reading like any reply.
"""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, astuple
from pathlib import Path
from typing import Any, TypeGuard

import orjson

from scanner.collect.model import Account, Call, CallError, Discovery, Gap, Unit
from scanner.collect.runner import NOT_RECORDED
from scanner.facts import JSON, Reason, canonical
from scanner.facts.reply import split

FORMAT = "asdeclared/recording/v1"
ACCOUNT = ("provider", "id", "name", "regions", "partition")
"""What is kept of an account. Who looked is not."""


class RecordingError(Exception):
    """A recording cannot be read: the file, the line and what is wrong."""


class Recorder:
    """Writes a recording. Lines are sorted when it is closed, so that the same estate makes the same bytes."""

    def __init__(self, folder: Path, at: str) -> None:
        self._folder = folder
        self._at = at
        self._lock = threading.Lock()
        self._found: dict[str, JSON] = {}
        self._lines: list[bytes] = []

    def discovered(self, provider: str, found: Discovery) -> None:
        """Keep what the discovery brought."""
        with self._lock:
            self._found[provider] = {
                "accounts": [{name: getattr(each, name) for name in ACCOUNT} for each in found.accounts],
                "gaps": [{**asdict(each), "types": list(each.types)} for each in found.gaps],
                "limits": list(found.limits),
                "aliases": dict(found.aliases),
            }

    def replied(self, unit: Unit, call: Call, params: Mapping[str, JSON] | None, reply: Mapping[str, JSON]) -> None:
        """Keep what a call brought."""
        line: dict[str, JSON] = {
            "provider": unit.account.provider,
            "account": unit.account.id,
            "region": unit.region,
            "call": call.operation,
            "params": dict(call.give if params is None else params),
            "reply": dict(reply),
        }
        with self._lock:
            self._lines.append(canonical(line))

    def close(self) -> None:
        """Write the recording."""
        self._folder.mkdir(parents=True, exist_ok=True)
        header = {"format": FORMAT, "at": self._at, "providers": self._found}
        (self._folder / "recording.json").write_bytes(
            orjson.dumps(header, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
        )
        (self._folder / "replies.jsonl").write_bytes(b"".join(line + b"\n" for line in sorted(self._lines)))


class Recording:
    """A recording that was read. Raises RecordingError where it is not one."""

    def __init__(self, folder: Path) -> None:
        path = folder / "recording.json"
        header = _object(path, _read(path), 1)
        if header.get("format") != FORMAT:
            raise RecordingError(f"{path}:1: format is not {FORMAT!r}")
        self.at = str(header.get("at", ""))
        providers = header.get("providers", {})
        if not isinstance(providers, dict):
            raise RecordingError(f"{path}:1: providers is not an object")
        self._found = {name: _discovery(f"{path}:1: providers.{name}", found) for name, found in providers.items()}
        self._lock = threading.Lock()
        self._replies: defaultdict[tuple[str, ...], list[Mapping[str, JSON]]] = defaultdict(list)
        self._loose: defaultdict[tuple[str, ...], deque[Mapping[str, JSON]]] = defaultdict(deque)
        replies = folder / "replies.jsonl"
        for number, text in enumerate(_read(replies).splitlines(), 1):
            if text.strip():
                self._line(replies, number, _object(replies, text, number))

    def _line(self, path: Path, number: int, line: Mapping[str, Any]) -> None:
        key = tuple(
            line.get(name, "" if name == "region" else None) for name in ("provider", "account", "region", "call")
        )
        if not all(isinstance(part, str) for part in key):
            raise RecordingError(f"{path}:{number}: provider, account and call are needed, as texts like the region")
        reply = line.get("reply")
        if not _is_reply(reply):
            raise RecordingError(
                f"{path}:{number}: reply needs one of items (a list), body, absent, refused, failed (texts)"
            )
        if "params" in line:
            self._replies[*key, _written(f"{path}:{number}", line["params"])].append(reply)
        else:
            self._loose[key].append(reply)

    def session(self, provider: str) -> RecordedSession:
        """A session that answers from the recording."""
        return RecordedSession(self, provider)

    def discovery(self, provider: str) -> Discovery:
        """What the recorded discovery brought; nothing where the provider was not recorded."""
        return self._found.get(provider, Discovery(()))

    def replies(self, unit: Unit, call: Call, params: Mapping[str, JSON]) -> Iterable[Mapping[str, JSON]]:
        """The recorded replies of a call: those with the same parameters. Else the next one without any, where the call
        takes nothing: with a value taken, it would be a guess which resource the reply is about.
        """
        key = (unit.account.provider, unit.account.id, unit.region, call.operation)
        exact = self._replies.get((*key, canonical(dict(params)).decode()))
        if exact or call.take:
            return exact or ()
        with self._lock:
            loose = self._loose.get(key)
            return (loose.popleft(),) if loose else ()


class RecordedSession:
    """A session of the runner that makes no call."""

    def __init__(self, recording: Recording, provider: str) -> None:
        self._recording = recording
        self._provider = provider

    def discover(self) -> Discovery:
        """What was discovered when it was recorded."""
        return self._recording.discovery(self._provider)

    def pages(self, unit: Unit, call: Call, params: Mapping[str, JSON]) -> Iterator[JSON]:
        """The recorded replies. What is not in the recording was not asked."""
        replies = list(self._recording.replies(unit, call, params))
        if not replies:
            raise CallError(NOT_RECORDED, refused=False, detail=f"{call.operation} is not in the recording")
        for reply in sorted(replies, key=lambda each: "items" not in each and "body" not in each):
            match reply:
                case {"items": list(items)} if call.items:
                    yield _wrap(call.items, items)
                case {"items": list(items)}:
                    yield from items
                case {"body": body}:
                    yield body
                case {"absent": str(code)}:
                    raise CallError(code, refused=False)
                case {"refused": str(code)}:
                    raise CallError(code, refused=True)
                case _:
                    raise CallError("Failed", refused=False, detail=str(reply.get("failed")))

    def close(self) -> None:
        """Nothing is open."""


def _wrap(pointer: str, items: list[JSON]) -> JSON:
    """A body that has these items at the pointer."""
    body: JSON = items
    for step in reversed(split(pointer)):
        body = {step: body}
    return body


def _is_reply(reply: object) -> TypeGuard[Mapping[str, JSON]]:
    match reply:
        case {"items": list()} | {"absent": str()} | {"refused": str()} | {"failed": str()}:
            return True
        case {"items": _}:
            return False
        case {"body": _}:
            return True
    return False


def _discovery(where: str, found: Any) -> Discovery:
    try:
        accounts = tuple(_account(each) for each in found["accounts"])
        gaps = tuple(
            Gap(**{**each, "types": _texts(each["types"]), "reason": Reason(each["reason"])})
            for each in found.get("gaps", [])
        )
        limits, aliases = _texts(found.get("limits", [])), dict(found.get("aliases", {}))
        parts = [part for each in (*map(astuple, accounts), *map(astuple, gaps)) for part in each]
        _texts([*aliases.values(), *(part for part in parts if not isinstance(part, tuple))])
    except (KeyError, TypeError, ValueError) as error:
        raise RecordingError(f"{where}: {error}") from error
    return Discovery(accounts, gaps, limits, aliases)


def _account(each: Any) -> Account:
    """An account of a header. An `identity` in it, which tells who looked, is ignored."""
    fields = {**each, "regions": _texts(each.get("regions", []))}
    fields.pop("identity", None)
    return Account(**fields)


def _texts(values: Any) -> tuple[str, ...]:
    if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
        raise TypeError(f"{values!r:.60} is not a list of texts")
    return tuple(values)


def _written(where: str, params: JSON) -> str:
    try:
        return canonical(params).decode()
    except TypeError as error:
        raise RecordingError(f"{where}: params: {error}") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise RecordingError(f"{path}: {error.strerror}") from error


def _object(path: Path, text: bytes, number: int) -> dict[str, Any]:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise RecordingError(f"{path}:{number}: not JSON: {error}") from error
    if not isinstance(value, dict):
        raise RecordingError(f"{path}:{number}: not a JSON object")
    return value
