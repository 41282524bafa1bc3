"""From recordings of real clouds, made by others, to recordings of ours (`scanner.collect.tape`, raw form).

Whole replies are kept as they came; nothing is added but what stands in the listing's own address. What a recording
does not hold stays out of it, so that it is "not asked" and never invented. The recordings are read where they lie,
beside the repository, and are not part of it.
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from scanner.collect.model import Account, Call, Discovery, Per, ResourceType, Unit, take
from scanner.collect.tape import Recorder
from scanner.providers.aws import PROVIDER as AWS
from scanner.providers.aws.session import REFUSED
from scanner.providers.azure import PROVIDER as AZURE
from scanner.providers.azure.graph import GROUPS, RESOURCES
from scanner.providers.gcp.assets import IAM, LISTING, ORG_POLICIES
from tests.recorded.flights import flown

RECORDED = Path(__file__).resolve().parents[3] / "shared" / "recorded"
AT = "2026-01-15T12:00:00+00:00"
SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
NO_ACCOUNT = "111111111111"
"""The account of a recording in which no id tells one."""

JSON = Any
"""A decoded recording. Its form is its maker's; what does not fit shows as a wrong count."""
Answer = tuple[Unit, Call, Mapping[str, JSON] | None, Mapping[str, JSON]]


@dataclass(frozen=True, slots=True)
class Flight:
    """One recording: what its discovery would have brought, the replies, and how many items of each modelled type (by
    its native name in lower case) its listings hold.
    """

    name: str
    account: Account
    answers: tuple[Answer, ...]
    listed: Mapping[str, int]

    def write(self, folder: Path) -> None:
        """Write it as a recording of ours."""
        recorder = Recorder(folder, AT)
        recorder.discovered(self.account.provider, Discovery((self.account,)))
        for answer in self.answers:
            recorder.replied(*answer)
        recorder.close()


def flights() -> Iterator[Flight]:
    """Every recording of the three clouds, in order of name."""
    yield from aws()
    yield from azure()
    yield from gcp()


def _read(path: Path) -> JSON:
    return orjson.loads(path.read_bytes())


def _counted(natives: Iterable[str]) -> Mapping[str, int]:
    return dict(sorted(Counter(native.lower() for native in natives).items()))


# AWS: one folder a flight, "<service>.<Operation>_<n>.json" = {status_code, data}.

SERVICES = {
    "elasticfilesystem": "efs",
    "es": "opensearch",
    "memory-db": "memorydb",
    "s3-control": "s3control",
    "tagging": "resourcegroupstaggingapi",
}
"""Names of services in the recordings (endpoint prefixes) that differ from the client's."""
MORE = ("NextToken", "nextToken", "Marker", "PaginationToken", "NextMarker")
BY_GROUP = frozenset({"test_rdsparamgroup_param_value_filter"})
"""Its replies are those of parameter groups that no instance in it uses."""


def aws() -> Iterator[Flight]:
    """The flights that hold the listing of a modelled type; see `unlisted` for the others."""
    for folder in sorted((RECORDED / "aws" / "placebo").iterdir()):
        replies = _flown(folder)
        listings = [kind for kind in AWS.types if kind.each.operation in replies and kind.name != "aws.account"]
        if listings:
            yield _aws(folder.name, replies, listings)


def unlisted() -> tuple[str, ...]:
    """The flights of modelled services that hold no listing, and so no resource."""
    found = {flight.name.partition("/")[2] for flight in aws()}
    modelled = {kind.each.operation.partition(".")[0] for kind in AWS.types}
    return tuple(
        folder.name
        for folder in sorted((RECORDED / "aws" / "placebo").iterdir())
        if folder.name not in found and any(name.partition(".")[0] in modelled for name in _flown(folder))
    )


