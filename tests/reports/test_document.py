"""The document: frozen, strict, and able to be read again."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from reports import document as published
from reports.document import VERSION, Document, Model
from tests.reports.documents import HOSTILE, document, everything, finding

PARTS = sorted(
    (each for each in vars(published).values() if isinstance(each, type) and issubclass(each, Model)), key=str
)


def parts(value: Any) -> list[BaseModel]:
    """A model and all models in it."""
    if isinstance(value, tuple):
        return [each for item in value for each in parts(item)]
    if not isinstance(value, BaseModel):
        return []
    return [value, *(each for name in type(value).model_fields for each in parts(getattr(value, name)))]


FOUND = {type(each): each for made in everything(lambda at: at) for each in parts(made)}
ALL = sorted({Document, *PARTS} - {Model}, key=str)


def test_the_full_documents_hold_every_part() -> None:
    assert set(FOUND) == set(ALL)


@pytest.mark.parametrize("kind", ALL)
def test_every_part_is_frozen(kind: type[BaseModel]) -> None:
    for name in kind.model_fields:
        with pytest.raises(ValidationError, match="frozen"):
            setattr(FOUND[kind], name, getattr(FOUND[kind], name))


@pytest.mark.parametrize("kind", ALL)
def test_every_part_refuses_what_it_does_not_know(kind: type[BaseModel]) -> None:
    values = FOUND[kind].model_dump(mode="json", by_alias=True)
    assert kind.model_validate(values) == FOUND[kind]
    with pytest.raises(ValidationError, match="extra"):
        kind.model_validate({**values, "more": 1})


@pytest.mark.parametrize(
    ("path", "word"),
    [
        (("verdict",), "fine"),
        (("promises", 0, "verdict"), "pass"),
        (("findings", 0, "verdict"), "kept"),
        (("findings", 0, "subject", "kind"), "thing"),
        (("findings", 0, "evidence", 0, "state"), ""),
        (("findings", 0, "evidence", 0, "reads", 0, "seen"), "guessed"),
        (("findings", 0, "conditions", 0, "verdict"), None),
    ],
)
def test_a_word_that_is_no_verdict_is_refused(path: tuple[str | int, ...], word: object) -> None:
    values: Any = document().model_dump(mode="json", by_alias=True)
    inner = values
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = word
    with pytest.raises(ValidationError):
        Document.model_validate(values)


def test_a_verdict_has_no_default() -> None:
    for model, name in ((Document, "verdict"), (type(finding()), "verdict"), (published.PromiseResult, "verdict")):
        assert model.model_fields[name].is_required()


def test_the_version_is_told_under_its_public_name() -> None:
    values = document().model_dump(by_alias=True)
    assert values["schema"] == VERSION == "asdeclared/document/v1"
    assert Document.model_validate(values) == document()


@pytest.mark.parametrize("payload", HOSTILE)
def test_hostile_text_is_kept_as_it_is(payload: str) -> None:
    for made in everything(lambda _: payload):
        assert Document.model_validate(made.model_dump(by_alias=True)) == made
        assert made.findings[0].subject.name == payload
