"""Keys that AWS services name: who manages them, where a service always encrypts; and the keys of KMS themselves."""

from __future__ import annotations

from dataclasses import dataclass, replace

from scanner.collect.model import Call
from scanner.facts import Answer, AtRest, EncryptionAtRest, KeyOwner, View, text
from scanner.providers.aws.common import KEY, MANAGERS

MANAGER = "key:/KeyMetadata/KeyManager"


@dataclass(frozen=True, slots=True)
class Default:
    """The key that a service uses where it names none, as it documents."""

    owner: KeyOwner
    key: str


OWNED = Default(KeyOwner.PROVIDER, "provider")
"""A key that AWS owns."""


def ask(pointer: str, follows: str = "") -> Call:
    """Asks KMS about the key that is named there, by its id, ARN or alias."""
    return replace(KEY, take={"KeyId": pointer}, follows=follows)


def managed(alias: str) -> Default:
    """The key of this alias, which AWS manages in the account."""
    return Default(KeyOwner.PROVIDER_IN_ACCOUNT, f"alias/{alias}")


def always(basis: str) -> tuple[Answer, Answer]:
    """State and algorithm where a service encrypts all by AES-256, as it documents."""
    return (
        EncryptionAtRest.state.documented(AtRest.ENCRYPTED, basis),
        EncryptionAtRest.algorithms.documented(frozenset({"AES-256"}), basis),
    )


def held(path: str, default: Default | None = None) -> tuple[Answer, Answer]:
    """Owner and name of the key that is named at the path; the ask `key` tells the owner. Where the service documents
    what it means that none is named, that is the default.
    """

    def owner(view: View) -> KeyOwner:
        if default and view.at(path, text, missing=None) is None:
            return default.owner
        return view.at(MANAGER, MANAGERS)

    def key(view: View) -> str:
        return view.at(path, text, missing=default.key) if default else view.at(path, text)

    return EncryptionAtRest.owner.by(owner, path, MANAGER), EncryptionAtRest.key.by(key, path)


def worded(path: str, owned: str) -> tuple[Answer, Answer]:
    """Owner and name of the key that is named at the path, where the service writes the word `owned` for a key that AWS
    owns; of any other the ask `key` tells the owner.
    """

    def owner(view: View) -> KeyOwner:
        return OWNED.owner if view.at(path, text) == owned else view.at(MANAGER, MANAGERS)

    def key(view: View) -> str:
        name = view.at(path, text)
        return OWNED.key if name == owned else name

    return EncryptionAtRest.owner.by(owner, path, MANAGER), EncryptionAtRest.key.by(key, path)
