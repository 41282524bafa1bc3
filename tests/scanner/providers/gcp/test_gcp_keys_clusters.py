"""Secrets, keys, Kubernetes, sinks and the TLS of load balancers: from assets to the states of facts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from scanner.facts import (
    AtRest,
    Backup,
    Copy,
    CopyKind,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    KeyOwner,
    Lineage,
    Location,
    Reason,
    Tagging,
    Tls,
    Unknown,
)
from tests.scanner.providers.gcp.states import (
    FRANKFURT,
    KMS,
    LONDON,
    PROJECT,
    gaps,
    inapplicable,
    items,
    reason,
    state,
    value,
)

VERSION = "gcp.secretmanager.secret-version"
SECRET, RING, KEY = "gcp.secretmanager.secret", "gcp.kms.key-ring", "gcp.kms.key"
CLUSTER, SINK = "gcp.gke.cluster", "gcp.logging.sink"
POLICY, PROXY, CERTIFICATE = (
    "gcp.compute.ssl-policy",
    "gcp.compute.target-https-proxy",
    "gcp.compute.ssl-certificate",
)
GLOBAL_SECRET = "//secretmanager.googleapis.com/projects/100000000001/secrets/token"
REGIONAL = "//secretmanager.googleapis.com/projects/100000000001/locations/europe-west3/secrets/token"
OWN = {"customerManagedEncryption": {"kmsKeyName": KMS}}


def replicas(*each: dict[str, Any]) -> dict[str, Any]:
    return {"replication": {"userManaged": {"replicas": list(each)}}}


@pytest.mark.parametrize(
    ("name", "data", "places", "why"),
    [
        (GLOBAL_SECRET, {"replication": {"automatic": {}}}, ("unplaced",), []),
        (GLOBAL_SECRET, {"replication": {"automatic": OWN}}, ("unplaced",), []),
        (
            GLOBAL_SECRET,
            replicas({"location": "europe-west2"}, {"location": "europe-west3"}),
            (LONDON, FRANKFURT),
            [],
        ),
        (GLOBAL_SECRET, replicas({"location": "europe-west2"}, {}), (LONDON,), [Reason.SHAPE]),
        (GLOBAL_SECRET, {"replication": {}}, (), [Reason.SHAPE]),
        (GLOBAL_SECRET, replicas(), (), [Reason.SHAPE]),
        (GLOBAL_SECRET, {}, (), [Reason.SHAPE]),
        (REGIONAL, {}, (FRANKFURT,), []),
        ("", {}, (), [Reason.SHAPE]),
    ],
)
def test_secret_homes(name: str, data: dict[str, Any], places: tuple[str, ...], why: list[Reason]) -> None:
    assert gaps(SECRET, Location.homes, data, name) == (places, why)
    assert items(SECRET, Location.copies, data, name) == ()


@pytest.mark.parametrize(
    ("name", "data", "owner", "key"),
    [
        (GLOBAL_SECRET, {"replication": {"automatic": {}}}, KeyOwner.PROVIDER, "provider"),
        (GLOBAL_SECRET, {"replication": {"automatic": OWN}}, KeyOwner.CUSTOMER, KMS),
        (GLOBAL_SECRET, replicas(OWN, OWN), KeyOwner.CUSTOMER, KMS),
        (GLOBAL_SECRET, replicas(OWN, {"location": "europe-west2"}), KeyOwner.PROVIDER, f"{KMS}, provider"),
        (REGIONAL, OWN, KeyOwner.CUSTOMER, KMS),
        (REGIONAL, {}, KeyOwner.PROVIDER, "provider"),
    ],
)
def test_keys_of_secrets(name: str, data: dict[str, Any], owner: KeyOwner, key: str) -> None:
    assert value(SECRET, EncryptionAtRest.state, data, name) is AtRest.ENCRYPTED
    assert value(SECRET, EncryptionAtRest.owner, data, name) is owner
    assert value(SECRET, EncryptionAtRest.key, data, name) == key


def kept(key: str, **status: Any) -> dict[str, Any]:
    """The status of a version, each replica with this key; none where that is empty."""
    own = {"customerManagedEncryption": {"kmsKeyVersionName": key}} if key else {}
    if "automatic" in status:
        return {"replicationStatus": {"automatic": own}}
    return {
        "replicationStatus": {"userManaged": {"replicas": [{"location": each, **own} for each in status["places"]]}}
    }


@pytest.mark.parametrize(
    ("data", "places", "key"),
    [
        (kept("", automatic=True), ("unplaced",), "provider"),
        (kept(f"{KMS}/cryptoKeyVersions/7", automatic=True), ("unplaced",), KMS),
        (kept(f"{KMS}/versions/7", places=["europe-west2", "europe-west3"]), (LONDON, FRANKFURT), KMS),
        (kept("", places=["europe-west2"]), (LONDON,), "provider"),
    ],
)
def test_a_version_of_a_secret(data: dict[str, Any], places: tuple[str, ...], key: str) -> None:
    name = f"{GLOBAL_SECRET}/versions/1"
    assert items(VERSION, Location.homes, data, name) == places
    assert value(VERSION, EncryptionAtRest.key, data, name) == key
    own = KeyOwner.PROVIDER if key == "provider" else KeyOwner.CUSTOMER
    assert value(VERSION, EncryptionAtRest.owner, data, name) is own


def test_a_version_that_tells_no_place() -> None:
    assert gaps(VERSION, Location.homes, {}, f"{GLOBAL_SECRET}/versions/1") == ((), [Reason.SHAPE])
    assert items(VERSION, Location.homes, {}, f"{REGIONAL}/versions/1") == (FRANKFURT,)
    own = {"customerManagedEncryption": {"kmsKeyVersionName": f"{KMS}/cryptoKeyVersions/7"}}
    assert value(VERSION, EncryptionAtRest.key, own, f"{REGIONAL}/versions/1") == KMS


@pytest.mark.parametrize("data", [{}, replicas(), replicas({"customerManagedEncryption": {"kmsKeyName": 1}})])
def test_keys_of_secrets_that_are_not_told(data: dict[str, Any]) -> None:
    assert reason(SECRET, EncryptionAtRest.owner, data, GLOBAL_SECRET) is Reason.SHAPE
    assert reason(SECRET, EncryptionAtRest.key, data, GLOBAL_SECRET) is Reason.SHAPE


@pytest.mark.parametrize(
    ("place", "home"), [("europe-west2", LONDON), ("europe", "gcp:europe"), ("global", "unplaced")]
)
def test_where_keys_are(place: str, home: str) -> None:
    ring = f"//cloudkms.googleapis.com/{PROJECT}/locations/{place}/keyRings/r"
    assert items(RING, Location.homes, {}, ring) == (home,)
    assert items(KEY, Location.homes, {}, f"{ring}/cryptoKeys/k") == (home,)
    assert items(KEY, Location.copies, {}) == ()
    assert gaps(KEY, Location.homes, {}, "//cloudkms.googleapis.com/odd") == ((), [Reason.SHAPE])


@pytest.mark.parametrize(
    ("data", "places", "why"),
    [
        ({"location": "europe-west2"}, (LONDON,), []),
        ({"location": "europe-west2", "locations": ["europe-west2-a", "europe-west2-b"]}, (LONDON,), []),
        ({"location": "europe-west2-a", "locations": ["europe-west3-a"]}, (LONDON, FRANKFURT), []),
        ({}, (), [Reason.SHAPE]),
        ({"location": "europe-west2", "locations": "europe-west2-a"}, (), [Reason.SHAPE]),
    ],
)
def test_cluster_homes(data: dict[str, Any], places: tuple[str, ...], why: list[Reason]) -> None:
    assert gaps(CLUSTER, Location.homes, data) == (places, why)


def test_keys_of_a_cluster() -> None:
    secrets_only = {"databaseEncryption": {"state": "ENCRYPTED", "keyName": KMS}}
    assert value(CLUSTER, EncryptionAtRest.owner, secrets_only) is KeyOwner.PROVIDER
    own = {"userManagedKeysConfig": {"controlPlaneDiskEncryptionKey": KMS}}
    assert value(CLUSTER, EncryptionAtRest.owner, own) is KeyOwner.CUSTOMER
    assert value(CLUSTER, EncryptionAtRest.key, own) == KMS


def by_ip(**values: Any) -> dict[str, Any]:
    return {"controlPlaneEndpointsConfig": {"ipEndpointsConfig": values}}


def old(private: bool | None, **networks: Any) -> dict[str, Any]:
    return {
        "privateClusterConfig": {"enablePrivateEndpoint": private},
        "masterAuthorizedNetworksConfig": networks,
    }


def told(endpoint: str, public: str | None, **networks: Any) -> dict[str, Any]:
    config = {"privateEndpoint": "10.0.0.2", "publicEndpoint": public}
    return {"endpoint": endpoint, "privateClusterConfig": config, "masterAuthorizedNetworksConfig": networks}


CLOSED: dict[str, Any] = {"enabled": True, "gcpPublicCidrsAccessEnabled": False}
OFFICE, ALL = {"cidrBlock": "192.0.2.0/24"}, {"cidrBlock": "0.0.0.0/0"}


@pytest.mark.parametrize(
    ("data", "public"),
    [
        (old(private=True), False),
        (old(private=False, enabled=False), True),
        (old(private=False, **CLOSED), False),
        (old(private=False, **CLOSED, cidrBlocks=[OFFICE]), False),
        (old(private=False, enabled=True, cidrBlocks=[OFFICE, ALL]), True),
        (told("198.51.100.7", "198.51.100.7", **CLOSED), False),
        (told("198.51.100.7", "198.51.100.7", enabled=False), True),
        (by_ip(enablePublicEndpoint=False), False),
        (by_ip(enablePublicEndpoint=True, authorizedNetworksConfig=CLOSED | {"cidrBlocks": [OFFICE]}), False),
        (by_ip(enablePublicEndpoint=True, authorizedNetworksConfig={"enabled": True, "cidrBlocks": [ALL]}), True),
        (by_ip(enablePublicEndpoint=True) | old(private=True, **CLOSED), False),
        (by_ip(enablePublicEndpoint=True) | old(private=True, enabled=False), True),
    ],
)
def test_cluster_exposure(data: dict[str, Any], public: bool) -> None:
    assert value(CLUSTER, Exposure.public, data) is public


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ({}, Reason.SHAPE),
        (old(private=False), Reason.SHAPE),
        (told("10.0.0.2", "198.51.100.7", enabled=False), Reason.SHAPE),
        (told("198.51.100.7", None, enabled=False), Reason.SHAPE),
        (old(private=False, enabled=True, cidrBlocks=[{}]), Reason.SHAPE),
        (old(private=False, enabled=True, cidrBlocks=[OFFICE]), Reason.SHAPE),
        (old(private=False, enabled=True, gcpPublicCidrsAccessEnabled=True), Reason.UNDECIDED),
        (
            old(private=True) | {"controlPlaneEndpointsConfig": {"dnsEndpointConfig": {"allowExternalTraffic": True}}},
            Reason.NOT_ASKED,
        ),
    ],
)
def test_cluster_exposure_that_is_not_told(data: dict[str, Any], why: Reason) -> None:
    assert reason(CLUSTER, Exposure.public, data) is why


def test_the_rest_of_a_cluster() -> None:
    assert value(CLUSTER, EncryptionInTransit.plaintext, {}) is False
    assert reason(CLUSTER, EncryptionInTransit.minimum_tls, {}) is Reason.NOT_ASKED
    assert reason(CLUSTER, EncryptionInTransit.certificate_expires, {}) is Reason.NOT_ASKED
    for fact in (Location.copies, Lineage.origins):
        assert gaps(CLUSTER, fact, {}) == ((), [Reason.NOT_ASKED])
    # Plans of Backup for GKE tell what they back up; see `Protection`.
    assert items(CLUSTER, Backup.plans, {}) == ()


@pytest.mark.parametrize(
    ("destination", "ref"),
    [
        ("storage.googleapis.com/acme-logs", "//storage.googleapis.com/acme-logs"),
        (
            "bigquery.googleapis.com/projects/other/datasets/logs",
            "//bigquery.googleapis.com/projects/other/datasets/logs",
        ),
        ("pubsub.googleapis.com/projects/other/topics/logs", "//pubsub.googleapis.com/projects/other/topics/logs"),
        ("logging.googleapis.com/projects/other", ""),
    ],
)
def test_where_a_sink_carries_logs(destination: str, ref: str) -> None:
    (copy,) = items(SINK, Location.copies, {"destination": destination})
    assert (copy.kind, copy.ref) == (CopyKind.LOG_SINK, ref)
    assert isinstance(copy.place, Unknown)


def test_a_log_bucket_tells_its_place_by_its_name() -> None:
    for place, home in (("europe-west2", LONDON), ("global", "unplaced")):
        told = f"logging.googleapis.com/projects/other/locations/{place}/buckets/all"
        copies = items(SINK, Location.copies, {"destination": told})
        assert copies == (Copy(CopyKind.LOG_SINK, home, f"//{told}"),)


@pytest.mark.parametrize(
    "data", [{}, {"destination": "example.com/logs"}, {"destination": "storage.googleapis.com/a/b"}]
)
def test_sinks_that_are_not_understood(data: dict[str, Any]) -> None:
    assert gaps(SINK, Location.copies, data) == ((), [Reason.SHAPE])


def test_a_disabled_sink_carries_nothing() -> None:
    data = {"destination": "storage.googleapis.com/acme-logs", "disabled": True}
    assert items(SINK, Location.copies, data) == ()
    assert gaps(SINK, Location.copies, data | {"disabled": "yes"}) == ((), [Reason.SHAPE])
    assert inapplicable(SINK, Location.homes, data)


@pytest.mark.parametrize(
    ("lowest", "profile", "tls"),
    [
        ("TLS_1_0", "COMPATIBLE", Tls.V1_0),
        ("TLS_1_1", "MODERN", Tls.V1_1),
        ("TLS_1_0", "RESTRICTED", Tls.V1_2),
        ("TLS_1_2", "CUSTOM", Tls.V1_2),
        ("TLS_1_3", "RESTRICTED", Tls.V1_3),
    ],
)
def test_ssl_policies(lowest: str, profile: str, tls: Tls) -> None:
    assert value(POLICY, EncryptionInTransit.minimum_tls, {"minTlsVersion": lowest, "profile": profile}) is tls


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ({"minTlsVersion": "TLS_1_0", "profile": "CUSTOM"}, Reason.UNDECIDED),
        ({"minTlsVersion": "TLS_1_0", "profile": "FIPS_202205"}, Reason.UNDECIDED),
        ({"minTlsVersion": "SSL_3", "profile": "MODERN"}, Reason.SHAPE),
        ({"profile": "MODERN"}, Reason.SHAPE),
        ({"minTlsVersion": "TLS_1_0"}, Reason.SHAPE),
    ],
)
def test_ssl_policies_that_are_not_understood(data: dict[str, Any], why: Reason) -> None:
    assert reason(POLICY, EncryptionInTransit.minimum_tls, data) is why


def test_https_proxies() -> None:
    assert value(PROXY, EncryptionInTransit.plaintext, {}) is False
    assert value(PROXY, EncryptionInTransit.minimum_tls, {}) is Tls.V1_0
    assert reason(PROXY, EncryptionInTransit.minimum_tls, {"sslPolicy": "strict"}) is Reason.NOT_ASKED
    assert reason(PROXY, EncryptionInTransit.minimum_tls, {"sslPolicy": 1}) is Reason.SHAPE
    strict = [{"resource": {"data": {"minTlsVersion": "TLS_1_2", "profile": "MODERN"}}}]
    assert value(PROXY, EncryptionInTransit.minimum_tls, {"sslPolicy": "strict"}, tls=strict) is Tls.V1_2
    odd = [{"resource": {"data": {"minTlsVersion": "TLS_9", "profile": "MODERN"}}}]
    assert reason(PROXY, EncryptionInTransit.minimum_tls, {"sslPolicy": "strict"}, tls=odd) is Reason.SHAPE
    assert inapplicable(PROXY, EncryptionInTransit.certificate_expires, {})


def test_certificates() -> None:
    told = {"expireTime": "2026-05-01T00:00:00.000-07:00"}
    assert value(CERTIFICATE, EncryptionInTransit.certificate_expires, told) == datetime(2026, 5, 1, 7, tzinfo=UTC)
    assert reason(CERTIFICATE, EncryptionInTransit.certificate_expires, {}) is Reason.SHAPE
    assert reason(CERTIFICATE, EncryptionInTransit.certificate_expires, {"expireTime": "soon"}) is Reason.SHAPE
    for fact in (EncryptionInTransit.plaintext, EncryptionInTransit.minimum_tls):
        assert inapplicable(CERTIFICATE, fact, told)


@pytest.mark.parametrize(("kind", "field"), [(SECRET, "labels"), (KEY, "labels"), (CLUSTER, "resourceLabels")])
def test_labels(kind: str, field: str) -> None:
    assert value(kind, Tagging.tags, {field: {"env": "prod"}}) == {"env": "prod"}
    assert value(kind, Tagging.tags, {}) == {}
    assert reason(kind, Tagging.tags, {field: ["env"]}) is Reason.SHAPE


@pytest.mark.parametrize("kind", [RING, SINK, POLICY, PROXY, CERTIFICATE])
def test_what_has_no_labels(kind: str) -> None:
    assert value(kind, Tagging.tags, {}) == {}
    assert isinstance(state(SECRET, Exposure.public, {}), Unknown)