def _flown(folder: Path) -> Mapping[str, list[JSON]]:
    """The replies of a flight by the operation's name in our calls, in the order in which they came."""
    found: dict[str, list[tuple[int, JSON]]] = {}
    for path in folder.glob("*.json"):
        named, _, number = path.stem.rpartition("_")
        service, _, operation = named.partition(".")
        name = f"{_client(service, path)}.{_snake(operation)}"
        found.setdefault(name, []).append((int(number), path))
    return {name: [_plain(_read(path)) for _, path in sorted(each)] for name, each in found.items()}


def _client(service: str, path: Path) -> str:
    """The client's name. Classic load balancers have the same prefix as the newer ones, and other members."""
    if service == "elasticloadbalancing":
        text = path.read_text()
        return "elb" if '"LoadBalancerDescriptions"' in text or '"LoadBalancerAttributes"' in text else "elbv2"
    return SERVICES.get(service, service)


def _snake(operation: str) -> str:
    from botocore import xform_name

    return str(xform_name(operation))


def _plain(value: JSON) -> JSON:
    """Times as ISO 8601, as the session writes them, and without the transport's own part."""
    match value:
        case {"__class__": "datetime", **parts}:
            given: dict[str, Any] = {
                name: parts[name] for name in ("year", "month", "day", "hour", "minute", "second", "microsecond")
            }
            return datetime(**given, tzinfo=UTC).isoformat()
        case dict():
            return {name: _plain(item) for name, item in value.items() if name != "ResponseMetadata"}
        case list():
            return [_plain(item) for item in value]
        case _:
            return value


def _reply(recorded: JSON) -> Mapping[str, JSON]:
    """The body, or the error by its code: refused as the session has it; else the call declares what it means."""
    data, status = recorded["data"], recorded["status_code"]
    if status < 300 and "Error" not in data:
        return {"body": data}
    code = str(data.get("Error", {}).get("Code", status))
    return {"refused" if code in REFUSED or status in {401, 403} else "absent": code}


def _aws(name: str, replies: Mapping[str, list[JSON]], listings: list[ResourceType]) -> Flight:
    operations = dict.fromkeys(kind.each.operation for kind in listings)
    pages = {operation: _pages(replies[operation]) for operation in operations}
    account = _aws_account(orjson.dumps(list(pages.values())).decode())
    answers: list[Answer] = []
    natives: list[str] = []
    for kind in listings:
        items = [item for page in pages[kind.each.operation] for item in take(page["data"], f"{kind.each.items}/*")]
        items = [item for item in items if not kind.only or _is_only(kind, item)]
        natives += [kind.native] * len(items)
        if name not in BY_GROUP:
            answers += _asked(kind, items, replies, _unit(account, kind.each))
    calls = [*(kind.each for kind in listings), *(sweep.each for sweep in AWS.sweeps)]
    for call in {call.key: call for call in calls}.values():
        found = pages.get(call.operation) or _pages(replies.get(call.operation, []))
        given = {name: account.id for name, at in call.take.items() if at == "@account"}
        answers += [(_unit(account, call), call, {**call.give, **given}, _reply(page)) for page in found]
    return Flight(f"aws/{name}", account, _distinct(answers), _counted(natives))


def _is_only(kind: ResourceType, item: JSON) -> bool:
    return all(any(value.lower() in accepted for value in take(item, at)) for at, accepted in kind.only.items())  # type: ignore[attr-defined]  # recorded enum values are texts


def _distinct(answers: Iterable[Answer]) -> tuple[Answer, ...]:
    """Each request once: instances that share a key or a parameter group ask the same."""
    seen = {
        (unit.key, call.operation, orjson.dumps(params), orjson.dumps(reply)): (unit, call, params, reply)
        for unit, call, params, reply in answers
    }
    return tuple(seen.values())


def _pages(recorded: list[JSON]) -> list[JSON]:
    """The first reply of an operation and, while it names a next page, those after it. Later ones are repetitions."""
    pages = recorded[:1]
    while pages and len(pages) < len(recorded) and any(pages[-1]["data"].get(mark) for mark in MORE):
        pages.append(recorded[len(pages)])
    return pages


