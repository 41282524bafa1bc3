"""Encryption at rest and in transit."""

from __future__ import annotations

from datetime import datetime
from enum import Enum, IntEnum, StrEnum

from scanner.facts.fact import Facet, Fact


class AtRest(StrEnum):
    """Whether data is encrypted where it lies."""

    NONE = "none"
    ENCRYPTED = "encrypted"


class KeyOwner(IntEnum):
    """Who holds the key, from the least to the most control by the customer."""

    PROVIDER = 1
    """The provider's own key, outside the customer's account."""
    PROVIDER_IN_ACCOUNT = 2
    """A key in the customer's account that the provider made and manages (an AWS managed key, for one)."""
    CUSTOMER = 3
    """A key that the customer made and manages, or supplies."""

    def __str__(self) -> str:
        return self.name.lower().replace("_", "-")


class Tls(Enum):
    """TLS versions in order. NONE: the service sets no lower bound."""

    NONE = "none"
    V1_0 = "1.0"
    V1_1 = "1.1"
    V1_2 = "1.2"
    V1_3 = "1.3"

    def __ge__(self, other: Tls) -> bool:
        order = list(Tls)
        return order.index(self) >= order.index(other)

    def __str__(self) -> str:
        return self.value


class EncryptionAtRest(Facet):
    """Data is encrypted where it lies."""

    state = Fact[AtRest]("Is the data encrypted at rest?")
    algorithms = Fact[frozenset[str]]("By which mechanisms and ciphers (TDE, AES-256)?")
    owner = Fact[KeyOwner]("Who holds the key?")
    key = Fact[str]("Which key? Its ARN, URI or resource name; 'provider' where the provider tells none.")


class EncryptionInTransit(Facet):
    """Data is encrypted on its way to and from the resource."""

    plaintext = Fact[bool]("Does the resource accept connections that are not encrypted?")
    minimum_tls = Fact[Tls]("Which is the lowest TLS version that it accepts?")
    certificate_expires = Fact[datetime]("When does its certificate expire?")
