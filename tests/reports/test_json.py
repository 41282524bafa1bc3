"""The document as JSON: the same bytes for the same document, and the document again from the bytes."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import json
from reports.document import VERSION, Document
from reports.json import JSON, render, schema
from tests.reports.documents import HALF, HOSTILE, document, everything, promise

PUBLISHED = Path(json.__file__).parent / "document.v1.json"


@pytest.mark.parametrize("payload", HOSTILE)
def test_what_is_written_is_read_again(payload: str) -> None:
    for made in everything(lambda _: payload):
        written = render(made)
        assert Document.model_validate_json(written) == made
        jsonschema.Draft202012Validator(schema()).validate(orjson.loads(written))


@given(st.text())
def test_any_text_is_read_again(text: str) -> None:
    (made, *_) = everything(lambda at: f"{at}{text}")
    assert Document.model_validate_json(render(made)) == made


def test_terminal_escapes_are_not_written_raw() -> None:
    for made in everything(lambda _: "\x1b[31m\x00\r"):
        assert not set(render(made)) & (set(range(32)) - {ord("\n")})


def test_half_a_character_is_an_error_and_never_another_text() -> None:
    (made, *_) = everything(lambda _: HALF)
    with pytest.raises(ValueError, match=r"surrogate|utf-8"):
        render(made)


def test_equal_documents_make_the_same_bytes() -> None:
    one = document(promises=(promise(parameters={"a": 1, "b": 2}, counts={"fail": 1, "pass": 2}),))
    two = document(promises=(promise(parameters={"b": 2, "a": 1}, counts={"pass": 2, "fail": 1}),))
    assert one == two
    assert render(one) == render(two) == render(Document.model_validate_json(render(one)))


def test_it_is_indented_with_sorted_keys_and_ends_its_last_line() -> None:
    written = render(document())
    assert written.startswith(b'{\n  "contradictions": [],')
    assert written.endswith(b"}\n")
    values = orjson.loads(written)
    assert list(values) == sorted(values)
    assert values["schema"] == VERSION
    assert values["drift"] is None


def test_the_published_schema_is_that_of_the_model() -> None:
    assert orjson.loads(PUBLISHED.read_bytes()) == schema()
    assert schema()["$id"] == VERSION
    assert schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_the_schema_is_strict() -> None:
    made = schema()
    jsonschema.Draft202012Validator.check_schema(made)
    objects = [made, *(each for each in made["$defs"].values() if each["type"] == "object")]
    assert len(objects) >= 20
    assert all(each["additionalProperties"] is False for each in objects)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(made).validate({**orjson.loads(render(document())), "more": 1})


def test_the_report_names_its_file() -> None:
    assert (JSON.file, JSON.render) == ("report.json", render)
