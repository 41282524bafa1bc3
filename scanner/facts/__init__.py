"""Facts: what can be asked about a resource, what is established, and from which evidence."""

from __future__ import annotations

from scanner.facts.backup import Backup, Cover, Plan, PlanKind, Protection, RecoveryPoint, Source
from scanner.facts.convert import always, flag, folded, key_values, no, pairs, text, texts, whole
from scanner.facts.duration import FOREVER, Duration
from scanner.facts.encryption import AtRest, EncryptionAtRest, EncryptionInTransit, KeyOwner, Tls
from scanner.facts.fact import Answer, Facet, Fact, Seen, SetFact, merge
from scanner.facts.governance import (
    Alerting,
    AuditTrail,
    Defaults,
    Detection,
    FlowLog,
    Identity,
    Means,
    Receiver,
)
from scanner.facts.keys import KeyUse, Sharer
from scanner.facts.lineage import Lineage, Origin
from scanner.facts.location import Copy, CopyKind, Location
from scanner.facts.logstore import LogStore
from scanner.facts.membership import Container, Member, Membership, Tagging
from scanner.facts.network import Connection, End, Exposure
from scanner.facts.reads import Reads, State, need, recording
from scanner.facts.reply import (
    JSON,
    Absent,
    Body,
    Failed,
    Fragment,
    Projection,
    Refused,
    Reply,
    Unasked,
    canonical,
    sha256,
)
from scanner.facts.state import (
    UNRESOLVED,
    Evidence,
    Inapplicable,
    Kind,
    Known,
    NotApplicable,
    NotKnown,
    Reason,
    Unknown,
)
from scanner.facts.trust import OWN, STRANGER, Grantee, Trust
from scanner.facts.view import Node, UndeclaredRead, View, Where

__all__ = [
    "FOREVER",
    "JSON",
    "OWN",
    "STRANGER",
    "UNRESOLVED",
    "Absent",
    "Alerting",
    "Answer",
    "AtRest",
    "AuditTrail",
    "Backup",
    "Body",
    "Connection",
    "Container",
    "Copy",
    "CopyKind",
    "Cover",
    "Defaults",
    "Detection",
    "Duration",
    "EncryptionAtRest",
    "EncryptionInTransit",
    "End",
    "Evidence",
    "Exposure",
    "Facet",
    "Fact",
    "Failed",
    "FlowLog",
    "Fragment",
    "Grantee",
    "Identity",
    "Inapplicable",
    "KeyOwner",
    "KeyUse",
    "Kind",
    "Known",
    "Lineage",
    "Location",
    "LogStore",
    "Means",
    "Member",
    "Membership",
    "Node",
    "NotApplicable",
    "NotKnown",
    "Origin",
    "Plan",
    "PlanKind",
    "Projection",
    "Protection",
    "Reads",
    "Reason",
    "Receiver",
    "RecoveryPoint",
    "Refused",
    "Reply",
    "Seen",
    "SetFact",
    "Sharer",
    "Source",
    "State",
    "Tagging",
    "Tls",
    "Trust",
    "Unasked",
    "UndeclaredRead",
    "Unknown",
    "View",
    "Where",
    "always",
    "canonical",
    "flag",
    "folded",
    "key_values",
    "merge",
    "need",
    "no",
    "pairs",
    "recording",
    "sha256",
    "text",
    "texts",
    "whole",
]
