"""Memorystore for Valkey
(https://cloud.google.com/memorystore/docs/valkey/reference/rest/v1/projects.locations.instances).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scanner.facts import (
    Backup,
    Copy,
    Duration,
    EncryptionInTransit,
    Exposure,
    Kind,
    Lineage,
    Location,
    Origin,
    Plan,
    Reason,
    Tls,
    Unknown,
    View,
    text,
)
from scanner.providers.gcp.assets import DATA, NAME, asset_type, at_rest, labels
from scanner.providers.gcp.iam import TRUST
from scanner.providers.gcp.told import (
    HOME,
    NO_LOGS,
    copy_in,
    in_buckets,
    lasting,
    origins,
    placed,
    schedule,
    seen,
)

DOCS = "https://cloud.google.com/memorystore/docs/valkey"
MODE = f"{DATA}/transitEncryptionMode"
AUTOMATED, KEPT = (f"{DATA}/automatedBackupConfig/{name}" for name in ("automatedBackupMode", "retention"))
MEMBERS = f"{DATA}/crossInstanceReplicationConfig/membership"
PRIMARY, OTHERS = f"{MEMBERS}/primaryInstance/instance", f"{MEMBERS}/secondaryInstances"
SAVED, FILES = f"{DATA}/managedBackupSource/backup", f"{DATA}/gcsSource/uris"
PLAINTEXT: Mapping[object, bool] = {"SERVER_AUTHENTICATION": False, "TRANSIT_ENCRYPTION_DISABLED": True}
"""What a mode that is not told means, is not documented."""
LOWEST: Mapping[object, Tls] = {"SERVER_AUTHENTICATION": Tls.V1_2, "TRANSIT_ENCRYPTION_DISABLED": Tls.NONE}
"""https://cloud.google.com/memorystore/docs/valkey/about-in-transit-encryption: TLS 1.2 or higher, if enabled."""
SWITCHES: Mapping[object, bool] = {"ENABLED": True, "DISABLED": False}


def _copies(view: View) -> Iterator[Copy]:
    """Instances that replicate this one, as any member tells. Backups lie in the region of the instance."""
    own = view.at(NAME, text)
    copies = (each.at("/instance", copy_in("memorystore")) for each in view.each(OTHERS, missing=True))
    yield from (copy for copy in copies if copy.ref != own)


def _plans(view: View) -> Iterator[Plan]:
    """Automated backups are daily, and by default kept for 35 days (documentation of `AutomatedBackupConfig`)."""
    if view.at(AUTOMATED, SWITCHES):
        kept = view.at(KEPT, lasting, missing=Duration.of(35))
        yield schedule(kept, Duration.of(1), seen(lambda: (view.at(NAME, placed),)))


def _origins(view: View) -> Iterator[Origin | Unknown]:
    own = view.at(NAME, text)
    yield from (each for each in origins(view, "memorystore", PRIMARY, SAVED) if each.ref != own)
    yield from view.at(FILES, in_buckets, missing=())
    yield Unknown(Reason.NOT_ASKED, "what else was written into it is not recorded on an instance")


INSTANCE = asset_type(
    "gcp.memorystore.instance",
    "memorystore.googleapis.com/Instance",
    Kind.DATA,
    (
        HOME,
        Location.copies.items(_copies, NAME, f"{OTHERS}/*/instance"),
        *at_rest(f"{DATA}/kmsKey"),
        EncryptionInTransit.plaintext.at(MODE, PLAINTEXT),
        EncryptionInTransit.minimum_tls.at(MODE, LOWEST),
        EncryptionInTransit.certificate_expires.unseen("its certificate authorities are told by another call"),
        Backup.plans.items(_plans, NAME, AUTOMATED, KEPT),
        Lineage.origins.items(_origins, NAME, PRIMARY, SAVED, FILES),
        Exposure.public.documented(False, f"{DOCS}/networking: it is reached only through a VPC network"),
        TRUST,
        labels(),
    ),
    NO_LOGS,
)
TYPES = (INSTANCE,)
