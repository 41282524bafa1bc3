"""The TLS of load balancers (https://cloud.google.com/load-balancing/docs/ssl-policies-concepts): policies, proxies and
certificates. They hold no data, but a promise about encryption in transit may ask for them.
"""

from __future__ import annotations

from collections.abc import Mapping

from scanner.facts import EncryptionInTransit, Kind, NotKnown, Reason, Tagging, Tls, Unknown, View, text
from scanner.providers.gcp.assets import DATA, asset_type, moment

POLICY, LOWEST_SET, PROFILE = f"{DATA}/sslPolicy", f"{DATA}/minTlsVersion", f"{DATA}/profile"
LOWEST: Mapping[object, Tls] = {
    "TLS_1_0": Tls.V1_0,
    "TLS_1_1": Tls.V1_1,
    "TLS_1_2": Tls.V1_2,
    "TLS_1_3": Tls.V1_3,
}
UNTAGGED = Tagging.tags.documented({}, "it has no labels in the Compute Engine API v1")


def _lowest_set(view: View) -> Tls:
    """The ciphers of the profile RESTRICTED need TLS 1.2, whatever is set."""
    lowest, profile = view.at(LOWEST_SET, LOWEST), view.at(PROFILE, text)
    if lowest >= Tls.V1_2 or profile in {"COMPATIBLE", "MODERN"}:
        return lowest
    if profile == "RESTRICTED":
        return Tls.V1_2
    raise NotKnown(Unknown(Reason.UNDECIDED, f"the ciphers of the profile {profile} may need more than TLS {lowest}"))


def _lowest(view: View) -> Tls:
    """Without a policy the default applies, which lets clients use TLS 1.0."""
    if view.at(POLICY, text, missing=""):
        raise NotKnown(
            Unknown(Reason.NOT_ASKED, "its SSL policy, which is judged by itself, tells the lowest TLS version")
        )
    return Tls.V1_0


SSL_POLICY = asset_type(
    "gcp.compute.ssl-policy",
    "compute.googleapis.com/SslPolicy",
    Kind.CONFIG,
    (
        EncryptionInTransit.plaintext.inapplicable("a policy takes no connections"),
        EncryptionInTransit.minimum_tls.by(_lowest_set, LOWEST_SET, PROFILE),
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
        EncryptionInTransit.minimum_tls.by(_lowest, POLICY),
        EncryptionInTransit.certificate_expires.inapplicable("its certificates are resources of their own"),
        UNTAGGED,
    ),
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
