"""The declared policy. What a field means stands in the text below it, which is also its documentation for editors."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    PrivateAttr,
    SerializeAsAny,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from checks.check import Check, NoParameters, Parameters, Severity
from checks.parameters import PlaceName
from scanner.facts import Container, KeyUse, Membership, Trust, canonical, sha256
from scanner.policy.source import At, Node, Step
from scanner.policy.words import (
    AwsAccount,
    CheckName,
    Day,
    Domain,
    EnvironmentName,
    ExternalId,
    GcpParent,
    GcpProject,
    Guid,
    OrganizationId,
    ProviderName,
    Region,
    RoleName,
    Slug,
    Source,
    Text,
    TypeGlob,
    Vocabulary,
    matches,
)

TagValues = Annotated[tuple[str, ...], Field(min_length=1)]
Tags = Annotated[Mapping[Text, TagValues], Field(description="Each key must have one of its values.")]


class Strict(BaseModel):
    """A part of the policy. Unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, use_attribute_docstrings=True)


class Open(Strict):
    """A part of the policy that also has a key for each provider that a plugin brings."""

    model_config = ConfigDict(extra="allow")


class AwsScope(Strict):
    """What is scanned of AWS."""

    accounts: tuple[AwsAccount, ...] = ()
    """The accounts expected: one that cannot be reached is a gap. None: those that the organisation tells."""
    role: RoleName = ""
    """The role to assume in each account."""
    external_id: ExternalId = ""
    """The external id that the role asks for."""
    regions: tuple[Region, ...] = ()
    """The regions scanned. None: all that are enabled."""
    organization: OrganizationId = ""
    """The id of one's own organisation: what is shared with it is shared with nobody else."""
    profile: Text = ""
    """The profile of the AWS configuration to start from."""


class AzureScope(Strict):
    """What is scanned of Azure."""

    subscriptions: tuple[Guid, ...] = ()
    """The subscriptions expected: one that cannot be reached is a gap."""
    management_groups: tuple[Text, ...] = ()
    """Management groups, with all subscriptions below them."""
    tenants: tuple[Guid, ...] = ()
    """Tenants, with all subscriptions in them."""
    cloud: Literal["public", "government", "china"] = "public"
    """Which of Microsoft's clouds they are in: it decides where tokens come from and where requests go."""


class GcpScope(Strict):
    """What is scanned of Google Cloud."""

    parents: tuple[GcpParent, ...] = ()
    """Organisations, folders or projects, with all projects below them."""
    projects: tuple[GcpProject, ...] = ()
    """The projects expected: one that cannot be reached is a gap."""


class Unscanned(Strict):
    """A hoster without an API that is read. It is reported as not examined, and never judged."""

    name: Text
    """The hoster's name."""
    places: tuple[PlaceName, ...] = ()
    """Where it keeps data, as declared."""


class Scope(Open):
    """What is scanned, and who else keeps data. A cloud without its key is not scanned."""

    aws: AwsScope | None = None
    azure: AzureScope | None = None
    gcp: GcpScope | None = None
    unscanned: tuple[Unscanned, ...] = ()
    """Hosters that cannot be scanned."""

    @property
    def providers(self) -> Mapping[str, Mapping[str, Any]]:
        """The providers to scan, each with its scope as the policy writes it."""
        return self.model_dump(mode="json", exclude_unset=True, exclude={"unscanned"}, exclude_none=True)


class Environment(Open):
    """Which accounts, or which tags, make up an environment. An explicit account wins over tags."""

    aws: tuple[AwsAccount, ...] = ()
    """AWS accounts."""
    azure: tuple[Guid, ...] = ()
    """Azure subscriptions."""
    gcp: tuple[GcpProject, ...] = ()
    """Google Cloud projects."""
    tags: Tags = Field(default_factory=dict)

    def accounts(self, provider: str) -> tuple[str, ...]:
        """The accounts of a provider that are explicitly in this environment."""
        known = {"aws": self.aws, "azure": self.azure, "gcp": self.gcp}
        return known[provider] if provider in known else tuple((self.model_extra or {}).get(provider, ()))

    @property
    def providers(self) -> frozenset[str]:
        """The providers of which it has explicit accounts."""
        named = {"aws", "azure", "gcp", *(self.model_extra or ())}
        return frozenset(name for name in named if self.accounts(name))


class Tenants(Strict):
    """How the customer is told whose data a resource holds."""

    tag: Text
    """The key of the tag that names the customer."""


