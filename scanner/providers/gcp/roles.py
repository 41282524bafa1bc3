"""The reader's role on Google Cloud: as Terraform, and as commands of the Google Cloud CLI.

A custom role belongs to an organisation or a project, never to a folder
(https://cloud.google.com/iam/docs/creating-custom-roles): for folders the organisation is to be given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from scanner.collect.roles import hcl, hcl_list, sh, texts
from scanner.facts import JSON

ID, TITLE = "asdeclaredReader", "asdeclared reader"
TEXT = "Lists assets. It reads no content and changes nothing."
FORMS = ("terraform", "gcloud")
SOMEWHERE = "organizations/000000000000"
UNNAMED = "organizations/ORGANIZATION"
"""The organisation of a folder, which nothing in the policy names: a variable of the script."""
KINDS = {"organizations": "organization", "folders": "folder", "projects": "project"}


def parents(scope: Mapping[str, JSON]) -> tuple[str, ...]:
    """What the role is granted on: the parents that the policy names, or one that is to be filled in."""
    projects = (f"projects/{each.removeprefix('projects/')}" for each in texts(scope, "projects"))
    return texts(scope, "parents") or tuple(projects) or (SOMEWHERE,)


def written(form: str, permissions: Iterable[str], scope: Mapping[str, JSON]) -> str:
    """The role in one of `FORMS`."""
    write = _terraform if form == "terraform" else _commands
    return write(sorted(permissions), parents(scope))


def holder(parent: str, where: tuple[str, ...]) -> str:
    """Where the role is made that is granted on a parent."""
    if not parent.startswith("folders/"):
        return parent
    return next((each for each in where if each.startswith("organizations/")), UNNAMED)


def _terraform(permissions: list[str], where: tuple[str, ...]) -> str:
    holders = dict.fromkeys(holder(each, where) for each in where)
    parts = [_variable("member", "Who scans, such as serviceAccount:NAME@PROJECT.iam.gserviceaccount.com")]
    parts += [_variable("organization", "Number of the organisation that the folders are in")] * (UNNAMED in holders)
    parts += [_role(permissions, each) for each in holders]
    return "\n".join([*parts, *(_member(each, holder(each, where)) for each in where)])


def _variable(name: str, text: str) -> str:
    return f"""variable "{name}" {{
  description = {hcl(text)}
  type        = string
}}
"""


def _label(parent: str) -> str:
    return "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in parent)


def _role(permissions: list[str], parent: str) -> str:
    kind, _, name = parent.partition("/")
    key = "org_id" if kind == "organizations" else "project"
    return f"""resource "google_{KINDS[kind]}_iam_custom_role" "{_label(parent)}" {{
  {key:<11} = {"var.organization" if parent == UNNAMED else hcl(name)}
  role_id     = {hcl(ID)}
  title       = {hcl(TITLE)}
  description = {hcl(TEXT)}
  permissions = {hcl_list(permissions, 2)}
}}
"""


def _member(parent: str, held: str) -> str:
    kind, _, name = parent.partition("/")
    key = {"organizations": "org_id", "folders": "folder", "projects": "project"}[kind]
    role = f"google_{KINDS[held.partition('/')[0]]}_iam_custom_role.{_label(held)}"
    return f"""resource "google_{KINDS[kind]}_iam_member" "{_label(parent)}" {{
  {key:<6} = {hcl(parent if kind == "folders" else name)}
  role   = {role}.id
  member = var.member
}}
"""


def _commands(permissions: list[str], where: tuple[str, ...]) -> str:
    made = f"--title={sh(TITLE)} --description={sh(TEXT)} --permissions={sh(','.join(permissions))} --stage=GA"
    holders = dict.fromkeys(holder(each, where) for each in where)
    lines = ["set -eu", ': "${MEMBER:?who scans, such as serviceAccount:NAME@PROJECT.iam.gserviceaccount.com}"']
    lines += [': "${ORGANIZATION:?number of the organisation that the folders are in}"'] * (UNNAMED in holders)
    for each in holders:
        kind, _, name = each.partition("/")
        lines.append(f"gcloud iam roles create {ID} --{KINDS[kind]}={_word(each, name)} {made}")
    return "\n".join([*lines, *(_bound(parent, holder(parent, where)) for parent in where)])


def _bound(parent: str, held: str) -> str:
    kind, _, name = parent.partition("/")
    command = {"folders": "resource-manager folders"}.get(kind, kind)
    role = _word(held, f"{held}/roles/{ID}")
    return f'gcloud {command} add-iam-policy-binding {sh(name)} --member="$MEMBER" --role={role} --condition=None'


def _word(parent: str, text: str) -> str:
    """A word of the shell, in which the organisation that nothing names is a variable."""
    return f'"{text.replace("ORGANIZATION", "$ORGANIZATION")}"' if parent == UNNAMED else sh(text)
