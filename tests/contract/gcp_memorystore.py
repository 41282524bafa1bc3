"""The part of the Memorystore API v1 that is read, in the form of a discovery document.

google-api-python-client carries none for it. Names and values are as google-cloud-memorystore has them
(`memorystore_v1.types.Instance`); where that is installed, `test_gcp_models` compares.
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
TEXT: Json = {"type": "string"}


def an_object(**properties: Json) -> Json:
    return {"type": "object", "properties": properties}


def a_list(items: Json) -> Json:
    return {"type": "array", "items": items}


def one_of(*values: str) -> Json:
    return {"type": "string", "enum": list(values)}


REMOTE = an_object(instance=TEXT)
SCHEMAS: Json = {
    "Instance": an_object(
        name=TEXT,
        labels={"type": "object", "additionalProperties": TEXT},
        transitEncryptionMode=one_of(
            "TRANSIT_ENCRYPTION_MODE_UNSPECIFIED", "TRANSIT_ENCRYPTION_DISABLED", "SERVER_AUTHENTICATION"
        ),
        kmsKey=TEXT,
        automatedBackupConfig=an_object(
            automatedBackupMode=one_of("AUTOMATED_BACKUP_MODE_UNSPECIFIED", "DISABLED", "ENABLED"),
            retention={"type": "string", "format": "google-duration"},
        ),
        crossInstanceReplicationConfig=an_object(
            membership=an_object(primaryInstance=REMOTE, secondaryInstances=a_list(REMOTE))
        ),
        managedBackupSource=an_object(backup=TEXT),
        gcsSource=an_object(uris=a_list(TEXT)),
    )
}