def _unit(account: Account, call: Call) -> Unit:
    return Unit(account, "" if call.per is Per.ACCOUNT else account.regions[0])


def _aws_account(text: str) -> Account:
    """The account and region that the listings' ARNs, zones and owners tell."""
    arn = re.search(r'"arn:aws:[a-z0-9-]+:([a-z0-9-]+):([0-9]{12}):', text)
    zone = re.search(r'"AvailabilityZone":"([a-z]+(?:-[a-z]+)+-[0-9])[a-z]"', text)
    owner = re.search(r'"OwnerId":"([0-9]{12})"', text)
    region = arn[1] if arn else zone[1] if zone else "us-east-1"
    account = arn[2] if arn else owner[1] if owner else NO_ACCOUNT
    return Account("aws", account, regions=(region,), partition="aws")


def _asked(kind: ResourceType, items: list[JSON], replies: Mapping[str, list[JSON]], unit: Unit) -> Iterator[Answer]:
    answered: dict[str, list[tuple[JSON, list[JSON]]]] = {}
    for source, call in kind.ask.items():
        # What follows another ask takes its parameters from that one's replies.
        bodies = [each["data"] for _, found in answered.get(call.follows, []) for each in found]
        named_by = bodies if call.follows else items
        answered[source] = list(_owned(call, named_by, replies.get(call.operation, [])))
        for item, found in answered[source]:
            params = {**call.give, **{name: _value(at, item, unit) for name, at in call.take.items()}}
            if all(params.values()):
                yield from ((unit, call, params, _reply(each)) for each in found)


def _value(pointer: str, item: JSON, unit: Unit) -> JSON:
    return unit.account.id if pointer == "@account" else next(iter(take(item, pointer)), None)


def _owned(call: Call, items: list[JSON], recorded: list[JSON]) -> Iterator[tuple[JSON, list[JSON]]]:
    """Which replies belong to which item: those that name it; else all of one item, or one for each in order."""
    for item in items:
        asked = {
            value for at in call.take.values() if at[:1] != "@" for value in take(item, at) if isinstance(value, str)
        }
        named = [each for each in recorded if asked & _names(each["data"])]
        if named:
            yield item, named[:1]
    if any(_names(each["data"]) for each in recorded if "Error" not in each["data"]):
        return
    if len(items) == 1:
        yield items[0], _pages(recorded)
    elif len(items) == len(recorded):
        yield from ((item, [each]) for item, each in zip(items, recorded, strict=True))


def _names(data: JSON) -> set[JSON]:
    """The ids by which a reply names what it was asked about."""
    pointers = (
        "/KeyMetadata/Arn",
        "/KeyMetadata/KeyId",
        "/DBSnapshotAttributesResult/DBSnapshotIdentifier",
        "/DBClusterSnapshotAttributesResult/DBClusterSnapshotIdentifier",
    )
    return {value for pointer in pointers for value in take(data, pointer)}


# Azure: recorded bodies by id, recorded ARM sessions, and the vendor's examples of listings.

TRACKED = frozenset({"microsoft.sql/servers/databases"})
"""Types below another one that Resource Graph lists as resources of their own; the other children it does not."""
EXAMPLES = (
    "compute/disks",
    "compute/images",
    "compute/snapshots",
    "cosmos-db/databaseAccounts",
    "keyvault/vaults",
    "mysql/flexibleServers",
    "network/virtualNetworks",
    "postgresql/flexibleServers",
    "sql/managedInstances",
    "web/sites",
)
Find = Callable[[str], JSON]
Missing = Mapping[str, JSON] | None


def azure() -> Iterator[Flight]:
    """The estate of recorded bodies, each recorded session that lists a modelled type, and the vendor's examples."""
    yield _estate()
    for path in sorted((RECORDED / "azure" / "c7n_cassettes").glob("*.json")):
        flight = _cassette(path)
        if flight.listed:
            yield flight
    yield _examples()


