"""Shared VPC (https://cloud.google.com/vpc/docs/shared-vpc): projects that use the networks of another, its host.

The inventory does not list which projects are attached to a host. Those are told here that have a machine in a network;
what else of an attached project is in it, or will be, is not known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scanner.collect.model import Join
from scanner.facts import UNRESOLVED, End, NotKnown, Reason, Unknown, View, text
from scanner.providers.gcp.assets import ABOVE, DATA, NAME, OWNER, joined

LINK, NETWORKS = "/resource/data/selfLink", "/resource/data/networkInterfaces/*/network"
ROLE = "/resource/data/xpnProjectStatus"
HOSTS: Mapping[object, bool] = {"HOST": True, "UNSPECIFIED_XPN_PROJECT_STATUS": False}
"""What its project is: only hosts are told apart (model of the Compute Engine API)."""
ASK = {
    "vpc": joined(Join("/resource/parent", {OWNER: ABOVE}), "compute.googleapis.com/Project"),
    "machines": joined(Join(NETWORKS, {LINK: ""}), "compute.googleapis.com/Instance"),
}
"""The project as Compute Engine tells it, and the machines in the network, by its URL."""
PATHS = (NAME, f"{DATA}/selfLink", f"vpc:/assets/*{ROLE}", "machines:/assets/*/name")
OTHERS = Unknown(
    Reason.NOT_ASKED,
    "its project is the host of a Shared VPC: of what attached projects have in the network, machines alone are read",
)


def attached(view: View) -> Iterator[End | Unknown]:
    """The other projects that use a network, as far as they have machines in it. Declare PATHS, and ask ASK."""
    if not _is_shared(view):
        return
    view.at(f"{DATA}/selfLink", text)
    own = project_of(view.at(NAME, text))
    users = dict.fromkeys(project_of(machine.at("/name", text)) for machine in view.each("machines:/assets"))
    for project in users:
        if project and project != own:
            yield End(f"//compute.googleapis.com/projects/{project}", project, UNRESOLVED)
    yield OTHERS


def _is_shared(view: View) -> bool:
    project = next(view.each("vpc:/assets"), None)
    if project is None:
        why = "whether its project is the host of a Shared VPC was not listed"
        raise NotKnown(Unknown(Reason.NOT_ASKED, why))
    return project.at(ROLE, HOSTS)


def project_of(name: str) -> str:
    """The id of the project in the name of an asset; "" where it has none."""
    match name.split("/"):
        case ["", "", _, "projects", project, *_]:
            return project
        case _:
            return ""
