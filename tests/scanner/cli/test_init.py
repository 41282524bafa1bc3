"""A first policy, from what was found, from flags and from answers. Whatever the clouds are named, it loads."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from scanner import registry
from scanner.cli.init import Answers, Proposed, _place, command, environments, written
from scanner.cli.inventory import Found, Item, Told, named
from scanner.cli.main import run
from scanner.collect.identity import Identity
from scanner.collect.model import Account, CredentialError
from scanner.policy import Policy, loads
from tests.scanner.cli.conftest import Shop, box


def item(name: str, *homes: str, kind: str = "data", **tags: str) -> Item:
    return Item(name, "aws", "1", "aws.box", kind, True, "", name, Told(homes), Told(), Told(tuple(tags.items())))


def read(text: str) -> Policy:
    providers = registry.providers()
    types = [kind.name for each in providers.values() for kind in each.types]
    return loads(text, "made", checks=registry.checks(), types=types, providers=["aws", "azure", "gcp"])


SCOPES = named(("111111111111",), ("00000000-0000-0000-0000-000000000001",), ("acme-prod", "folders/1"))


def test_everything_that_is_found_is_proposed(shop: Shop, tmp_path: Path, capsys: Any) -> None:
    shop.things = [
        *(box(f"p{n}", env="prod") for n in range(3)),
        *(box(f"t{n}", copy="aws:us-east-1", env="test") for n in range(2)),
        box("x", Environment="prod"),
    ]
    assert run(["init"]) == 0
    text = (tmp_path / "asdeclared.yaml").read_text()
    policy = read(text)
    assert policy.scopes == {"aws": {"accounts": ["111111111111"]}}
    assert {name: each.tags for name, each in policy.environments.items()} == {
        "production": {"env": ("prod",)},
        "test": {"env": ("test",)},
    }
    assert [each.id for each in policy.promises][-1] == "environments-apart"
    assert policy.promises[0].says == "All data is kept in GB."
    for line in (
        '      - "111111111111"   # acme prod',
        "# Proposed from the tag env, which 5 of 6 resources have.",
        "# Other tags that may tell: Environment. An environment needs every tag that it names.",
        "# By its name, aws account 111111111111 may be production: give it to that environment if it is.",
        '  production: {tags: {"env": ["prod"]}}   # 3 resources',
        "  # Data was found in: aws:eu-west-2 (6).",
        "  # Copies of it in: aws:us-east-1 (2).",
    ):
        assert line in text.splitlines()
    said = capsys.readouterr()
    assert said.out == ""
    assert "Wrote asdeclared.yaml" in said.err


def test_offline_looks_at_nothing(shop: Shop, tmp_path: Path) -> None:
    assert run(["init", "made.yaml", "--offline", "--aws", "222222222222", "--place", "EU", "--aws-role", "r"]) == 0
    assert shop.scopes == []
    policy = read((tmp_path / "made.yaml").read_text())
    assert policy.scopes == {"aws": {"accounts": ["222222222222"], "role": "r"}}
    assert policy.organisation == "Example SaaS Ltd"
    assert policy.promises[0].says == "All data is kept in EU."
    assert set(policy.environments) == {"production", "test"}


def test_named_accounts_are_written_though_nothing_can_be_seen(shop: Shop, tmp_path: Path, capsys: Any) -> None:
    shop.accounts = ()
    assert run(["init", "--aws", "222222222222"]) == 0
    assert "Nothing could be looked at" in capsys.readouterr().err
    assert read((tmp_path / "asdeclared.yaml").read_text()).scopes == {"aws": {"accounts": ["222222222222"]}}


def test_a_gap_is_told(shop: Shop, capsys: Any) -> None:
    shop.refused = True
    assert run(["init"]) == 0
    assert "not seen: aws 111111111111 north: things.list" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--offline"], 3, "With --offline name at least one account"),
        (["there.yaml", "--offline", "--aws", "111111111111"], 3, "there.yaml is there already"),
        (["--offline", "--aws", "nonsense"], 3, "asdeclared.yaml was not written"),
        (["--aws", "nonsense"], 3, "12 digits"),
        (["--offline", "--aws", "111111111111", "--place", "Atlantis"], 3, "Atlantis"),
        (["there.yaml/made.yaml", "--offline", "--aws", "111111111111"], 4, "name another file"),
    ],
)
def test_mistakes_write_nothing(
    shop: Shop, tmp_path: Path, capsys: Any, arguments: list[str], code: int, told: str
) -> None:
    assert shop
    (tmp_path / "there.yaml").write_text("mine")
    assert run(["init", *arguments]) == code
    assert told in capsys.readouterr().err
    assert [each.name for each in tmp_path.iterdir()] == ["there.yaml"]
    assert (tmp_path / "there.yaml").read_text() == "mine"


def test_without_accounts_and_credentials(shop: Shop, tmp_path: Path, capsys: Any) -> None:
    shop.identity = CredentialError("log in")
    assert run(["init"]) == 4
    said = capsys.readouterr().err
    assert "log in" in said
    assert "--offline" in said
    assert not list(tmp_path.iterdir())


def test_a_file_that_came_meanwhile_is_left_alone(shop: Shop, tmp_path: Path, monkeypatch: Any) -> None:
    assert shop
    (tmp_path / "asdeclared.yaml").write_text("mine")
    monkeypatch.setattr(Path, "exists", lambda _: False)
    assert run(["init", "--offline", "--aws", "111111111111"]) == 3
    assert (tmp_path / "asdeclared.yaml").read_text() == "mine"


@pytest.mark.parametrize(
    ("answers", "scope", "says", "organisation"),
    [
        (["", "", "", "", ""], {"aws": {"accounts": ["111111111111"]}}, "All data is kept in EEA.", "Example SaaS Ltd"),
        (
            ["Acme", "111111111111, 222222222222", "-", "-", "reader", "GB"],
            {"aws": {"accounts": ["111111111111", "222222222222"], "role": "reader"}},
            "All data is kept in GB.",
            "Acme",
        ),
        (
            ["Acme", "111111111111,222222222222", "", "", "-", "EU"],
            {"aws": {"accounts": ["111111111111", "222222222222"]}},
            "All data is kept in EU.",
            "Acme",
        ),
        (
            ["Acme", "-", "00000000-0000-0000-0000-000000000001", "acme-prod", "EU"],
            {
                "azure": {"subscriptions": ["00000000-0000-0000-0000-000000000001"]},
                "gcp": {"parents": ["projects/acme-prod"]},
            },
            "All data is kept in EU.",
            "Acme",
        ),
    ],
    ids=["as proposed", "a role", "no role", "other clouds"],
)
def test_questions(
    shop: Shop, tmp_path: Path, answers: list[str], scope: Mapping[str, Any], says: str, organisation: str
) -> None:
    assert shop
    done = CliRunner().invoke(command, ["--ask"], input="\n".join(answers) + "\n")
    assert done.exit_code == 0, done.output
    assert done.stdout == ""
    policy = read((tmp_path / "asdeclared.yaml").read_text())
    assert (policy.scopes, policy.promises[0].says, policy.organisation) == (scope, says, organisation)


def test_questions_need_an_account(shop: Shop, tmp_path: Path) -> None:
    assert shop
    done = CliRunner().invoke(command, ["--ask"], input="Acme\n-\n-\n-\n")
    assert done.exit_code != 0
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("items", "tag", "proposed"),
    [
        ([], "", ()),
        ([item("a", env="PROD"), item("b", env="live")], "env", (Proposed("production", "env", ("PROD", "live"), 2),)),
        (
            [item("a", env="qa"), item("b", env="demo"), item("c", env="demo")],
            "env",
            (Proposed("demo", "env", ("demo",), 2), Proposed("test", "env", ("qa",), 1)),
        ),
        ([item("a", env="Not A Slug!")], "", ()),
        ([item(str(n), env=f"customer-{n}") for n in range(13)], "", ()),
        (
            [*(item(str(n), env=f"customer-{n}") for n in range(13)), item("z", stage="stg")],
            "stage",
            (Proposed("staging", "stage", ("stg",), 1),),
        ),
        ([item("a", colour="prod")], "", ()),
        (
            [item("a", kind="data", **{"deployment-stage": "uat"})],
            "deployment-stage",
            (Proposed("staging", "deployment-stage", ("uat",), 1),),
        ),
        ([item("a", env="", Env="prod")], "Env", (Proposed("production", "Env", ("prod",), 1),)),
    ],
    ids=["nothing", "case", "other", "no name", "too many", "the next tag", "no key", "hyphen", "empty value"],
)
def test_environments(items: list[Item], tag: str, proposed: tuple[Proposed, ...]) -> None:
    assert environments(items) == (tag, proposed)


@pytest.mark.parametrize(
    ("homes", "place"),
    [
        ([], "EEA"),
        (["aws:eu-west-2"] * 3 + ["aws:us-east-1"], "GB"),
        (["aws:eu-west-1", "aws:eu-central-1", "azure:westeurope"], "EEA"),
        (["aws:us-east-1", "aws:ap-northeast-1"], "US"),
        (["global", "unplaced"], "EEA"),
    ],
)
def test_the_place(homes: list[str], place: str) -> None:
    items = tuple(item(str(number), home) for number, home in enumerate(homes))
    noise = item("s", "aws:ap-northeast-1", kind="config")
    assert _place(Answers("", "", {}, Found((*items, noise), (), ()))) == place


@given(st.text(), st.text(min_size=1), st.text(min_size=1), st.text())
def test_no_name_breaks_the_file(organisation: str, key: str, value: str, account: str) -> None:
    items = (item("a", env=value), item("b", **{"env": "prod", key: value}))
    seen = {"provider": "aws", "id": "111111111111", "name": f"prod {account}", "reached": True}
    gcp = {"provider": "gcp", "id": f"prod-{account}", "name": "", "reached": True}
    text = written(Answers(organisation.strip() or "x", "GB", SCOPES, Found(items, (seen, gcp), ())))
    policy = read(text)
    assert policy.organisation == (organisation.strip() or "x")
    assert policy.scopes["gcp"] == {"parents": ["projects/acme-prod", "folders/1"]}
    assert all(line.isprintable() for line in text.split("\n"))
    assert {each for env in policy.environments.values() for each in env.tags["env"]} <= {value, "prod"}


def test_two_accounts_without_a_role_get_a_hint(shop: Shop, tmp_path: Path) -> None:
    shop.accounts = tuple(Account("aws", each * 12) for each in "12")
    shop.identity = Identity("a file", scope={})
    assert run(["init"]) == 0
    assert "    # role: asdeclared-reader" in (tmp_path / "asdeclared.yaml").read_text()
