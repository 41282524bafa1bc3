"""Botocore's models of the services, without what no scan uses.

They are most of the memory of a scan: each has every operation of its service, with its documentation. Here a service
has its declared reads and the shapes that these are made of. So a client does not even know an operation that writes.
"""

from __future__ import annotations

import gzip
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import orjson

Model: TypeAlias = dict[str, Any]
KINDS: Mapping[str, Callable[[bytes], bytes]] = {".json": bytes, ".json.gz": gzip.decompress}
"""The extensions of the files, and how their content becomes JSON."""
WHOLE = frozenset({"sts"})
"""Services that botocore itself asks for credentials, by operations that nobody declares."""
OWN = {"s3": ("head_bucket",)}
"""What botocore may ask on its own, where the guard refuses it: S3's region of a bucket that is elsewhere."""


class Models:
    """Reads data files of botocore: of a service with a declared read in `operations` ("s3.list_buckets") those alone,
    all else whole. Stands in for `botocore.loaders.JSONFileLoader`.
    """

    def __init__(self, operations: Iterable[str]) -> None:
        self._reads: defaultdict[str, set[str]] = defaultdict(set)
        self._kept: dict[str, Model] = {}
        for operation in operations:
            service, _, name = operation.partition(".")
            self._reads[service] |= {name, *OWN.get(service, ())}

    def exists(self, file_path: str) -> bool:
        """Whether there is such a file; the path has no extension."""
        return any(Path(file_path + kind).is_file() for kind in KINDS)

    def load_file(self, file_path: str) -> Model | None:
        """What the file holds; None where there is none."""
        for kind, unpacked in KINDS.items():
            path = Path(file_path + kind)
            if path.is_file():
                return self._lean(Path(file_path), orjson.loads(unpacked(path.read_bytes())))
        return None

    def _lean(self, path: Path, model: Model) -> Model:
        """A model as it is used: <service>/<version>/service-2; beside it, what botocore adds to it."""
        service = path.parts[-3] if len(path.parts) > 2 else ""
        if service in WHOLE or service not in self._reads:
            return model
        match path.name:
            case "service-2":
                self._kept[service] = _only(model, self._reads[service])
                return self._kept[service]
            case "service-2.sdk-extras":
                return {**model, "merge": _known(model["merge"], self._kept[service])}
            case _:
                return model


def _known(added: Model, model: Model) -> Model:
    """What is added to an operation or a shape that is there: with it alone, another one would be without a type."""
    parts = ("operations", "shapes")
    return {
        name: {each: more for each, more in value.items() if each in model[name]} if name in parts else value
        for name, value in added.items()
    }


def _only(model: Model, names: set[str]) -> Model:
    from botocore import xform_name

    operations = {name: each for name, each in model["operations"].items() if xform_name(name) in names}
    shapes: dict[str, Any] = {}
    waiting = [each["shape"] for operation in operations.values() for each in _used(operation)]
    while waiting:
        name = waiting.pop()
        if name not in shapes:
            shapes[name] = model["shapes"][name]
            waiting += [each["shape"] for each in _parts(shapes[name])]
    return {**model, "operations": operations, "shapes": shapes}


def _used(operation: Model) -> Iterator[Model]:
    operation.pop("documentation", None)
    yield from (operation[part] for part in ("input", "output") if part in operation)
    yield from operation.get("errors", ())


def _parts(shape: Model) -> Iterator[Model]:
    """The references of a shape to others. What is said of them takes more room than all else."""
    shape.pop("documentation", None)
    for part in (
        *shape.get("members", {}).values(),
        *(shape[name] for name in ("member", "key", "value") if name in shape),
    ):
        part.pop("documentation", None)
        yield part
