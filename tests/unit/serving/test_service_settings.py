"""What the environment may say, and what is made of it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from serving.settings import InvalidSetting, clock_of, read_settings


def test_the_store_lies_at_home_unless_it_is_named() -> None:
    assert read_settings({"VARDAR_HOME": "/srv/vardar"}).store == "sqlite:////srv/vardar/ledger.db"
    assert read_settings({"VARDAR_STORE": "postgresql://db/v"}).store == "postgresql://db/v"


def test_several_keys_may_be_trusted() -> None:
    trusted = read_settings({"VARDAR_TRUSTED_KEYS": "/a.pub:/b.pub"}).trusted

    assert trusted == (Path("/a.pub"), Path("/b.pub"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("VARDAR_AS_IF", "2026-07-01T06:00:00", id="a moment needs its zone"),
        pytest.param("VARDAR_AS_IF", "yesterday", id="a moment is RFC 3339"),
        pytest.param("VARDAR_WORKERS", "0", id="at least one process serves"),
        pytest.param("VARDAR_WORKERS", "2", id="an embedded store has one writer"),
        pytest.param("VARDAR_MOST_WAITING", "1.5", id="a count is whole"),
    ],
)
def test_a_variable_that_cannot_be_read_is_named(name: str, value: str) -> None:
    with pytest.raises(InvalidSetting, match=name):
        read_settings({name: value})


def test_a_rehearsals_clock_starts_at_its_moment_and_runs_on() -> None:
    clock = clock_of(read_settings({"VARDAR_AS_IF": "2026-07-01T08:00:00+02:00"}))
    first, second = clock(), clock()

    start = int(datetime(2026, 7, 1, 6, tzinfo=UTC).timestamp()) * 1_000_000
    assert start <= first <= second < start + 60_000_000


def test_an_office_has_its_own_policy_of_access_or_the_seeded_one(tmp_path: Path) -> None:
    home = {"VARDAR_HOME": str(tmp_path)}
    assert read_settings(home).access.parts[-2:] == ("seeds", "access.yaml")

    (tmp_path / "access.yaml").write_text("")

    assert read_settings(home).access == tmp_path / "access.yaml"
    assert read_settings({**home, "VARDAR_ACCESS": "/etc/a.yaml"}).access == Path("/etc/a.yaml")


def test_a_provider_is_named_by_issuer_and_client_and_its_secret_lies_in_a_file(
    tmp_path: Path,
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("of the provider\n")
    named = {
        "VARDAR_OIDC_ISSUER": "https://id.example/realm/",
        "VARDAR_OIDC_CLIENT_ID": "vardar",
        "VARDAR_OIDC_CLIENT_SECRET_FILE": str(secret),
        "VARDAR_PUBLIC_URL": "https://vardar.example/",
    }
    settings = read_settings(named)

    assert settings.provider is not None
    assert settings.provider.issuer == "https://id.example/realm"
    assert settings.provider.client_secret == "of the provider"
    assert "of the provider" not in repr(settings)
    assert settings.public_url == "https://vardar.example"
    assert read_settings({}).provider is None
    with pytest.raises(InvalidSetting, match="go together"):
        read_settings({"VARDAR_OIDC_ISSUER": "https://id.example"})


def test_a_providers_secret_that_cannot_be_read_is_named() -> None:
    named = {
        "VARDAR_OIDC_ISSUER": "https://id.example",
        "VARDAR_OIDC_CLIENT_ID": "vardar",
        "VARDAR_OIDC_CLIENT_SECRET_FILE": "/nowhere/secret",
    }
    with pytest.raises(InvalidSetting, match="VARDAR_OIDC_CLIENT_SECRET_FILE"):
        read_settings(named)
