"""A network of production that machines of the test project use: by the real client from the simulated inventory."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Any

from scanner import registry
from scanner.collect.model import Options
from scanner.collect.plan import Wanted, plan
from scanner.collect.runner import collect
from scanner.demo.gcp import GcpCloud
from scanner.demo.gcp_estate import GcpEstate, demo_estate
from scanner.facts import Connection, Known, Seen
from scanner.link import link
from scanner.policy import loads
from scanner.providers.gcp import PROVIDER
from scanner.providers.gcp.session import open_session
from scanner.providers.gcp.sharedvpc import OTHERS

HOST, GUEST = "//compute.googleapis.com/projects/acme-prod", "//compute.googleapis.com/projects/acme-test"
NETWORK = "projects/acme-prod/global/networks/prod"
POLICY = """\
version: 1
name: networks
scope:
  gcp: {parents: [organizations/123456789012]}
environments:
  production: {gcp: [acme-prod]}
  test: {gcp: [acme-test]}
promises:
  - {id: apart, says: Test and production are separate., check: separation.networks}
"""


def estate() -> GcpEstate:
    """The careful estate, in which production's project is a host, and has lent its network to a machine of test."""
    found = demo_estate(0)
    assets = {asset["name"]: deepcopy(asset) for asset in found.assets}
    assets[HOST]["resource"]["data"]["xpnProjectStatus"] = "HOST"
    machine = deepcopy(assets[GUEST])
    machine |= {"name": f"{GUEST}/zones/europe-west2-a/instances/web", "assetType": "compute.googleapis.com/Instance"}
    cards = [{"network": f"https://www.googleapis.com/compute/v1/{NETWORK}"}]
    machine["resource"] |= {"discoveryName": "Instance", "data": {"name": "web", "networkInterfaces": cards}}
    assets[f"//compute.googleapis.com/{NETWORK}"]["resource"]["data"].pop("peerings", None)
    return replace(found, assets=(*assets.values(), machine))


def ends() -> Seen[Any]:
    wanted = frozenset({Connection.ends.key})
    kinds = {kind.name: kind for kind in PROVIDER.types}
    with GcpCloud(estate()) as cloud:
        session = open_session({"parents": ["organizations/123456789012"]}, Options(endpoint=cloud.endpoint))
        asked = plan(PROVIDER.types, [Wanted("apart", wanted, frozenset({"gcp.compute.network"}))])
        inventory = collect(PROVIDER, session, asked, workers=2)
        session.close()
    policy = loads(POLICY, "networks.yaml", checks=registry.checks(), types=set(kinds), providers={"gcp": PROVIDER})
    found = link([inventory], kinds, {"gcp": PROVIDER.sweeps}, wanted, policy)
    (network,) = [each for each in found.resources if each.id == f"//compute.googleapis.com/{NETWORK}"]
    state = network.states[Connection.ends.key]
    assert isinstance(state, Known)
    assert isinstance(state.value, Seen)
    return state.value


def test_a_project_that_uses_a_network_is_an_end_of_it() -> None:
    found = ends()
    assert [(each.account, each.environments) for each in found.items] == [
        ("acme-prod", frozenset({"production"})),
        ("acme-test", frozenset({"test"})),
    ]
    assert found.gaps == (OTHERS,)
