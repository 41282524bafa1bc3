"""App Service: web apps, function apps and their slots.

What the listing says of the configuration is mostly null; the lowest TLS version, FTP and the access restrictions are
told by the child `config/web`. The content lies in Azure Storage; what an app writes to the temporary disk of a worker,
which is not encrypted and not kept, is no content here.

Documents relied upon: the models SiteProperties, SiteConfig, IpSecurityRestriction and HostNameSslState of
azure-mgmt-web, "Azure security baseline for App Service", and on learn.microsoft.com/azure/app-service: "Access
restrictions", "Deploy your app using FTP/S"; in /storage: "Azure Storage encryption for data at rest".
"""

from __future__ import annotations

from datetime import datetime
from functools import partial

from scanner.collect.model import ResourceType
from scanner.facts import (
    JSON,
    Backup,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Inapplicable,
    KeyOwner,
    Lineage,
    Location,
    LogStore,
    Node,
    NotApplicable,
    NotKnown,
    Reason,
    Tls,
    Trust,
    Unknown,
    View,
    flag,
    no,
    text,
)
from scanner.providers.azure.graph import HOMES, TAGS, child, seen, words
from scanner.providers.azure.parts import (
    BY_ROLES,
    DOTTED,
    NETWORK,
    any_true,
    at_rest,
    listed,
    network_lets_everybody,
)

SITES, VERSION = "Microsoft.Web/sites", "2025-05-01"
STORED = "https://learn.microsoft.com/security/benchmark/azure/baselines/app-service-security-baseline"

HTTPS, FTP = "item:/properties/httpsOnly", "config:/properties/ftpsState"
MINIMUM, SCM_MINIMUM = "config:/properties/minTlsVersion", "config:/properties/scmMinTlsVersion"
HOSTS = "item:/properties/hostNameSslStates"
ENVIRONMENT = "item:/properties/hostingEnvironmentProfile/id"
RULES = "config:/properties/ipSecurityRestrictions"
SCM_RULES = "config:/properties/scmIpSecurityRestrictions"
SCM_AS_MAIN = "config:/properties/scmIpSecurityRestrictionsUseMain"
RULE_PATHS = tuple(f"{at}/*/{part}" for at in (RULES, SCM_RULES) for part in ("ipAddress", "action", "headers"))
DEFAULT = "config:/properties/ipSecurityRestrictionsDefaultAction"
SCM_DEFAULT = "config:/properties/scmIpSecurityRestrictionsDefaultAction"

PLAIN_FTP = words({"AllAllowed": True, "FtpsOnly": False, "Disabled": False})
LETS_IN = words({"Allow": True, "Deny": False})
BACKUPS = "custom backups are read by a POST, and which automatic ones there are depends on the plan: neither is read"


def _plaintext(view: View) -> bool:
    """Over HTTP, or over FTP, by which its files are read and written."""
    return any_true((seen(lambda: view.at(HTTPS, no)), seen(lambda: view.at(FTP, PLAIN_FTP))))


def _minimum(view: View) -> Tls:
    """The lower of the app's own and of its deployment site's, which gives access to the files."""
    return min(view.at(MINIMUM, DOTTED), view.at(SCM_MINIMUM, DOTTED), key=list(Tls).index)


def _expires(view: View) -> datetime:
    bound = words({"SniEnabled": True, "IpBasedEnabled": True, "Disabled": False})
    if any_true(seen(partial(host.at, "/sslState", bound)) for host in view.each(HOSTS)):
        raise NotKnown(Unknown(Reason.NOT_ASKED, "the certificates of the app's own host names are not read"))
    raise NotApplicable(Inapplicable("the app has no host name but Microsoft's, whose certificate is Microsoft's own"))


def _public(view: View) -> bool:
    # An empty text is a value that the model allows; private endpoints then decide.
    access = view.at(NETWORK, _access, missing="")
    if access == "disabled":
        return False
    if view.at(ENVIRONMENT, text, missing=""):
        raise NotKnown(Unknown(Reason.NOT_ASKED, "the app's environment decides who reaches it, and is not read"))
    if not _lets_everybody(view, RULES, DEFAULT):
        _not_by_scm(view)
        return False
    if not access:
        raise NotKnown(Unknown(Reason.NOT_ASKED, "public access is neither on nor off: private endpoints decide"))
    return True


def _access(value: JSON) -> str:
    return "" if value == "" else words({"Enabled": "enabled", "Disabled": "disabled"})(value)


def _not_by_scm(view: View) -> None:
    """The deployment site has its own rules, unless it uses the app's. Raises NotKnown where it lets everybody in."""
    if not view.at(SCM_AS_MAIN, flag) and _lets_everybody(view, SCM_RULES, SCM_DEFAULT):
        raise NotKnown(Unknown(Reason.UNDECIDED, "its deployment site, which asks for a credential, lets everybody in"))


def _lets_everybody(view: View, rules_at: str, default: str) -> bool:
    """Whether a rule lets everybody in, or no rule matches and the default does ("Access restrictions"): with rules of
    any sort the default is to deny, unless it says otherwise.
    """
    rules = list(view.each(rules_at))
    if not rules or view.at(default, LETS_IN, missing=False):
        return view.at(default, LETS_IN)
    return any_true(seen(partial(_rule_lets_everybody, rule)) for rule in rules)


def _rule_lets_everybody(rule: Node) -> bool:
    if not rule.at("/action", LETS_IN):
        return False
    # A rule for a subnet or a service tag has no network here.
    open_ = rule.at("/ipAddress", _is_everybody, missing=False)
    if open_ and rule.at("/headers", bool, missing=False):
        raise NotKnown(Unknown(Reason.UNDECIDED, "a rule lets in whoever sends certain headers"))
    return open_


def _is_everybody(value: JSON) -> bool:
    address = text(value)
    if address == "Any":
        return True
    # Several networks have commas between.
    return any_true(seen(partial(_part_lets_everybody, part.strip())) for part in address.split(","))


def _part_lets_everybody(part: str) -> bool:
    """Raises NotKnown for a service tag, which is a name."""
    if ":" not in part and not part[:1].isdigit():
        raise NotKnown(
            Unknown(Reason.UNDECIDED, f"a rule lets in the service tag {part}, which other customers may use")
        )
    return network_lets_everybody(part)


def _site(name: str, native: str) -> ResourceType:
    return listed(
        name,
        native,
        (
            TAGS,
            HOMES,
            Location.copies.gap(BACKUPS),
            *at_rest(STORED),
            EncryptionAtRest.owner.documented(KeyOwner.PROVIDER, STORED),
            EncryptionAtRest.key.documented("provider", STORED),
            EncryptionInTransit.plaintext.by(_plaintext, HTTPS, FTP),
            EncryptionInTransit.minimum_tls.by(_minimum, MINIMUM, SCM_MINIMUM),
            EncryptionInTransit.certificate_expires.by(_expires, f"{HOSTS}/*/sslState"),
            Exposure.public.by(_public, NETWORK, ENVIRONMENT, DEFAULT, SCM_DEFAULT, SCM_AS_MAIN, *RULE_PATHS),
            Backup.plans.gap(BACKUPS),
            Lineage.origins.gap("Azure does not tell what an app was cloned, swapped or restored from"),
        ),
        ask={"config": child(f"{native}/config/read", "config/web", VERSION)},
        without={LogStore: "an app is not a store of logs", Trust: BY_ROLES},
        unordered=(HOSTS, RULES, SCM_RULES),
    )


SITE, SLOT = _site("azure.web.site", SITES), _site("azure.web.slot", f"{SITES}/slots")
TYPES = (SITE, SLOT)
