"""The declared policy: its file, its scopes, and what contradicts itself in it."""

from __future__ import annotations

from scanner.policy.contradictions import Contradiction, contradictions
from scanner.policy.load import load, loads
from scanner.policy.model import (
    AppliesTo,
    DeclaredException,
    Environment,
    Policy,
    Promise,
    Scope,
    SubProcessor,
    Tenants,
    Unscanned,
)
from scanner.policy.problem import PolicyError, Problem
from scanner.policy.schema import schema
from scanner.policy.scope import claims_of, environments_of, in_scope, needs_tags

__all__ = [
    "AppliesTo",
    "Contradiction",
    "DeclaredException",
    "Environment",
    "Policy",
    "PolicyError",
    "Problem",
    "Promise",
    "Scope",
    "SubProcessor",
    "Tenants",
    "Unscanned",
    "claims_of",
    "contradictions",
    "environments_of",
    "in_scope",
    "load",
    "loads",
    "needs_tags",
    "schema",
]
