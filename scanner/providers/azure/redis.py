"""Azure Cache for Redis.

A cache holds its data in memory; what persistence writes goes to a storage account that only a secret names.

Documents relied upon: the models RedisResource, RedisCommonPropertiesRedisConfiguration and
RedisLinkedServerWithProperties of azure-mgmt-redis, and on learn.microsoft.com/azure/azure-cache-for-redis:
"Configure data persistence", "Configure passive geo-replication", "Network isolation options".
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from scanner.facts import (
    JSON,
    UNRESOLVED,
    Backup,
    Copy,
    CopyKind,
    Duration,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Lineage,
    Location,
    LogStore,
    Origin,
    Plan,
    PlanKind,
    Reason,
    Trust,
    Unknown,
    View,
    flag,
    text,
    whole,
)
from scanner.providers.azure.graph import HOMES, TAGS, arm_id, child, home, seen, words
from scanner.providers.azure.parts import (
    BY_ROLES,
    CERTIFICATE,
    CLOSED,
    DOTTED,
    NETWORK,
    any_true,
    listed,
    rule_lets_everybody,
)

NATIVE, VERSION = "Microsoft.Cache/redis", "2024-11-01"
CONFIGURED = "item:/properties/redisConfiguration"
WRITTEN = {"rdb-backup-enabled": PlanKind.SNAPSHOT, "aof-backup-enabled": PlanKind.CONTINUOUS}
WRITTEN_PATHS = tuple(f"{CONFIGURED}/{name}" for name in WRITTEN)
MINUTES = f"{CONFIGURED}/rdb-backup-frequency"
SUBNET = "item:/properties/subnetId"
RULES, LINKS = "firewall:/value", "links:/value"
ENDS = ("/properties/startIP", "/properties/endIP")
LINK_PARTS = ("serverRole", "linkedRedisCacheId", "linkedRedisCacheLocation")
LINK_PATHS = tuple(f"{LINKS}/*/properties/{part}" for part in LINK_PARTS)

IS_COPY = words({"Secondary": True, "Primary": False})
MEMORY = "a cache keeps its data in memory; the storage account of its persistence answers for itself"
ELSEWHERE = Unknown(Reason.UNDECIDED, "only a secret names the storage account that persistence writes to")


def _on(value: JSON) -> bool:
    """A setting of Redis: a text, which some replies have as a boolean."""
    return value if isinstance(value, bool) else words({"true": True, "false": False})(value)


def _written(view: View) -> Iterator[PlanKind | Unknown]:
    """The ways of persistence that are on: they are off, and missing, until somebody turns them on."""
    for name, kind in WRITTEN.items():
        on = seen(partial(view.at, f"{CONFIGURED}/{name}", _on, missing=False))
        if on is not False:
            yield on if isinstance(on, Unknown) else kind


def _copies(view: View) -> Iterator[Copy | Unknown]:
    for written in _written(view):
        yield written if isinstance(written, Unknown) else Copy(CopyKind.BACKUP, ELSEWHERE)
    for link in view.each(LINKS):
        if seen(partial(link.at, "/properties/serverRole", IS_COPY)) is not False:
            place = seen(partial(link.at, "/properties/linkedRedisCacheLocation", home))
            yield Copy(CopyKind.REPLICA, place, link.at("/properties/linkedRedisCacheId", arm_id))


def _origins(view: View) -> Iterator[Origin | Unknown]:
    for link in view.each(LINKS):
        if not link.at("/properties/serverRole", IS_COPY):
            yield Origin(link.at("/properties/linkedRedisCacheId", arm_id), UNRESOLVED)
    yield Unknown(Reason.NOT_ASKED, "Azure does not tell which files were imported into a cache")


def _plans(view: View) -> Iterator[Plan | Unknown]:
    for kind in _written(view):
        yield kind if isinstance(kind, Unknown) else _plan(view, kind)


def _plan(view: View, kind: PlanKind) -> Plan:
    # The append-only file is written every second ("Configure data persistence").
    every = Duration.of(1, "second")
    return Plan(
        kind=kind,
        retention=Unknown(Reason.UNDECIDED, "the files of persistence stay until the cache or somebody removes them"),
        every=every if kind is PlanKind.CONTINUOUS else seen(lambda: Duration.of(view.at(MINUTES, whole), "minute")),
        places=ELSEWHERE,
        encrypted=ELSEWHERE,
        immutable=ELSEWHERE,
    )


def _public(view: View) -> bool:
    # A cache inside a network of the customer has no public address ("Network isolation options"). The default of
    # public network access is "Enabled" (model RedisResource).
    if view.at(SUBNET, text, missing="") or view.at(NETWORK, CLOSED, missing=False):
        return False
    rules = list(view.each(RULES))
    # Without a rule every address may connect.
    return not rules or any_true(seen(partial(rule_lets_everybody, rule, *ENDS)) for rule in rules)


CACHE = listed(
    "azure.redis.cache",
    NATIVE,
    (
        TAGS,
        HOMES,
        Location.copies.items(_copies, *WRITTEN_PATHS, *LINK_PATHS),
        EncryptionAtRest.state.unseen(MEMORY, Reason.UNDECIDED),
        EncryptionAtRest.algorithms.unseen(MEMORY, Reason.UNDECIDED),
        EncryptionAtRest.owner.unseen(MEMORY, Reason.UNDECIDED),
        EncryptionAtRest.key.unseen(MEMORY, Reason.UNDECIDED),
        EncryptionInTransit.plaintext.at("item:/properties/enableNonSslPort", flag),
        EncryptionInTransit.minimum_tls.at("item:/properties/minimumTlsVersion", DOTTED),
        CERTIFICATE,
        Exposure.public.by(_public, SUBNET, NETWORK, *(f"{RULES}/*{end}" for end in ENDS)),
        Backup.plans.items(_plans, *WRITTEN_PATHS, MINUTES),
        Lineage.origins.items(_origins, *LINK_PATHS),
    ),
    ask={
        "firewall": child(f"{NATIVE}/firewallRules/read", "firewallRules", VERSION, items="/value"),
        "links": child(f"{NATIVE}/linkedServers/read", "linkedServers", VERSION, items="/value"),
    },
    without={LogStore: "a cache is not a store of logs", Trust: BY_ROLES},
    unordered=(RULES, LINKS),
)
TYPES = (CACHE,)
