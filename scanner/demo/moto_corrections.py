"""What is put right in moto while the simulated AWS runs: where moto does not do as AWS does, and its clock.

`corrections` lists it all; each method that stands in for one of moto's says what moto does and what AWS does.
"""

from __future__ import annotations

import base64
import copy
import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from types import SimpleNamespace
from typing import Any, Final, TypeAlias

from scanner.demo.aws_estate import ACCOUNTS
from scanner.demo.moto_missing import added

Patch: TypeAlias = tuple[Any, str, Any]
ENABLED: Final = frozenset({"eu-west-1", "eu-west-2", "us-east-1"})
"""The Regions that the simulated accounts have. AWS gives every account 17 without opting in
(docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html): the simulated world is smaller, because each
Region costs every listing of every account."""
_MISSING: Final = object()


class Clock:
    """The time that moto tells; it stands still until it is set. Times are UTC."""

    def __init__(self, now: dt.datetime) -> None:
        self.now = now

    def set(self, now: dt.datetime) -> None:
        """Set the time."""
        self.now = now

    def module(self) -> SimpleNamespace:
        """Build what stands in for the module ``datetime``."""
        clock = self

        class Still(dt.datetime):
            @classmethod
            def now(cls, tz: dt.tzinfo | None = None) -> Any:
                return clock.now.astimezone(tz) if tz else clock.now.replace(tzinfo=None)

        return SimpleNamespace(**{**vars(dt), "datetime": Still})


def corrections(clock: Clock) -> list[Patch]:
    """List what is set in moto while the simulator runs: the clock, and what AWS does otherwise than moto."""
    import moto.backends
    import moto.core.utils
    import moto.s3.models
    import moto.settings
    import moto.sts.models
    from moto.core.loaders import create_loader
    from moto.ec2.models import EC2Backend
    from moto.ec2.models.elastic_block_store import EBSBackend
    from moto.ec2.responses import EC2Response
    from moto.logs.responses import LogsResponse
    from moto.rds.models import DBCluster, DBInstance, DBInstanceClustered
    from moto.s3.responses import S3Response
    from moto.sqs.models import Queue

    modules = tuple(moto.backends.list_of_moto_modules())
    return [
        (moto.core.utils, "datetime", clock.module()),
        # moto looks through its own folders for each request, and through all of botocore's for each service.
        (moto.backends, "list_of_moto_modules", lambda: modules),
        (moto.core.utils, "create_loader", cache(create_loader)),
        (moto.s3.models, "datetime", clock.module()),
        # Credentials expire by the caller's clock, which is the real one.
        (moto.sts.models, "utcnow", lambda: dt.datetime.now(dt.UTC).replace(tzinfo=None)),
        # moto gives every account 1,302 snapshots that belong to the public images of others, in every Region, and
        # takes 0.4 s for each. Here the public images of others are not listed at all.
        (moto.settings, "ec2_load_default_amis", lambda: False),
        # moto lets any account read any bucket. AWS refuses, as these buckets' policies allow nobody else.
        (moto.s3.models, "s3_allow_crossdomain_access", lambda: False),
        (S3Response, "all_buckets", _all_buckets),
        (Queue, "url", _queue_url),
        (EC2Response, "describe_regions", _describe_regions),
        # moto has no policies of an account for its log groups; these accounts have none.
        (LogsResponse, "describe_account_policies", lambda _: '{"accountPolicies": []}'),
        (EC2Response, "describe_snapshots", _describe_snapshots),
        (EC2Response, "get_snapshot_block_public_access_state", _get_snapshot_block_public_access_state),
        (EBSBackend, "get_snapshot", _around(_get_snapshot, EBSBackend.get_snapshot)),
        (EBSBackend, "create_volume", _around(_create_volume, EBSBackend.create_volume)),
        (EBSBackend, "create_snapshot", _around(_create_snapshot, EBSBackend.create_snapshot)),
        (
            EC2Backend,
            "create_vpc_peering_connection",
            _around(_create_peering, EC2Backend.create_vpc_peering_connection),
        ),
        (DBInstance, "__init__", _around(_new_instance, DBInstance.__init__)),
        # moto makes an automated backup when a database is made and never again; AWS makes one every night. The last
        # night's are made when the estate is there: see _back_up of scanner.demo.aws.
        (DBInstance, "save_automated_backup", lambda _: None),
        (DBInstanceClustered, "save_automated_backup", lambda _: None),
        (DBCluster, "save_automated_backup", lambda _: None),
        *added(),
    ]


