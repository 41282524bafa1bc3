"""Whether AWS Backup may cover a resource: where a region has no plan and no recovery point, it covers nothing there.

A plan covers resources of its own account and region, and keeps what it makes in a vault there first
(docs.aws.amazon.com/aws-backup/latest/devguide/creating-a-backup-plan.html). Both asks are made once for a region.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scanner.collect.model import Call
from scanner.facts import Reason, Unknown, View, whole

COVERED = Unknown(Reason.NOT_ASKED, "AWS Backup is used in its region; which resources it covers is not read yet")
ASK: Mapping[str, Call] = {
    "plans": Call("backup:ListBackupPlans", "backup.list_backup_plans", items="/BackupPlansList"),
    "vaults": Call("backup:ListBackupVaults", "backup.list_backup_vaults", items="/BackupVaultList"),
}
PATHS = ("plans:/BackupPlansList/*/BackupPlanId", "vaults:/BackupVaultList/*/NumberOfRecoveryPoints")


def maybe(view: View) -> Iterator[Unknown]:
    """A gap where AWS Backup may cover the resource. Raises NotKnown where that was not seen."""
    planned = any(True for _ in view.each("plans:/BackupPlansList"))
    kept = [each.at("/NumberOfRecoveryPoints", whole) for each in view.each("vaults:/BackupVaultList")]
    if planned or any(kept):
        yield COVERED
