"""Encryption at rest and in transit."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field, field_validator

from checks.check import Conditions, Fault, Parameters, Severity, check
from scanner.facts import AtRest, EncryptionAtRest, EncryptionInTransit, KeyOwner, Tls

ALGORITHMS = ("TDE", "AES-256")
"""What a promise can name. TDE is a mechanism of databases, AES-256 a cipher; a resource may have both."""
OWNERS = {str(owner): owner for owner in KeyOwner}
VERSIONS = {str(version): version for version in Tls if version is not Tls.NONE}


class AtRestWanted(Parameters):
    """How data at rest is encrypted."""

    algorithms: tuple[str, ...] = Field(
        (), description="any of these mechanisms or ciphers: TDE, AES-256; without it, any that the vendor uses"
    )
    key_owner: str = Field(
        "provider",
        description="who holds the key at least: provider, provider-in-account or customer",
        json_schema_extra={"enum": [*OWNERS]},
    )

    @field_validator("key_owner")
    @classmethod
    def _owner(cls, value: str) -> str:
        if value not in OWNERS:
            raise ValueError(f"{value!r} is not one of {', '.join(OWNERS)}")
        return value

    @field_validator("algorithms")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            if each not in ALGORITHMS:
                raise ValueError(f"{each!r} is not one of {', '.join(ALGORITHMS)}")
        return value


def _at_rest(want: AtRestWanted) -> tuple[object, ...]:
    algorithms = (EncryptionAtRest.algorithms,) if want.algorithms else ()
    owner = (EncryptionAtRest.owner,) if OWNERS[want.key_owner] > KeyOwner.PROVIDER else ()
    return (EncryptionAtRest.state, *algorithms, *owner)


@check(
    "encryption.at-rest",
    severity=Severity.HIGH,
    fix="Turn encryption on, with a key of the promised owner; most stores must be copied to be encrypted.",
    reads=(EncryptionAtRest.state, EncryptionAtRest.algorithms, EncryptionAtRest.owner),
    asks=_at_rest,
)
def encrypted_at_rest(data: EncryptionAtRest, want: AtRestWanted) -> Conditions:
    """Data at rest is encrypted, by a promised mechanism or cipher and with a key of at least the promised owner.

    What is not encrypted at all breaks the first condition alone: its algorithm and key are no further fault.
    """
    yield "encrypted", lambda: _bare(data.state)
    if want.algorithms:
        yield "algorithm", lambda: _otherwise(data, want.algorithms)
    if OWNERS[want.key_owner] > KeyOwner.PROVIDER:
        yield "key owner", lambda: _weaker(data, OWNERS[want.key_owner])


def _bare(found: AtRest) -> list[Fault]:
    return [] if found is AtRest.ENCRYPTED else [Fault(str(found), "it is not encrypted where it is stored")]


def _otherwise(data: EncryptionAtRest, wanted: tuple[str, ...]) -> Iterator[Fault]:
    if data.state is not AtRest.NONE and not data.algorithms & set(wanted):
        found = ", ".join(sorted(data.algorithms))
        yield Fault(found, f"it is encrypted by {found}, not by {' or '.join(wanted)}")


def _weaker(data: EncryptionAtRest, wanted: KeyOwner) -> Iterator[Fault]:
    if data.state is not AtRest.NONE and data.owner < wanted:
        yield Fault(str(data.owner), f"the key's owner is {data.owner}, at least {wanted} is promised")


class InTransitWanted(Parameters):
    """How data on its way is encrypted."""

    minimum_tls: str = Field(
        "",
        description="the lowest TLS version that may be accepted; without it, any",
        json_schema_extra={"enum": ["", *VERSIONS]},
    )

    @field_validator("minimum_tls")
    @classmethod
    def _version(cls, value: str) -> str:
        if value and value not in VERSIONS:
            raise ValueError(f"{value!r} is not one of {', '.join(VERSIONS)}")
        return value


def _in_transit(want: InTransitWanted) -> tuple[object, ...]:
    return (EncryptionInTransit.plaintext, *((EncryptionInTransit.minimum_tls,) if want.minimum_tls else ()))


@check(
    "encryption.in-transit",
    severity=Severity.HIGH,
    fix="Refuse connections that are not encrypted, and raise the lowest TLS version that is accepted.",
    reads=(EncryptionInTransit.plaintext, EncryptionInTransit.minimum_tls),
    asks=_in_transit,
)
def encrypted_in_transit(data: EncryptionInTransit, want: InTransitWanted) -> Conditions:
    """Only encrypted connections are accepted (HTTPS only), of at least the promised TLS version."""
    yield "encrypted connections only", lambda: _open(plaintext=data.plaintext)
    if want.minimum_tls:
        yield "minimum TLS", lambda: _too_old(data.minimum_tls, VERSIONS[want.minimum_tls])


def _open(*, plaintext: bool) -> list[Fault]:
    return [Fault("true", "it accepts connections that are not encrypted")] if plaintext else []


def _too_old(found: Tls, wanted: Tls) -> list[Fault]:
    return [] if found >= wanted else [Fault(str(found), f"TLS {found} is accepted, {wanted} is promised")]