class SubProcessor(Strict):
    """A third party that may have access."""

    name: Text
    """Its name."""
    aws: tuple[AwsAccount, ...] = ()
    """Its AWS accounts."""
    azure: tuple[Guid, ...] = ()
    """Its Azure tenants or subscriptions."""
    gcp: tuple[GcpProject, ...] = ()
    """Its Google Cloud projects."""
    domains: tuple[Domain, ...] = ()
    """The domains of its users and services."""


class AppliesTo(Strict):
    """Which resources a promise speaks of: those that meet every key that is given. None: all in scope."""

    environments: tuple[EnvironmentName, ...] = ()
    """In any of these environments."""
    types: tuple[TypeGlob, ...] = ()
    """Of any of these types; '*' stands for any text."""
    tags: Tags = Field(default_factory=dict)
    accounts: tuple[Text, ...] = ()
    """In any of these accounts, subscriptions or projects."""
    include: Literal["", "config"] = ""
    """'config': also resources that hold configuration only."""
    providers: tuple[ProviderName, ...] = ()
    """At any of these providers."""


def _want(value: object, info: ValidationInfo) -> Parameters:
    """The check's parameters. Their mistakes are carried on, each with its own place; see `scanner.policy.explain`."""
    check = info.data.get("check")
    if not isinstance(check, Check):
        return NoParameters()
    try:
        return check.parameters.model_validate_json(canonical(value), strict=True)
    except ValidationError as error:
        inner = {"errors": error.errors(include_url=False), "model": check.parameters}
        raise PydanticCustomError("nested", "wrong parameters", inner) from None


class Promise(Strict):
    """One declared sentence: a check with its parameters, and the resources it speaks of."""

    id: Slug
    """Its identity across versions of the policy."""
    says: Text
    """The sentence that is published."""
    source: Source = ""
    """Where it is published."""
    check: CheckName
    want: Annotated[
        SerializeAsAny[Parameters],
        PlainValidator(_want),
        WithJsonSchema({"type": "object", "description": "The parameters of the check."}),
        Field(default_factory=dict, validate_default=True, alias="with"),
    ]
    applies_to: AppliesTo = AppliesTo()
    declared_severity: Severity | None = Field(default=None, alias="severity")
    """How much it matters, where that is not what the check says."""

    _at: At = PrivateAttr(default=(1, 1))
    _digest: str = PrivateAttr(default="")
    _types: frozenset[str] = PrivateAttr(default=frozenset())
    _providers: frozenset[str] = PrivateAttr(default=frozenset())

    @property
    def at(self) -> At:
        """The line and the column where the promise starts in its file."""
        return self._at

    @property
    def digest(self) -> str:
        """SHA-256 of all that decides its verdicts: check, parameters, what it applies to, and the environments and
        tenants if they matter to it. Its wording and severity do not count.
        """
        return self._digest

    @property
    def severity(self) -> Severity:
        """How much it matters: as the policy says, else as the check says."""
        return self.declared_severity or self.check.severity

    @property
    def types(self) -> frozenset[str]:
        """The modelled types that it speaks of; all of them where the policy names none."""
        return self._types

    @property
    def providers(self) -> frozenset[str]:
        """The providers at which it may find something, by its own words: those it names, and those of its types."""
        return self._providers

    @property
    def includes_config(self) -> bool:
        """Whether it also speaks of resources that hold configuration only."""
        return self.applies_to.include == "config"

    def speaks_of_all(self, provider: str) -> bool:
        """Whether it speaks of every type of a provider, those that are not modelled included."""
        return not self.applies_to.types or not {"*", f"{provider}.*"}.isdisjoint(self.applies_to.types)

    @property
    def by_membership(self) -> bool:
        """Whether its check asks what a resource belongs to."""
        return any(fact.facet in (Membership, Container, KeyUse) for fact in self.check.needs(self.want))

    def _settle(self, known: Vocabulary) -> None:
        globs, named = self.applies_to.types, self.applies_to.providers
        self._types = frozenset(name for name in known.types if not globs or any(matches(each, name) for each in globs))
        by_type = {name.partition(".")[0] for name in self._types} if globs else set(known.providers)
        self._providers = frozenset(by_type & set(named or known.providers))


