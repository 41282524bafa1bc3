"""The TLS of load balancers (https://cloud.google.com/load-balancing/docs/ssl-policies-concepts): policies, proxies and
certificates. They hold no data, but a promise about encryption in transit may ask for them.
"""

from __future__ import annotations

from collections.abc import Mapping

from scanner.collect.model import Join
from scanner.facts import EncryptionInTransit, Kind, Node, NotKnown, Reason, Tagging, Tls, Unknown, View, text
from scanner.providers.gcp.assets import DATA, asset_type, joined, moment

NATIVE = "compute.googleapis.com/SslPolicy"
POLICY, LOWEST_SET, PROFILE = f"{DATA}/sslPolicy", "/resource/data/minTlsVersion", "/resource/data/profile"
ASK = {"tls": joined(Join("/resource/data/selfLink", {"/resource/data/sslPolicy": ""}), NATIVE)}
LOWEST: Mapping[object, Tls] = {
    "TLS_1_0": Tls.V1_0,
    "TLS_1_1": Tls.V1_1,
    "TLS_1_2": Tls.V1_2,
    "TLS_1_3": Tls.V1_3,
}
UNTAGGED = Tagging.tags.documented({}, "it has no labels in the Compute Engine API v1")


def lowest_set(policy: Node) -> Tls:
    """By the policy at this node. The ciphers of the profile RESTRICTED need TLS 1.2, whatever is set."""
    lowest, profile = policy.at(LOWEST_SET, LOWEST), policy.at(PROFILE, text)
    if lowest >= Tls.V1_2 or profile in {"COMPATIBLE", "MODERN"}:
        return lowest
    if profile == "RESTRICTED":
        return Tls.V1_2
    raise NotKnown(Unknown(Reason.UNDECIDED, f"the ciphers of the profile {profile} may need more than TLS {lowest}"))


def _lowest(view: View) -> Tls:
    """Without a policy the default applies, which lets clients use TLS 1.0."""
    if not view.at(POLICY, text, missing=""):
        return Tls.V1_0
    policy = next(view.each("tls:/assets"), None)
    if policy is None:
        raise NotKnown(Unknown(Reason.NOT_ASKED, "its SSL policy, which tells the lowest TLS version, was not listed"))
    return lowest_set(policy)


SSL_POLICY = asset_type(
    "gcp.compute.ssl-policy",
    NATIVE,
    Kind.CONFIG,
    (
        EncryptionInTransit.plaintext.inapplicable("a policy takes no connections"),
        EncryptionInTransit.minimum_tls.by(
            lambda view: lowest_set(view.node("item")), f"item:{LOWEST_SET}", f"item:{PROFILE}"
        ),
        EncryptionInTransit.certificate_expires.inapplicable("a policy has no certificate"),
        UNTAGGED,
    ),
)
HTTPS_PROXY = asset_type(
    "gcp.compute.target-https-proxy",
    "compute.googleapis.com/TargetHttpsProxy",
    Kind.CONFIG,
    (
        EncryptionInTransit.plaintext.documented(
            False, "https://cloud.google.com/load-balancing/docs/target-proxies: clients without TLS need another proxy"
        ),
        EncryptionInTransit.minimum_tls.by(
            _lowest, POLICY, *(f"tls:/assets/*{path}" for path in (LOWEST_SET, PROFILE))
        ),
        EncryptionInTransit.certificate_expires.inapplicable("its certificates are resources of their own"),
        UNTAGGED,
    ),
    ask=ASK,
)
CERTIFICATE = asset_type(
    "gcp.compute.ssl-certificate",
    "compute.googleapis.com/SslCertificate",
    Kind.CONFIG,
    (
        EncryptionInTransit.plaintext.inapplicable("a certificate takes no connections"),
        EncryptionInTransit.minimum_tls.inapplicable("a certificate takes no connections"),
        EncryptionInTransit.certificate_expires.at(f"{DATA}/expireTime", moment),
        UNTAGGED,
    ),
)
TYPES = (SSL_POLICY, HTTPS_PROXY, CERTIFICATE)
