"""Resource groups: what they hold is found out by the engine, from the ids of the resources."""

from __future__ import annotations

from scanner.collect.model import ResourceType
from scanner.facts import Kind
from scanner.providers.azure.graph import GROUPS, ID, TAGS

GROUP = ResourceType(
    "azure.resource-group",
    native="Microsoft.Resources/resourceGroups",
    kind=Kind.CONFIG,
    each=GROUPS,
    id=ID,
    label="/name",
    region="/location",
    facts=(TAGS,),
    container=True,
)
TYPES = (GROUP,)
