"""IAM policies as Cloud Asset Inventory lists them."""

from __future__ import annotations

from typing import Any

from tests.scanner.providers.gcp.states import Data

PROJECT = "//cloudresourcemanager.googleapis.com/projects/100000000001"
ORGANIZATION = "//cloudresourcemanager.googleapis.com/organizations/123456789012"


def binding(role: str, *members: str, condition: str = "") -> Data:
    found: Data = {"role": role, "members": list(members)}
    return found | ({"condition": {"expression": condition}} if condition else {})


def policy(name: str, *bindings: Data, **more: Any) -> Data:
    return {"name": name, "iamPolicy": {"bindings": list(bindings), **more}}


ABOVE = (
    policy(PROJECT, binding("roles/owner", "group:platform@example.com")),
    policy(ORGANIZATION, binding("roles/browser", "domain:example.com")),
)
"""What is set on the project and the organization of every example."""
