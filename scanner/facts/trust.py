"""Trust: who is let in from outside."""

from __future__ import annotations

from dataclasses import dataclass, field

from scanner.facts.fact import Facet, SetFact
from scanner.facts.state import UNRESOLVED, Unknown

OWN = "own"
"""The party of an account in the policy's scope, and of the organisation's own domains."""
STRANGER = ""
"""The party of whom the policy does not name."""


@dataclass(frozen=True, slots=True)
class Grantee:
    """Somebody who is let in by name. `ref` is the name as the vendor writes it: an ARN, a principal, a tenant.
    `account` is whose it is: an AWS account, an Azure tenant or subscription, a Google Cloud project, an organisation
    or a domain. `party` is filled by the engine from the policy: OWN, the name of a declared sub-processor or STRANGER.
    """

    ref: str
    account: str | Unknown
    party: str | Unknown = field(default=UNRESOLVED)


class Trust(Facet):
    """Access that is given by name: by a policy, a share, a role assignment or a delegation. See `Exposure` for what
    is open to everybody. A service of the cloud itself that acts for its owner is not let in by this.
    """

    grantees = SetFact[Grantee]("Who outside its own account is let in by name?")
