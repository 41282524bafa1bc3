"""Whose a principal of IAM is, by its name (https://cloud.google.com/iam/docs/principal-identifiers).

A group is taken for its domain, although people from elsewhere may be in it: its members are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.facts import Grantee, Reason, Unknown, View, text, texts

ANCESTORS = "item:/ancestors"
POOLS, PROVIDERS = "pools:/assets", "providers:/assets"
PATHS = (ANCESTORS, f"{POOLS}/*/name", f"{POOLS}/*/ancestors", f"{PROVIDERS}/*/name")
GOOGLES_GROUPS = frozenset({"group:cloud-logs@google.com", "group:cloud-storage-analytics@google.com"})
"""By these Cloud Storage itself writes the logs of who used a bucket
(https://cloud.google.com/storage/docs/access-logs).
"""
AGENTS = frozenset(
    {
        "cloudbuild",
        "cloudservices",
        "developer",
        "bigquery-encryption.iam",
        "cloud-filer.iam",
        "cloud-memcache-sa.iam",
        "cloud-redis.iam",
        "cloud-tpu.iam",
        "cloudcomposer-accounts.iam",
        "compute-system.iam",
        "container-analysis.iam",
        "container-engine-robot.iam",
        "containerregistry.iam",
        "dataflow-service-producer-prod.iam",
        "dataproc-accounts.iam",
        "dlp-api.iam",
        "endpoints-portal.iam",
        "firebase-rules.iam",
        "gcf-admin-robot.iam",
        "gcp-gae-service.iam",
        "gs-project-accounts.iam",
        "remotebuildexecution.iam",
        "security-center-api.iam",
        "serverless-robot-prod.iam",
        "service-networking.iam",
        "sourcerepo-service-accounts.iam",
        "storage-transfer-service.iam",
        "trifacta-gcloud-prod.iam",
    }
)
"""Where Google's services have their own accounts, beside "gcp-sa-..." and "....google.com"
(https://cloud.google.com/iam/docs/service-agents).
"""
_DOMAINS = re.compile(r"(?:user|group):[^@]+@(?P<domain>[^@]+)|domain:(?P<whole>.+)")
_GOOGLES = re.compile(r"gcp-sa-[a-z0-9-]+\.iam|.+\.google\.com\.iam")
_ACTS_FOR = re.compile(
    r"(?:(?P<organizations>service-org-|o)|(?P<folders>service-folder-|f)|(?P<projects>(?:service-|project-|bq-|bqcx-|p)?))"
    r"(?P<number>[0-9]+)(?:-[a-z0-9-]+)?"
)
_LIKE_AN_AGENT = re.compile(r"(?:service|project|bq)-(?:org-|folder-)?[0-9]+")
_OF_CLUSTERS = re.compile(r"(?P<project>[^/\[]+)\.svc\.id\.goog(?:\[.*\])?")
_WORKLOADS = re.compile(
    r"principal(?:Set)?://iam\.googleapis\.com/(?P<node>projects/[0-9]+)/locations/global/workloadIdentityPools/"
    r"(?P<pool>[^/]+)/.+"
)
_WORKFORCE = re.compile(r"principal(?:Set)?://iam\.googleapis\.com/(?P<pool>locations/global/workforcePools/[^/]+)/.+")
_BELOW = re.compile(
    r"principalSet://cloudresourcemanager\.googleapis\.com/(?P<node>(?:projects|folders|organizations)/[0-9]+)(?:/.+)?"
)


def outside(member: str, view: View) -> Iterator[Grantee]:
    """Nothing for a principal of the resource's own project, or of a node above it; else the principal and whose it
    is. Who comes in by a pool of identities is told by the pool's providers. Declare PATHS.
    """
    if found := _DOMAINS.fullmatch(member):
        if member not in GOOGLES_GROUPS:
            yield Grantee(member, found["domain"] or found["whole"])
        return
    kind, _, name = member.partition(":")
    if kind in {"projectOwner", "projectEditor", "projectViewer"}:
        yield from _project(member, name, view)
    elif kind == "serviceAccount":
        yield from _service_account(member, name, view)
    else:
        yield from _principal(member, view)


def _project(member: str, project: str, view: View) -> Iterator[Grantee]:
    if project != view.where.account:
        yield Grantee(member, project)


def _numbered(member: str, node: str, view: View) -> Iterator[Grantee]:
    """Somebody of a project, folder or organization that is told by its number."""
    if node in view.at(ANCESTORS, texts):
        return
    project = node.startswith("projects/")
    unknown = Unknown(Reason.UNDECIDED, f"which project is {node}, its name does not tell")
    yield Grantee(member, unknown if project else node)


def _service_account(member: str, name: str, view: View) -> Iterator[Grantee]:
    if found := _OF_CLUSTERS.fullmatch(name):
        yield from _project(member, _id(found["project"]), view)
        return
    local, _, domain = name.partition("@")
    home = domain.removesuffix(".gserviceaccount.com")
    if home in AGENTS or _GOOGLES.fullmatch(home):
        yield from _agent(member, local, view)
    elif home == "appspot":
        yield from _project(member, _id(local), view)
    elif home.endswith(".iam") and not _LIKE_AN_AGENT.fullmatch(local):
        yield from _project(member, _id(home.removesuffix(".iam")), view)
    else:
        yield _of_nobody_known(member)


def _agent(member: str, local: str, view: View) -> Iterator[Grantee]:
    """An account of a service of Google is named by the project, folder or organization for which it acts."""
    found = _ACTS_FOR.fullmatch(local)
    if found is None:
        yield _of_nobody_known(member)
        return
    kind = next(each for each in ("organizations", "folders", "projects") if found[each] is not None)
    yield from _numbered(member, f"{kind}/{found['number']}", view)


def _id(told: str) -> str:
    """The id of a project in the name of an account: that of one in a domain, "example.com:app", is turned round."""
    name, _, domain = told.partition(".")
    return f"{domain}:{name}" if domain else name


def _principal(member: str, view: View) -> Iterator[Grantee]:
    if found := _WORKLOADS.fullmatch(member):
        yield from _workload(member, found["node"], found["pool"], view)
    elif found := _BELOW.fullmatch(member):
        yield from _numbered(member, found["node"], view)
    elif found := _WORKFORCE.fullmatch(member):
        yield from _workforce(member, found["pool"], view)
    else:
        yield _of_nobody_known(member)


def _workload(member: str, node: str, pool: str, view: View) -> Iterator[Grantee]:
    """A program of the clusters of a project, or one that comes in by a provider of a pool."""
    if clusters := _OF_CLUSTERS.fullmatch(pool):
        yield from _project(member, _id(clusters["project"]), view)
    elif node in view.at(ANCESTORS, texts) and not _has_provider(pool, view):
        yield Grantee(member, Unknown(Reason.NOT_ASKED, f"who comes in by the pool {pool} was not listed"))
    else:
        yield from _numbered(member, node, view)


def _has_provider(pool: str, view: View) -> bool:
    return any(f"/workloadIdentityPools/{pool}/providers/" in each.at("/name", text) for each in view.each(PROVIDERS))


def _workforce(member: str, pool: str, view: View) -> Iterator[Grantee]:
    """A pool of people belongs to the organization that has it, which its name does not tell."""
    for each in view.each(POOLS):
        if each.at("/name", text) == f"//iam.googleapis.com/{pool}":
            yield from _numbered(member, next(each.each("/ancestors")).at("", text), view)
            return
    yield _of_nobody_known(member)


def _of_nobody_known(member: str) -> Grantee:
    return Grantee(member, Unknown(Reason.UNDECIDED, f"whose {member} is, its name does not tell"))
