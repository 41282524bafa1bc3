"""Amazon Simple Email Service: what keeps addresses and mail: contact lists, address lists and archives of mail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    Answer,
    AtRest,
    Backup,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Facet,
    KeyOwner,
    Kind,
    Lineage,
    Location,
    LogStore,
    NotKnown,
    Reason,
    Tagging,
    Trust,
    Unknown,
    View,
    key_values,
    text,
)
from scanner.places import aws
from scanner.providers.aws import keys
from scanner.providers.aws.common import MANAGERS, arn_home

GUIDE = "docs.aws.amazon.com/ses/latest/dg/"
UNTOLD = Unknown(Reason.UNDECIDED, "SES does not tell how it is encrypted where no key is named")
KEY = "archive:/KmsKeyArn"
# Policies of SES are about who may send as an identity (sending-authorization-overview.html of the guide).
CLOSED = Exposure.public.documented(value=False, basis=GUIDE + "sending-authorization-overview.html")
UNTOLD_LIST: tuple[Answer, ...] = (
    EncryptionAtRest.state.unseen(UNTOLD.detail, Reason.UNDECIDED),
    EncryptionAtRest.algorithms.unseen(UNTOLD.detail, Reason.UNDECIDED),
    EncryptionAtRest.owner.unseen(UNTOLD.detail, Reason.UNDECIDED),
    EncryptionAtRest.key.unseen(UNTOLD.detail, Reason.UNDECIDED),
)
WITHOUT: Mapping[type[Facet], str] = {
    Backup: "SES makes no backups",
    EncryptionInTransit: "it takes no connections; the API of SES does",
    Lineage: "it is not restored or copied from anything",
    LogStore: "not a log store",
    Trust: "only identities have policies, which are about sending",
}


def _home(view: View) -> Iterable[str]:
    yield aws(view.where.region)


def _tags(arn: str, follows: str = "") -> Call:
    return Call(
        "ses:ListTagsForResource", "mailmanager.list_tags_for_resource", take={"ResourceArn": arn}, follows=follows
    )


def _keyed(view: View) -> str:
    named = view.at(KEY, text, missing=None)
    if named is None:
        raise NotKnown(UNTOLD)
    return named


def _state(view: View) -> AtRest:
    _keyed(view)
    return AtRest.ENCRYPTED


def _owner(view: View) -> KeyOwner:
    _keyed(view)
    return view.at(keys.MANAGER, MANAGERS)


CONTACTS = ResourceType(
    "aws.ses.contact-list",
    "AWS::SES::ContactList",
    Kind.DATA,
    each=Call("ses:ListContactLists", "sesv2.list_contact_lists", items="/ContactLists"),
    id="arn:{@partition}:ses:{@region}:{@account}:contact-list/{/ContactListName}",
    label="/ContactListName",
    ask={"list": Call("ses:GetContactList", "sesv2.get_contact_list", take={"ContactListName": "/ContactListName"})},
    facts=(
        Location.homes.items(_home),
        Location.copies.none("a contact list lies in one region"),
        *UNTOLD_LIST,
        CLOSED,
        Tagging.tags.at("list:/Tags", key_values),
    ),
    without=WITHOUT,
    unordered=("list:/Tags",),
)

ADDRESSES = ResourceType(
    "aws.ses.address-list",
    "AWS::SES::MailManagerAddressList",
    Kind.DATA,
    each=Call("ses:ListAddressLists", "mailmanager.list_address_lists", items="/AddressLists"),
    id="{/AddressListArn}",
    label="/AddressListName",
    ask={"tags": _tags("/AddressListArn")},
    facts=(
        Location.homes.one("item:/AddressListArn", arn_home),
        Location.copies.none("an address list lies in one region"),
        *UNTOLD_LIST,
        CLOSED,
        Tagging.tags.at("tags:/Tags", key_values),
    ),
    without=WITHOUT,
    unordered=("tags:/Tags",),
)

ARCHIVE = ResourceType(
    "aws.ses.mail-archive",
    "AWS::SES::MailManagerArchive",
    Kind.DATA,
    each=Call("ses:ListArchives", "mailmanager.list_archives", items="/Archives"),
    id="arn:{@partition}:ses:{@region}:{@account}:mailmanager-archive/{/ArchiveId}",
    label="/ArchiveName",
    ask={
        "archive": Call("ses:GetArchive", "mailmanager.get_archive", take={"ArchiveId": "/ArchiveId"}),
        "key": keys.ask("/KmsKeyArn", follows="archive"),
        "tags": _tags("/ArchiveArn", follows="archive"),
    },
    facts=(
        Location.homes.items(_home),
        Location.copies.none("an archive lies in one region; what is exported lies in a bucket"),
        EncryptionAtRest.state.by(_state, KEY),
        EncryptionAtRest.algorithms.unseen("SES does not tell which cipher is used", Reason.UNDECIDED),
        EncryptionAtRest.owner.by(_owner, KEY, keys.MANAGER),
        EncryptionAtRest.key.by(_keyed, KEY),
        CLOSED,
        Tagging.tags.at("tags:/Tags", key_values),
    ),
    without=WITHOUT,
    unordered=("tags:/Tags",),
)

TYPES = (CONTACTS, ADDRESSES, ARCHIVE)
LIMITS = ("SES: mail that receipt rules write goes to buckets and functions, which answer for themselves.",)
