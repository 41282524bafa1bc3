"""Microsoft Defender for Cloud: its plans for a subscription.

Threat detection is on where every plan that detects threats is on, and off where none is, or where the plan for Azure
Resource Manager is not, which watches every subscription and is told for each. Between these it is not decided: a plan
that is off may have nothing to watch. A plan for machines counts only where no machine is left out.

Documents relied upon: the model Pricing of azure-mgmt-security, and on learn.microsoft.com/azure/defender-for-cloud:
"Defender for Cloud overview" (which plans protect workloads, and which look at the posture alone).
"""

from __future__ import annotations

from collections.abc import Mapping

from scanner.collect.model import Call
from scanner.facts import Answer, Detection, Node, NotKnown, Reason, Unknown, View, flag, text
from scanner.providers.azure.graph import in_subscription, words

PLANS = "plans:/value"
NAME, TIER, OLD = "/name", "/properties/pricingTier", "/properties/deprecated"
COVERED = "/properties/resourcesCoverageStatus"
POSTURE = frozenset({"cloudposture", "discovery", "foundationalcspm"})
"""Plans that look at settings, and detect no threat."""
MACHINES, RESOURCE_MANAGER = "virtualmachines", "arm"
ON = words({"Standard": True, "Free": False})
WHOLE = words({"FullyCovered": True, "PartiallyCovered": False, "NotCovered": False})

ASK: Mapping[str, Call] = {"plans": in_subscription("Microsoft.Security/pricings", "2024-01-01")}


def _is_on(plan: Node, name: str) -> bool:
    # Only for machines can a plan be turned off for one of them ("Pricings - List", scopes).
    return plan.at(TIER, ON) and (name != MACHINES or plan.at(COVERED, WHOLE))


def _threats(view: View) -> bool:
    plans = {plan.at(NAME, text).lower(): plan for plan in view.each(PLANS) if not plan.at(OLD, flag, missing=False)}
    states = {name: _is_on(plan, name) for name, plan in sorted(plans.items()) if name not in POSTURE}
    if RESOURCE_MANAGER not in states:
        raise NotKnown(
            Unknown(Reason.SHAPE, "the plan for Azure Resource Manager, which each subscription has, is not told")
        )
    if not states[RESOURCE_MANAGER]:
        return False
    left = [name for name, on in states.items() if not on]
    if not left:
        return True
    why = f"the plans {', '.join(left)} are off or leave something out; whether there is anything for them is not asked"
    raise NotKnown(Unknown(Reason.UNDECIDED, why))


FACTS: tuple[Answer, ...] = (
    Detection.threats.by(_threats, *(f"{PLANS}/*{path}" for path in (NAME, TIER, OLD, COVERED))),
    Detection.outside_access.unseen("Azure has no analyser for it alone; what Defender CSPM finds of it is not read"),
)
UNORDERED = (PLANS,)
