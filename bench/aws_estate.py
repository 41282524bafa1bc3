"""The estate of the comparison: about 300 resources in six regions of one account, on moto's server.

Half of what can be broken is broken, so that no tool is done after its first answer. Needs the extra `demo`.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Mapping
from typing import Any

REGIONS = ("eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "us-east-1", "us-west-2")
ACCOUNT = "123456789012"
"""The account of every credential that moto did not make."""


def _volume(client: Any, name: str, region: str) -> None:
    made = client.create_volume(AvailabilityZone=f"{region}a", Size=8, Encrypted=_is_even(name))
    if not name.endswith(("0", "2")):
        client.create_snapshot(VolumeId=made["VolumeId"], Description=name)


def _database(client: Any, name: str, region: str) -> None:
    client.create_db_instance(
        DBInstanceIdentifier=name,
        DBInstanceClass="db.t3.small",
        Engine="postgres",
        AllocatedStorage=20,
        BackupRetentionPeriod=7 if _is_even(name) else 1,
        StorageEncrypted=_is_even(name),
        MasterUsername="owner",
        MasterUserPassword="not-a-secret",
        Tags=[{"Key": "env", "Value": region}],
    )


def _table(client: Any, name: str, region: str) -> None:
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        Tags=[{"Key": "env", "Value": region}],
    )
    if _is_even(name):
        recovery = {"PointInTimeRecoveryEnabled": True}
        client.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=recovery)


def _bucket(client: Any, name: str, region: str) -> None:
    name, more = f"{name}-{region}", {"CreateBucketConfiguration": {"LocationConstraint": region}}
    client.create_bucket(Bucket=name, **({} if region == "us-east-1" else more))
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    client.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
    if "-0-" in name:
        document = {"Version": "2012-10-17", "Statement": [_https(name)]}
        client.put_bucket_policy(Bucket=name, Policy=json.dumps(document))


def _https(bucket: str) -> Mapping[str, Any]:
    return {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def _group(client: Any, name: str, _region: str) -> None:
    client.create_log_group(logGroupName=name)
    if _is_even(name):
        client.put_retention_policy(logGroupName=name, retentionInDays=90)


def _is_even(name: str) -> bool:
    return int(name[-1]) % 2 == 0


SEEDS: Mapping[str, tuple[int, Callable[[Any, str, str], object]]] = {
    "ec2": (8, _volume),
    "rds": (4, _database),
    "dynamodb": (5, _table),
    "s3": (2, _bucket),
    "sqs": (5, lambda client, name, _: client.create_queue(QueueName=name)),
    "sns": (4, lambda client, name, _: client.create_topic(Name=name)),
    "logs": (6, _group),
    "secretsmanager": (4, lambda client, name, _: client.create_secret(Name=name, SecretString="x")),
    "ssm": (4, lambda client, name, _: client.put_parameter(Name=name, Value="x", Type="String")),
    "kms": (2, lambda client, name, _: client.create_key(Description=name)),
}
"""How many of each there are in each region, and how one is made."""


def seed(endpoint: str) -> None:
    """Make the estate: 50 resources in each region."""
    import boto3

    session = boto3.Session("testing", "testing")
    for region in REGIONS:
        made = {name: session.client(name, region, endpoint_url=endpoint) for name in SEEDS}
        for name, (count, make) in SEEDS.items():
            for number in range(count):
                make(made[name], f"example-{name}-{number}", region)


def main() -> None:
    """Be the simulated AWS: print the endpoint when the estate is there, and stay."""
    # Else moto has more than a thousand images and snapshots of its own in each region.
    os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    seed(f"http://{host}:{port}")
    print(f"http://{host}:{port}", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
