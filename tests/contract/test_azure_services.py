"""Every body of the small estate of services follows the vendor's own SDK models, and all of it is collected."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from scanner.collect.model import Options
from scanner.collect.plan import Wanted, plan
from scanner.collect.runner import Inventory, collect
from scanner.demo.azure import AzureCloud
from scanner.demo.azure_estate import AzureEstate, Subscription
from scanner.facts import Body as Answered
from scanner.providers.azure import PROVIDER
from tests.contract.azure_platforms import PLATFORM_SHAPES, PLATFORMS
from tests.contract.azure_services import GROUP, SERVICES, SHAPES, Body
from tests.contract.azure_shapes import problems

ALL = (*SERVICES, *PLATFORMS)
MODELS = {**SHAPES, **PLATFORM_SHAPES}


@pytest.mark.parametrize("body", ALL, ids=lambda body: body["id"].partition("/providers/")[2])
def test_a_body_follows_the_vendors_model(body: Body) -> None:
    assert problems(body, MODELS[body["type"]]) == []


def test_no_model_is_idle() -> None:
    assert MODELS.keys() == {body["type"] for body in ALL}


GROUP_BODY: Body = {
    "id": GROUP,
    "name": "data",
    "type": "Microsoft.Resources/resourceGroups",
    "location": "uksouth",
    "properties": {"provisioningState": "Succeeded"},
}
TYPES = {kind.name: kind for kind in PROVIDER.types}
ROWS = frozenset(
    {
        "Microsoft.Compute/galleries/images/versions",
        "Microsoft.ContainerRegistry/registries/replications",
        "Microsoft.Web/sites/slots",
    }
)
"""Types below another one that Resource Graph has as rows; the simulated one leaves them out."""


def _collected() -> tuple[Inventory, Sequence[object]]:
    subscription = Subscription(GROUP.split("/")[2], "data")
    estate = AzureEstate((subscription,), (GROUP_BODY, *ALL))
    facts = frozenset(answer.fact.key for kind in PROVIDER.types for answer in kind.facts)
    wanted = plan(PROVIDER.types, [Wanted("everything", facts, frozenset(TYPES))])
    with AzureCloud(estate) as cloud:
        session = PROVIDER.open({"subscriptions": [subscription.id]}, Options(endpoint=cloud.endpoint, workers=4))
        try:
            return collect(PROVIDER, session, wanted, workers=4), cloud.writes
        finally:
            session.close()


def test_everything_is_collected_by_reads_alone() -> None:
    found, writes = _collected()
    assert list(writes) == []
    unmade = [
        (record.id, source, reply)
        for record in found.records
        for source, reply in record.replies.items()
        # A replica, which is listed below its server here, is told by its server and has no parameters of its own.
        if not isinstance(reply, Answered) and "/replicas/" not in record.id
    ]
    assert unmade == []
    listed = {record.type for record in found.records if record.modelled}
    bodies = {body["type"] for body in ALL}
    assert listed >= {kind.name for kind in PROVIDER.types if kind.native in {each.lower() for each in bodies - ROWS}}
