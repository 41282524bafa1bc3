"""Cloud Run services and Cloud Functions (https://cloud.google.com/run/docs/securing/ingress and
https://cloud.google.com/functions/docs/networking/network-settings). They keep no data, but let people in.

The inventory tells a Cloud Run service in the form of `run.v1.Service`, or in that of `run.v2`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum

from scanner.facts import (
    Answer,
    EncryptionInTransit,
    Exposure,
    Kind,
    NotKnown,
    Reason,
    Tagging,
    Unknown,
    View,
    always,
    flag,
    pairs,
    text,
)
from scanner.providers.gcp.assets import DATA, asset_type, labels
from scanner.providers.gcp.iam import PATHS, TRUST, public
from scanner.providers.gcp.told import not_for


class Ingress(Enum):
    """From where requests may come."""

    ALL = "all"
    BALANCED = "from inside, and through a load balancer"
    INSIDE = "from inside"


META, SETTINGS = f"{DATA}/metadata", f"{DATA}/ingress"
ANNOTATIONS = f"{META}/annotations"
TOLD, OPEN = f"{ANNOTATIONS}/run.googleapis.com~1ingress", f"{ANNOTATIONS}/run.googleapis.com~1invoker-iam-disabled"
DISABLED, NAMED = f"{DATA}/invokerIamDisabled", f"{META}/name"
BY_ANNOTATION: Mapping[object, Ingress] = {
    "all": Ingress.ALL,
    "internal-and-cloud-load-balancing": Ingress.BALANCED,
    "internal": Ingress.INSIDE,
}
BY_SETTING: Mapping[object, Ingress] = {
    "INGRESS_TRAFFIC_ALL": Ingress.ALL,
    "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER": Ingress.BALANCED,
    "INGRESS_TRAFFIC_INTERNAL_ONLY": Ingress.INSIDE,
    "INGRESS_TRAFFIC_NONE": Ingress.INSIDE,
    "ALLOW_ALL": Ingress.ALL,
    "ALLOW_INTERNAL_AND_GCLB": Ingress.BALANCED,
    "ALLOW_INTERNAL_ONLY": Ingress.INSIDE,
}
BALANCER = Unknown(
    Reason.UNDECIDED, "everybody may call it through a load balancer; whether one leads to it is not read"
)
FRONT_END = "Google's front end takes the connections; its lowest TLS version is not told"
OWN = "the certificate is Google's own; those of other names are resources of their own"


def _open(ingress: Ingress, everybody: Callable[[], bool]) -> bool:
    if ingress is Ingress.INSIDE or not everybody():
        return False
    if ingress is Ingress.BALANCED:
        raise NotKnown(BALANCER)
    return True


def _ingress(view: View) -> Ingress:
    """In the older form it is an annotation, and without it all is let in."""
    if found := view.at(SETTINGS, BY_SETTING, missing=None):
        return found
    view.at(NAMED, text)
    return view.at(TOLD, BY_ANNOTATION, missing=Ingress.ALL)


def _unchecked(view: View) -> bool:
    """Whether the rights of callers are not looked at."""
    return view.at(DISABLED, flag, missing=False) or view.at(OPEN, text, missing="false") == "true"


def _labels(view: View) -> dict[str, str]:
    return view.at(f"{META}/labels", pairs, missing={}) | view.at(f"{DATA}/labels", pairs, missing={})


def _transit(plaintext: Answer) -> tuple[Answer, ...]:
    return (
        plaintext,
        EncryptionInTransit.minimum_tls.unseen(FRONT_END),
        EncryptionInTransit.certificate_expires.inapplicable(OWN),
    )


SERVICE = asset_type(
    "gcp.run.service",
    "run.googleapis.com/Service",
    Kind.CONFIG,
    (
        *_transit(
            EncryptionInTransit.plaintext.documented(
                False, "https://cloud.google.com/run/docs/triggering/https-request: HTTP is only redirected to HTTPS"
            )
        ),
        Exposure.public.by(
            lambda view: _open(_ingress(view), lambda: _unchecked(view) or public(view)),
            *(SETTINGS, NAMED, TOLD, OPEN, DISABLED),
            *PATHS,
        ),
        TRUST,
        Tagging.tags.by(_labels, f"{META}/labels", f"{DATA}/labels"),
    ),
)

SECOND = "it is a Cloud Run service underneath, which is a resource of its own and decides"
EVENTS = "events call it; it has no address"
GENERATION, TRIGGER, LEVEL = f"{DATA}/environment", f"{DATA}/eventTrigger", f"{DATA}/serviceConfig/securityLevel"
FROM = f"{DATA}/serviceConfig/ingressSettings"
GENERATIONS: Mapping[object, int] = {"GEN_1": 1, "GEN_2": 2}
OPTIONAL: Mapping[object, bool] = {"SECURE_ALWAYS": False, "SECURE_OPTIONAL": True}
"""HTTPS is optional by default for functions of the first generation, and the others take nothing else (API model)."""


def _has_address(told: bool) -> None:
    if not told:
        raise not_for(EVENTS)


def _function_plaintext(view: View) -> bool:
    if view.at(GENERATION, GENERATIONS) == 2:
        return False
    _has_address(not view.at(TRIGGER, always(True), missing=False))
    return view.at(LEVEL, OPTIONAL, missing=True)


def _function_public(view: View) -> bool:
    if view.at(GENERATION, GENERATIONS) == 2:
        raise not_for(SECOND)
    _has_address(not view.at(TRIGGER, always(True), missing=False))
    return _open(view.at(FROM, BY_SETTING), lambda: public(view))


FUNCTION = asset_type(
    "gcp.cloudfunctions.function",
    "cloudfunctions.googleapis.com/Function",
    Kind.CONFIG,
    (
        *_transit(EncryptionInTransit.plaintext.by(_function_plaintext, GENERATION, TRIGGER, LEVEL)),
        Exposure.public.by(_function_public, GENERATION, TRIGGER, FROM, *PATHS),
        TRUST,
        labels(),
    ),
)

HTTPS, FIRST_FROM = f"{DATA}/httpsTrigger", f"{DATA}/ingressSettings"
FIRST_LEVEL = f"{HTTPS}/securityLevel"


def _first_plaintext(view: View) -> bool:
    _has_address(view.at(HTTPS, always(True), missing=False))
    return view.at(FIRST_LEVEL, OPTIONAL, missing=True)


def _first_public(view: View) -> bool:
    _has_address(view.at(HTTPS, always(True), missing=False))
    return _open(view.at(FIRST_FROM, BY_SETTING), lambda: public(view))


FIRST = asset_type(
    "gcp.cloudfunctions.cloud-function",
    "cloudfunctions.googleapis.com/CloudFunction",
    Kind.CONFIG,
    (
        *_transit(EncryptionInTransit.plaintext.by(_first_plaintext, FIRST_LEVEL)),
        Exposure.public.by(_first_public, FIRST_LEVEL, FIRST_FROM, *PATHS),
        TRUST,
        labels(),
    ),
)
TYPES = (SERVICE, FUNCTION, FIRST)
