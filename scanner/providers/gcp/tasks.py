"""Cloud Tasks (https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues): each task of a queue
keeps what it carries until it is done.
"""

from __future__ import annotations

from scanner.facts import Backup, EncryptionAtRest, Kind, Lineage, Location, Tagging
from scanner.providers.gcp.assets import asset_type
from scanner.providers.gcp.iam import SHARED
from scanner.providers.gcp.told import ALWAYS, GOOGLES_API, HOME, NO_LOGS

NO_KEY = "the key of all queues of a region is told by another call"

QUEUE = asset_type(
    "gcp.cloudtasks.queue",
    "cloudtasks.googleapis.com/Queue",
    Kind.DATA,
    (
        HOME,
        Location.copies.gap("to which addresses its tasks carry their content is told by each task"),
        *ALWAYS,
        EncryptionAtRest.owner.unseen(NO_KEY),
        EncryptionAtRest.key.unseen(NO_KEY),
        *SHARED,
        Tagging.tags.documented({}, "Queue of the Cloud Tasks API v2 has no labels"),
    ),
    {**GOOGLES_API, **NO_LOGS, Backup: "Cloud Tasks makes no backups", Lineage: "tasks are added to it, never copied"},
)
TYPES = (QUEUE,)
