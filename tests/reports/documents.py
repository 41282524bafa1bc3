"""Documents for the tests of reports: one in which every field is filled, and a small one as a scan makes it."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from reports.document import (
    AccountSeen,
    Cause,
    Change,
    ConditionResult,
    Coverage,
    Document,
    Drift,
    FactRead,
    FaultFound,
    Finding,
    Flow,
    GapFound,
    NotSeen,
    PlaceSeen,
    PolicyInfo,
    PromiseResult,
    PromiseVerdict,
    Read,
    RunInfo,
    Subject,
    Verdict,
)

Text = Callable[[str], str]
"""What to write into a field, which is named as "Finding.fix"."""
SAME = {"Finding.promise": "PromiseResult.id"}
"""A finding is shown below the promise that it names."""
HOSTILE = (
    "<script>document.title='hit'</script>",
    '"><img src=x onerror="document.title=\'hit\'">',
    "' onmouseover='document.title=1' x='",
    "javascript:document.title='hit'",
    "</title></style></code></details><script>document.title='hit'</script>",
    "--><svg onload=\"document.title='hit'\"><![CDATA[",
    "<meta http-equiv=refresh content='0;url=https://example.com/'><link rel=stylesheet href=https://example.com/a.css>",
    "&lt;script&gt;&#60;b&#62;",
    "{{ 7 * 191 }}{% raw %}",
    "\x1b]0;title\x07\x1b[31mred\x9b0m",
    "\u202egpj.exe\u2066\u200b\ufeff\u2028",
    "a\x00b\x7fc\r\nd\te",
    "\U000e0041\U000e0042",
    "x" * 10_000,
)
"""What a tag, a name, a message or a sentence may hold."""
HALF = "\ud800 half of a character"


def everything(text: Text) -> list[Document]:
    """Documents with each field filled, and each word of each choice used at least once."""
    made: list[Document] = _values(Document, "Document", lambda at: text(SAME.get(at, at)))
    return made


def _values(kind: Any, at: str, text: Text) -> list[Any]:
    match get_origin(kind), get_args(kind):
        case None, _:
            return _plain(kind, at, text)
        case builtin, (item, *_) if builtin is tuple:
            return [tuple(_values(item, at, text))]
        case builtin, (_, item) if builtin is dict:
            return [{text(at): each for each in _values(item, at, text)}]
        case special, words if special is Literal:
            return list(words)
        case special, kinds if special in {Union, UnionType}:
            return [each for one in kinds for each in _values(one, at, text)]
    raise TypeError(f"{at}: {kind} is new to this test")


def _plain(kind: Any, at: str, text: Text) -> list[Any]:
    if kind is str:
        return [text(at)]
    if kind is Any:
        return [{text(at): [text(at), None, 1.5, True]}]
    ours: dict[Any, list[Any]] = {int: [7], bool: [True, False], NoneType: [None]}
    if kind in ours:
        return ours[kind]
    return list(kind) if issubclass(kind, StrEnum) else _models(kind, text)


def _models(kind: type[BaseModel], text: Text) -> list[Any]:
    fields = {
        name: _values(field.annotation, f"{kind.__name__}.{name}", text) for name, field in kind.model_fields.items()
    }
    most = max(len(values) for values in fields.values())
    return [kind(**{name: values[n % len(values)] for name, values in fields.items()}) for n in range(most)]


ARN = "arn:aws:rds:eu-west-2:111111111111:db:customers"
DIGEST = "5e" * 32
READ = Read(call="rds.describe_db_instances", pointer="/StorageEncrypted", digest=DIGEST)
DENIED = NotSeen(
    reason="refused",
    detail="rds.describe_db_snapshots refused (AccessDenied)",
    call="rds.describe_db_snapshots",
    permission="rds:DescribeDBSnapshots",
)
GAP = GapFound(
    id="gap:aws/111111111111/eu-west-2/s3.list_buckets/refused",
    provider="aws",
    account="111111111111",
    region="eu-west-2",
    call="s3.list_buckets",
    permission="s3:ListAllMyBuckets",
    reason="refused",
    detail="s3.list_buckets refused (AccessDenied)",
    types=("aws.s3.bucket",),
)


def finding(number: int = 0, verdict: Verdict = Verdict.FAIL, promise: str = "encrypted", **changes: Any) -> Finding:
    """A finding with the evidence that it rests on."""
    subject = Subject(
        kind="resource", id=f"{ARN}-{number}", type="aws.rds.instance", provider="aws", name=f"db-{number}"
    )
    return Finding(
        id=f"{number:016x}",
        promise=promise,
        subject=subject,
        verdict=verdict,
        severity="high",
        conditions=(
            ConditionResult(
                name="encrypted", verdict=verdict, faults=(FaultFound(value="none", why="it is not encrypted"),)
            ),
        ),
        evidence=(FactRead(fact="EncryptionAtRest.state", state="known", value="none", reads=(READ,)),),
        fix="Encrypt it.",
    ).model_copy(update=changes)


def promise(name: str = "encrypted", verdict: PromiseVerdict = PromiseVerdict.BROKEN, **changes: Any) -> PromiseResult:
    """A promise."""
    return PromiseResult(
        id=name,
        says=f"What {name} says.",
        source="https://example.com/data-protection#encryption",
        check="encryption.at-rest",
        severity="high",
        parameters={"owner": "customer", "algorithms": ["AES-256"]},
        verdict=verdict,
        counts={"fail": 1},
        digest="ab" * 32,
    ).model_copy(update=changes)


def change(number: int = 0) -> Change:
    """A change."""
    return Change(
        what="fact",
        subject=f"{ARN}-{number}|EncryptionAtRest.state",
        label=f"db-{number} EncryptionAtRest.state",
        cause=Cause.RESOURCE,
        change="changed",
        before="encrypted",
        after=["none"],
    )


def drift(*changes: Change) -> Drift:
    """What changed since last week."""
    return Drift(before="cd" * 32, at="2026-10-26T06:00:00+00:00", changes=changes)


def flow(place: str, *countries: str, **changes: Any) -> Flow:
    """Resources in a place."""
    seen = PlaceSeen(id=place, name=f"Name of {place}" if place else "", countries=countries)
    made = Flow(provider="aws", type="aws.s3.bucket", environments=("production",), role="home", place=seen, count=1)
    return made.model_copy(update=changes)


def document(**changes: Any) -> Document:
    """A document of one promise with one finding."""
    return Document(
        run=RunInfo(digest="12" * 32, at="2026-11-02T06:00:00+00:00", scanner="0.1.0", tables="34" * 32, partial=False),
        policy=PolicyInfo(name="example", organisation="Example SaaS Ltd", digest="56" * 32),
        verdict="broken",
        promises=(promise(),),
        findings=(finding(),),
        exceptions=(),
        contradictions=(),
        coverage=Coverage(
            accounts=(AccountSeen(provider="aws", id="111111111111", reached=True, regions=("eu-west-2",)),),
            types=(),
            gaps=(),
            refused=(),
            limits=(),
            not_examined=(),
        ),
    ).model_copy(update=changes)