def _estate() -> Flight:
    """Every body of the estate. A child that was not recorded answers 404, as its README has it."""
    by_id = _read(RECORDED / "azure" / "estate_c7n_dev.json")["by_id"]
    bodies = {name.lower(): max(each["apiVersions"].items())[1]["body"] for name, each in by_id.items()}
    rows = [max(each["apiVersions"].items())[1]["body"] for name, each in by_id.items() if _is_listed(name)]
    groups = _requests(RECORDED / "azure" / "c7n_cassettes" / "ResourceGroupTest.test_empty_group.json")
    found = next(body for path, body in groups.items() if path.endswith("/resourcegroups"))
    return _azure("azure/estate", rows, bodies.get, {"absent": "ResourceNotFound"}, found)


def _cassette(path: Path) -> Flight:
    """One recorded session: its listings by type as Resource Graph would give them at once, and its replies by id."""
    bodies = _requests(path)
    listed = [body["value"] for at, body in bodies.items() if _is_listing(at) and isinstance(body.get("value"), list)]
    rows = {row["id"].lower(): row for value in listed for row in value if "properties" in row}
    groups = next((body for at, body in bodies.items() if at.endswith("/resourcegroups")), None)
    # A listing by type shows a server as a GET of it does.
    return _azure(f"azure/{path.stem}", list(rows.values()), {**rows, **bodies}.get, None, groups)


def _examples() -> Flight:
    """The vendor's examples of types that nobody, or next to nobody, recorded."""
    folder = RECORDED / "azure" / "spec_examples"
    paths = [folder / f"{name}.json" for name in EXAMPLES]
    rows = [row for path in paths for row in _read(path)["value"]]
    workspaces = _read(
        RECORDED / "azure" / "spec_examples_direct" / "operationalinsights_WorkspacesSubscriptionList.json"
    )
    rows += workspaces["responses"]["200"]["body"]["value"]
    return _azure("azure/examples", rows, lambda _: None, None, None)


def _requests(path: Path) -> Mapping[str, JSON]:
    """The first good reply of each GET to Azure Resource Manager, by path in lower case."""
    found: dict[str, JSON] = {}
    for each in _read(path)["interactions"]:
        uri, request, response = each["request"]["uri"], each["request"], each["response"]
        if request["method"] == "GET" and response["status"]["code"] == 200 and "://management.azure.com/" in uri:
            at = uri.partition("?")[0].partition("://management.azure.com")[2].lower()
            body = response["body"].get("data", response["body"].get("string"))
            found.setdefault(at, orjson.loads(body) if isinstance(body, str) else body)
    return found


def _is_listing(path: str) -> bool:
    """Whether it lists resources of one type, rather than one resource, a child or anything without properties."""
    return len(path.partition("/providers/")[2].split("/")) % 2 == 0 and "/resources" not in path[-10:]


def _is_listed(name: str) -> bool:
    """Whether Resource Graph lists it: resources, and the few children that it tracks."""
    kind = _type(name)
    return kind.count("/") == 1 or kind in TRACKED


def _type(name: str) -> str:
    provider, *rest = name.lower().rpartition("/providers/")[2].split("/")
    return "/".join((provider, *rest[::2]))


def _row(body: JSON) -> JSON:
    """A recorded body as the row of the query: types in lower case, locations without spaces, null where none is."""
    row = {name: body.get(name) for name in ("id", "name", "tags", "sku", "properties")}
    place = str(body.get("location", "")).lower().replace(" ", "")
    return {**row, "type": body["type"].lower(), "location": place, "kind": body.get("kind", "")}


