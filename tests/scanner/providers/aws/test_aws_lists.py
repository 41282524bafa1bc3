"""Listings whose replies leave an empty list out."""

from __future__ import annotations

import copy

import pytest

from scanner.collect.model import take
from scanner.providers.aws import PROVIDER
from scanner.providers.aws.pages import UNWRITTEN
from scanner.providers.aws.pages import written as filled


@pytest.mark.parametrize(
    ("body", "pointer", "written"),
    [
        ({}, "/QueueUrls", {"QueueUrls": []}),
        ({"QueueUrls": ["https://example.com/q"]}, "/QueueUrls", {"QueueUrls": ["https://example.com/q"]}),
        ({"Page": {"Quantity": 0}}, "/Page/Items", {"Page": {"Quantity": 0, "Items": []}}),
        ({"Page": {"Items": [1]}}, "/Page/Items", {"Page": {"Items": [1]}}),
        ({"Other": 1}, "", {"Other": 1}),
    ],
)
def test_a_list_that_is_left_out_is_empty(body: dict[str, object], pointer: str, written: object) -> None:
    assert filled(copy.deepcopy(body), pointer) == written


def test_they_are_listings_of_types() -> None:
    listings = {kind.each.operation: kind.each.items for kind in PROVIDER.types}
    assert {name: listings[name] for name in UNWRITTEN} == UNWRITTEN
    assert take(filled({}, UNWRITTEN["sqs.list_queues"]), UNWRITTEN["sqs.list_queues"]) == [[]]