def _around(new: Callable[..., Any], old: Callable[..., Any]) -> Callable[..., Any]:
    """Bind the method `old` as the first argument of the method `new`."""

    def method(*args: Any, **kwargs: Any) -> Any:
        return new(old, *args, **kwargs)

    return method


def _all_buckets(response: Any) -> Any:
    """Answer ListBuckets. moto cuts at MaxBuckets without a token, and never tells the Region of a bucket.

    In AWS the names are in order, the rest is had by the token, and the Region is told where the request has any
    parameter (docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html).
    """
    from moto.core.responses import ActionResult

    prefix, region, limit, token = (
        response._get_param(name) for name in ("prefix", "bucket-region", "max-buckets", "continuation-token")
    )
    after = base64.urlsafe_b64decode(token).decode() if token else ""
    found = sorted(response.backend.list_buckets(prefix, region, None), key=lambda bucket: str(bucket.name))
    rest = [bucket for bucket in found if bucket.name > after]
    page = rest[: int(limit or 10000)]
    placed = any((prefix, region, limit, token))
    body: dict[str, Any] = {
        "Owner": {"ID": response.current_account.rjust(64, "0")},
        "Buckets": [_bucket(bucket, placed) for bucket in page],
    }
    body |= {"Prefix": prefix} if prefix else {}
    if len(rest) > len(page):
        body["ContinuationToken"] = base64.urlsafe_b64encode(page[-1].name.encode()).decode()
    response.data["Action"] = "ListBuckets"
    return response.serialized(ActionResult(body))


def _queue_url(queue: Any, _request: Any) -> str:
    """Give the URL of a queue. moto's has the port that this simulator happens to listen on; AWS's never changes."""
    return f"https://sqs.{queue.region}.amazonaws.com/{queue.account_id}/{queue.name}"


def _bucket(bucket: Any, placed: bool) -> dict[str, Any]:
    body = {"Name": bucket.name, "CreationDate": bucket.creation_date_ISO8601}
    return {**body, "BucketRegion": bucket.region_name} if placed else body


def _describe_regions(response: Any) -> Any:
    """Answer DescribeRegions. moto always gives the Regions of all partitions, even those that nobody opted in to.

    AWS gives those of the account's partition, and without AllRegions only the enabled ones
    (docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRegions.html).
    """
    from moto.core.responses import ActionResult
    from moto.utilities.utils import get_partition

    response.error_on_dryrun()
    regions = response.ec2_backend.describe_regions(response._get_param("RegionNames", []))
    everything = response._get_bool_param("AllRegions", False)
    own = [region for region in regions if get_partition(region.name) == "aws"]
    listed = [_region(region) for region in own if everything or region.name in ENABLED]
    wanted = response._filters_from_querystring()
    keys = {"opt-in-status": "OptInStatus", "region-name": "RegionName", "endpoint": "Endpoint"}
    kept = [body for body in listed if all(body[keys[name]] in values for name, values in wanted.items())]
    return ActionResult({"Regions": kept})


def _region(region: Any) -> dict[str, str]:
    status = "opt-in-not-required" if region.name in ENABLED else "not-opted-in"
    return {"RegionName": region.name, "Endpoint": region.endpoint, "OptInStatus": status}


def _describe_snapshots(response: Any) -> Any:
    """Answer DescribeSnapshots. moto ignores OwnerIds and knows no snapshot that another account shares.

    AWS gives those that the caller owns and those that it may make volumes from, of the owners asked for
    (docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSnapshots.html).
    """
    from moto.core.responses import ActionResult

    account, backend = response.current_account, response.ec2_backend
    wanted, filters = response._get_param("SnapshotIds", []), response._filters_from_querystring()
    shared = {snapshot.id: snapshot for snapshot in _shared_with(backend)}
    own = backend.describe_snapshots([id_ for id_ in wanted if id_ not in shared], filters)
    mine = own if not wanted or set(wanted) - shared.keys() else []
    others = [snapshot for id_, snapshot in shared.items() if not wanted or id_ in wanted]
    owners = {account if owner == "self" else owner for owner in response._get_param("OwnerIds", [])}
    seen = [snapshot for snapshot in (*mine, *_filtered(others, filters)) if not owners or snapshot.owner_id in owners]
    return ActionResult({"Snapshots": seen})