class DeclaredException(Strict):
    """One failing condition with one value of one resource that is known and accepted until a day."""

    promise: Text
    """The id of the promise."""
    resource: Text
    """The exact id of the resource; its case does not count."""
    condition: Text
    """The name of the condition."""
    value: str = ""
    """The value that breaks it; none for a condition without one."""
    owner: Text
    """Who answers for it."""
    reason: Text
    """Why it is accepted."""
    expires: Day
    """The last day on which it holds."""

    def in_force(self, on: date) -> bool:
        """Whether it still holds on a day."""
        return on <= self.expires

    def covers(self, promise: str, resource: str, condition: str, value: str) -> bool:
        """Whether it speaks of this very violation, in force or not."""
        same = (self.promise, self.condition, self.value) == (promise, condition, value)
        return same and self.resource.casefold() == resource.casefold()


ACCOUNTS = ("accounts", "subscriptions", "projects")
"""The keys of a provider's scope that list accounts one by one."""


class Policy(Strict):
    """What a company declares about its data. See `scanner.policy.load`."""

    version: Literal[1]
    """The version of this format."""
    name: Slug
    """The policy's identity: history and drift follow it."""
    organisation: Text = ""
    """Who declares it."""
    domains: tuple[Domain, ...] = ()
    """Its own domains: whoever is let in by a name in them is its own."""
    scope: Scope
    environments: Mapping[Slug, Environment] = Field(default_factory=dict)
    """Environments by name. A resource in none of them is unassigned."""
    tenants: Tenants | None = None
    sub_processors: tuple[SubProcessor, ...] = ()
    """The third parties that may have access."""
    promises: tuple[Promise, ...] = Field(min_length=1)
    """What is declared, sentence by sentence."""
    exceptions: tuple[DeclaredException, ...] = ()
    """Known violations that are accepted for a time."""

    _root: Node = PrivateAttr(default=Node((1, 1), {}))
    _text: str = PrivateAttr(default="")

    @property
    def text(self) -> str:
        """The text that it was read from."""
        return self._text

    def at(self, *path: Step) -> At:
        """The line and column of the value at a path such as ("promises", 0, "with")."""
        return self._root.find(*path).at

    @property
    def scopes(self) -> Mapping[str, Mapping[str, Any]]:
        """The providers to scan, each with its scope."""
        return self.scope.providers

    @property
    def unscanned(self) -> tuple[Unscanned, ...]:
        """The hosters that cannot be scanned."""
        return self.scope.unscanned

    def settle(self, root: Node, known: Vocabulary, text: str) -> Policy:
        """Remember the text and where everything stands in it, and derive what promises speak of. The loader does it
        once.
        """
        self._root, self._text = root, text
        for index, promise in enumerate(self.promises):
            promise._settle(known)
            promise._at = self.at("promises", index)
            promise._digest = self._decides(promise)
        return self

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON of the policy: of what it says, not of how its file is written."""
        return _digest(self)

    def declares(self, provider: str, account: str) -> bool:
        """Whether it names an account: in the provider's scope, in an environment, or in what a promise applies to."""
        scoped = self.scopes.get(provider, {})
        named = {str(each) for key in ACCOUNTS for each in scoped.get(key, ())}
        named |= {each for environment in self.environments.values() for each in environment.accounts(provider)}
        named |= {each for promise in self.promises for each in promise.applies_to.accounts}
        return account.casefold() in {each.casefold() for each in named}

    def promise(self, promise_id: str) -> Promise | None:
        """The promise with this id."""
        return next((each for each in self.promises if each.id == promise_id), None)

    def _decides(self, promise: Promise) -> str:
        lets_in, needs = Trust in promise.check.traits, promise.check.needs(promise.want)
        # One environment's accounts take resources away from another's tags, so all of them matter to each.
        by_environment = promise.by_membership or promise.applies_to.environments or lets_in
        environments = self.environments if by_environment else {}
        tenants = self.tenants if Membership.tenant in needs or KeyUse.sharers in needs else None
        parts = (promise.check.id, promise.want, promise.applies_to, dict(environments), tenants)
        # Who is a stranger, the whole of these decide, and the accounts of the environments.
        parties = (self.domains, self.sub_processors, self.scope) if lets_in else ()
        return _digest((*parts, *parties))


def _digest(value: object) -> str:
    return sha256(canonical(_settled(value)))


def _settled(value: object) -> object:
    """Data whose canonical JSON is the same in every process: sets in order, defaults left out."""
    match value:
        case BaseModel():
            return _settled(value.model_dump(by_alias=True, exclude_defaults=True))
        case Mapping():
            return {name: _settled(item) for name, item in value.items()}
        case set() | frozenset():
            return sorted((_settled(item) for item in value), key=canonical)
        case tuple() | list():
            return [_settled(item) for item in value]
    return value
