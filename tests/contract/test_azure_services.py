"""Every body of the small estate of services follows the vendor's own SDK models, and all of it is collected."""

from __future__ import annotations

import pytest

from tests.contract.azure_services import SERVICES, SHAPES, Body
from tests.contract.azure_shapes import problems


@pytest.mark.parametrize("body", SERVICES, ids=lambda body: body["id"].partition("/providers/")[2])
def test_a_body_follows_the_vendors_model(body: Body) -> None:
    assert problems(body, SHAPES[body["type"]]) == []


def test_no_model_is_idle() -> None:
    assert SHAPES.keys() == {body["type"] for body in SERVICES}