def _filtered(snapshots: list[Any], filters: Any) -> list[Any]:
    from moto.ec2.utils import generic_filter

    return list(generic_filter(filters, snapshots)) if filters else snapshots


def _shared_with(backend: Any) -> Iterator[Any]:
    """Give the snapshots of the other accounts in a Region that a backend's account may make volumes from."""
    from moto.ec2.models import ec2_backends

    for account in ACCOUNTS:
        if account != backend.account_id:
            for snapshot in ec2_backends[account][backend.region_name].snapshots.values():
                if backend.account_id in snapshot.create_volume_permission_userids:
                    yield _seen_by(backend, snapshot)


def _seen_by(backend: Any, resource: Any) -> Any:
    """Give a shared resource as the account of `backend` sees it: each account has its own tags on it, as in AWS."""
    seen = copy.copy(resource)
    seen.ec2_backend = backend
    return seen


def _get_snapshot_block_public_access_state(_response: Any) -> Any:
    """Answer GetSnapshotBlockPublicAccessState, which moto has not: an account that set nothing is ``unblocked``."""
    from moto.core.responses import ActionResult

    return ActionResult({"State": "unblocked", "ManagedBy": "account"})


def _get_snapshot(original: Callable[..., Any], backend: Any, snapshot_id: str) -> Any:
    """Find a snapshot to make a volume from; in AWS it may be one that another account shares, in moto it may not."""
    shared = (snapshot for snapshot in _shared_with(backend) if snapshot.id == snapshot_id)
    return next(shared, None) or original(backend, snapshot_id)


def _create_volume(original: Callable[..., Any], backend: Any, *args: Any, **kwargs: Any) -> Any:
    """Make a volume. AWS always tells SnapshotId, empty for a blank volume, and MultiAttachEnabled; moto leaves out."""
    volume = original(backend, *args, **kwargs)
    volume.snapshot_id = volume.snapshot_id or ""
    volume.multi_attach_enabled = bool(volume.multi_attach_enabled)
    return volume


def _create_peering(original: Callable[..., Any], backend: Any, vpc: Any, peer: Any, tags: Any = None) -> Any:
    """Make a peering connection. moto shows the requester's tags to the accepter; AWS does not."""
    peering = original(backend, vpc, peer, tags)
    if peer.ec2_backend is not backend:
        peer.ec2_backend.vpc_pcxs[peering.id] = _seen_by(peer.ec2_backend, peering)
    return peering


def _create_snapshot(original: Callable[..., Any], backend: Any, volume_id: str, *args: Any, **kwargs: Any) -> Any:
    """Make a snapshot with its volume's key, as AWS does; moto's has none."""
    snapshot = original(backend, volume_id, *args, **kwargs)
    snapshot.kms_key_id = backend.volumes[volume_id].kms_key_id
    return snapshot


def _new_instance(original: Callable[..., Any], instance: Any, *args: Any, **kwargs: Any) -> None:
    """Give a database instance a DbiResourceId of its own; moto gives all the same."""
    from moto.moto_api._internal import mock_random

    original(instance, *args, **kwargs)
    instance.dbi_resource_id = f"db-{mock_random.get_random_string(26).upper()}"


@contextmanager
def patched(patches: Iterable[Patch]) -> Iterator[None]:
    """Set each name of its owner to the value, and at the end put back what was there."""
    with ExitStack() as stack:
        for owner, name, value in patches:
            before = vars(owner).get(name, _MISSING)
            stack.callback(_restore, owner, name, before)
            setattr(owner, name, value)
        yield


def _restore(owner: Any, name: str, before: object) -> None:
    if before is _MISSING:
        delattr(owner, name)
    else:
        setattr(owner, name, before)