def _azure(name: str, bodies: list[JSON], find: Find, missing: Missing, groups: JSON) -> Flight:
    rows = [_row(body) for body in bodies if _is_listed(body["id"])]
    owners = [row["id"].split("/")[2].lower() for row in rows]
    account = Account("azure", owners[0] if owners else SUBSCRIPTION, partition="AzureCloud")
    unit, modelled = Unit(account), {kind.native: kind for kind in AZURE.types}
    answers: list[Answer] = [(unit, RESOURCES, None, {"items": rows})]
    if groups is not None:
        answers.append((unit, GROUPS, None, {"body": groups}))
    known = [(row, modelled[row["type"]]) for row in rows if row["type"] in modelled]
    for row, kind in known:
        answers += _children(Unit(account), kind, row["id"], find, missing)
    natives = [kind.native for _, kind in known]
    natives += ["Microsoft.Resources/resourceGroups"] * len(groups["value"] if groups else ())
    return Flight(name, account, _distinct(answers), _counted(natives))


def _children(unit: Unit, kind: ResourceType, name: str, find: Find, missing: Missing) -> Iterator[Answer]:
    for call in kind.ask.values():
        path = call.operation.partition("{id}")[2]
        found = find(posixpath.normpath(f"{name}{path}").lower())
        reply = missing if found is None else {"body": found}
        if reply is not None:
            yield unit, call, {**call.give, "id": name}, reply


# GCP: exported assets, and REST replies wrapped as assets.

PROJECT, ORGANISATION = "example-project", "123456789012"
PLACEHOLDERS = {
    "{{.Provider.project}}": PROJECT,
    "{{.OrgID}}": ORGANISATION,
    "{{.Ancestry}}": f"organization/{ORGANISATION}",
}
POLICIES = {"iamPolicy": IAM, "orgPolicy": ORG_POLICIES}
"""Where an asset holds what is listed apart from it."""


def gcp() -> Iterator[Flight]:
    """Each file of exported assets, and each folder of REST replies that holds resources; see `flights`."""
    library = sorted((RECORDED / "cai" / "policy-library").rglob("*.json"))
    for path in (*library, *sorted((RECORDED / "cai" / "tgc").glob("*.json"))):
        name = str(path.relative_to(RECORDED / "cai").with_suffix("")).replace("/assets", "").removesuffix("/data")
        yield _gcp(f"gcp/{name}", [_asset(each) for each in orjson.loads(_filled(path.read_text(encoding="utf-8")))])
    for folder in sorted((RECORDED / "gcp" / "flights").iterdir()):
        if assets := flown(folder):
            yield _gcp(f"gcp/flights/{folder.name}", assets)


def _filled(text: str) -> str:
    for placeholder, value in PLACEHOLDERS.items():
        text = text.replace(placeholder, value)
    return text


def _asset(exported: JSON) -> JSON:
    """An exported asset with the keys of the REST API; its data is the service's own and stays as it is."""
    asset = {_camel(name): value for name, value in exported.items()}
    if isinstance(asset.get("resource"), dict):
        asset["resource"] = {_camel(name): value for name, value in asset["resource"].items()}
    return asset | {name: _camels(asset[name]) for name in POLICIES if name in asset}


def _camels(value: JSON) -> JSON:
    match value:
        case dict():
            return {_camel(name): _camels(item) for name, item in value.items()}
        case list():
            return [_camels(item) for item in value]
        case _:
            return value


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


def _gcp(name: str, assets: list[JSON]) -> Flight:
    """A recording that holds policies has them in the listings of those, as far as it goes."""
    unit = Unit(Account("gcp", PROJECT))
    answers: list[Answer] = [(unit, LISTING, None, {"body": {"assets": assets, "readTime": AT}})]
    for key, call in POLICIES.items():
        if told := [asset for asset in assets if key in asset]:
            answers.append((unit, call, call.give, {"body": {"assets": told, "readTime": AT}}))
    return Flight(name, unit.account, tuple(answers), _counted(asset["assetType"] for asset in assets))
