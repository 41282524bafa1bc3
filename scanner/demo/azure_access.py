"""What a caller of the simulated Azure may do, and the errors by which it is told that it may not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from scanner.demo.azure_estate import Body

CALLER: Final = "00000000-0000-0000-0000-0000000000ca"


@dataclass(frozen=True, slots=True)
class Refusal:
    """What the caller may not do: `action` (an ARM action or its end), at and below the id `scope` ("" is everywhere).

    Without an action nothing under the scope can be read at all: it is hidden.
    """

    scope: str = ""
    action: str | None = None

    def covers(self, action: str, scope: str) -> bool:
        """Tell whether `action` at the id `scope` is refused."""
        return within(scope, self.scope) and (self.action is None or self._names(action))

    def _names(self, action: str) -> bool:
        return f"/{action}".lower().endswith(f"/{self.action}".lower())


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP reply with a JSON body."""

    status: int
    body: Body
    headers: Mapping[str, str] = field(default_factory=dict)


class ArmError(Exception):
    """A reply that is an error, in ARM's form."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        details: Sequence[Body] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        error: Body = {"code": code, "message": message}
        if details:
            error["details"] = list(details)
        self.answer = Answer(status, {"error": error}, headers or {})


def within(id_: str, scope: str) -> bool:
    """Tell whether the ARM id `id_` is `scope` or below it, whatever the case of the letters."""
    below = scope.rstrip("/").lower() + "/"
    return f"{id_.lower()}/".startswith(below)


@dataclass(frozen=True, slots=True)
class Target:
    """An ARM path under a provider: the full `type`, the `parent` scope and whether the path is a `collection`."""

    id: str
    type: str
    parent: str
    collection: bool

    @classmethod
    def of(cls, path: str) -> Target | None:
        """Split `path` at its last provider; None where it names no type of a provider."""
        scope, provider, rest = rpartition_lower(path, "/providers/")
        namespace, *parts = rest.split("/")
        if not provider or not parts:
            return None
        collection = len(parts) % 2 == 1
        owner = path.rsplit("/", 1 if collection else 2)[0]
        parent = owner if len(parts) > 2 else scope
        return cls(path, "/".join([namespace, *parts[::2]]), parent, collection)

    @property
    def action(self) -> str:
        """The ARM action that reads this."""
        return f"{self.type}/read"


def rpartition_lower(text: str, separator: str) -> tuple[str, str, str]:
    """Split at the last `separator`, which is in lower case, whatever the case in the text."""
    at = text.lower().rfind(separator)
    return (text[:at], separator, text[at + len(separator) :]) if at >= 0 else (text, "", "")


def action_of(id_: str) -> str:
    """Return the ARM action that reads `id_`: a subscription, a resource group or a resource."""
    if target := Target.of(id_):
        return target.action
    group = "/resourcegroups/" in id_.lower()
    return f"Microsoft.Resources/subscriptions/{'resourceGroups/' if group else ''}read"


@dataclass(frozen=True, slots=True)
class Access:
    """What the caller may read: everything but the refusals."""

    refusals: tuple[Refusal, ...]

    def may_read(self, id_: str) -> bool:
        """Tell whether the resource, resource group or subscription `id_` can be read."""
        return not self._refuses(action_of(id_), id_)

    def require(self, action: str, scope: str) -> None:
        """Raise ArmError (403) where the caller may not do `action` at `scope`."""
        if self._refuses(action, scope):
            raise ArmError(
                403,
                "AuthorizationFailed",
                f"The client '{CALLER}' with object id '{CALLER}' does not have authorization to perform action "
                f"'{action}' over scope '{scope}' or the scope is invalid. If access was recently granted, please "
                "refresh your credentials.",
            )

    def permissions(self, scope: str) -> list[Body]:
        """Return the caller's effective permissions at `scope`, as Microsoft.Authorization/permissions has them.

        A caller to whom something below is hidden has no reader role here, only the roles further down.
        """
        hidden = any(refusal.action is None and within(refusal.scope, scope) for refusal in self.refusals)
        narrow = ["Microsoft.Authorization/*/read", "Microsoft.Resources/subscriptions/resourceGroups/read"]
        return [
            {
                "actions": narrow if hidden else ["*/read"],
                "notActions": sorted(self._withheld(scope)),
                "dataActions": [],
                "notDataActions": [],
            }
        ]

    def _withheld(self, scope: str) -> set[str]:
        near = (r.action for r in self.refusals if within(r.scope, scope) or within(scope, r.scope))
        return {action if "." in action.split("/")[0] else f"*/{action}" for action in near if action is not None}

    def _refuses(self, action: str, scope: str) -> bool:
        return any(refusal.covers(action, scope) for refusal in self.refusals)
