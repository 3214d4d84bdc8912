"""The Compose file says what its specification allows, hides what is secret, and opens no door.

There may be no Docker where the tests run, so the rules of the specification that the file uses are held here.
"""

from __future__ import annotations

import ipaddress
import re
import stat
import subprocess
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

ROOT = Path(__file__).parents[2]

_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT, "uniqueItems": True, "minItems": 1}
_DURATION = {"type": "string", "pattern": r"^([0-9]+(us|ms|s|m|h))+$"}
_NAMES = {"type": "object", "patternProperties": {"^[a-zA-Z0-9._-]+$": {}}, "minProperties": 1,
          "additionalProperties": False}  # fmt: skip


def _object(required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required),
            "additionalProperties": False}  # fmt: skip


_HEALTH = _object(
    ("test", "interval", "timeout", "retries"),
    test={"type": "array", "prefixItems": [{"enum": ["CMD", "CMD-SHELL", "NONE"]}], "items": _TEXT,
          "minItems": 2},
    interval=_DURATION, timeout=_DURATION, start_period=_DURATION,
    retries={"type": "integer", "minimum": 1},
)  # fmt: skip
_SERVICE = _object(
    build=_TEXT, image=_TEXT, user=_TEXT, read_only={"type": "boolean"}, healthcheck=_HEALTH,
    environment={"type": "object", "additionalProperties": {"type": ["string", "number", "null"]}},
    depends_on={"type": "object", "additionalProperties": _object(
        ("condition",), condition={"enum": ["service_started", "service_healthy",
                                            "service_completed_successfully"]})},
    volumes=_TEXTS, secrets=_TEXTS, networks=_TEXTS, ports=_TEXTS, tmpfs=_TEXTS, cap_drop=_TEXTS,
    security_opt=_TEXTS, stop_grace_period=_DURATION,
    configs={"type": "array", "items": _object(("source",), source=_TEXT, target=_TEXT)},
    restart={"enum": ["no", "always", "on-failure", "unless-stopped"]},
)  # fmt: skip
#: Of the Compose specification, what the file uses; anything else is refused.
SCHEMA = _object(
    ("services",),
    name={"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]*$"},
    services={**_NAMES, "patternProperties": {"^[a-zA-Z0-9._-]+$": _SERVICE}},
    networks={"type": "object", "additionalProperties": _object(internal={"type": "boolean"})},
    secrets={"type": "object", "additionalProperties": _object(("file",), file=_TEXT)},
    configs={"type": "object", "additionalProperties": _object(("file",), file=_TEXT)},
)

_VARIABLE = re.compile(r"\$\{([A-Z_]+)(:-[^}]*)?\}")


def the_file() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
    return read


def faults(compose: dict[str, Any]) -> list[str]:
    """What is wrong with a Compose file, of form and of reference."""
    found = [
        f"{'/'.join(map(str, e.path))}: {e.message}"
        for e in Draft202012Validator(SCHEMA).iter_errors(compose)
    ]
    for name, service in compose["services"].items():
        for part in ("secrets", "networks"):
            found += [f"{name}: no such {part} {one}" for one in service.get(part, ())
                      if one not in compose.get(part, {})]  # fmt: skip
        found += [f"{name}: no such config {one['source']}" for one in service.get("configs", ())
                  if one["source"] not in compose.get("configs", {})]  # fmt: skip
        for other, how in service.get("depends_on", {}).items():
            target = compose["services"].get(other)
            if target is None:
                found.append(f"{name}: no such service {other}")
            elif how["condition"] == "service_healthy" and "healthcheck" not in target:
                found.append(f"{name}: waits for {other}, which has no healthcheck")
        if not service.get("build") and not service.get("image"):
            found.append(f"{name}: neither an image nor how to build one")
    return found


def test_the_file_is_of_the_form_and_all_it_names_is_there() -> None:
    assert faults(the_file()) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param(("services", "store", "healtcheck"), {}, id="a misspelt name"),
        pytest.param(("services", "store", "healthcheck", "interval"), 5, id="no unit"),
        pytest.param(("services", "service", "secrets"), ["other"], id="an unknown secret"),
        pytest.param(("services", "service", "depends_on", "db"),
                     {"condition": "service_healthy"}, id="an unknown service"),
        pytest.param(("services", "service", "networks"), ["lan"], id="an unknown network"),
        pytest.param(("services", "service", "restart"), "often", id="an unknown word"),
        pytest.param(("version"), None, id="what is obsolete"),
    ],
)  # fmt: skip
def test_a_fault_would_be_seen(path: tuple[str, ...] | str, value: Any) -> None:
    broken = deepcopy(the_file())
    *way, last = (path,) if isinstance(path, str) else path
    at = broken
    for name in way:
        at = at[name]
    at[last] = value

    assert faults(broken)


def test_ports_are_open_on_loopback_alone_and_the_store_has_none() -> None:
    services = the_file()["services"]

    assert "ports" not in services["store"]
    for service in services.values():
        for port in service.get("ports", ()):
            host, _, _ = _with_defaults(port).split(":")
            assert ipaddress.ip_address(host).is_loopback
    assert the_file()["networks"]["inside"] == {"internal": True}
    assert services["store"]["networks"] == ["inside"]


def test_every_container_can_write_only_where_it_must_and_gain_nothing() -> None:
    for service in the_file()["services"].values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        uid = _with_defaults(service["user"]).partition(":")[0]
        assert int(uid) > 0
        assert service["healthcheck"]


def test_no_secret_stands_in_a_variable_or_in_the_file() -> None:
    compose = the_file()

    for service in compose["services"].values():
        for name, value in service["environment"].items():
            secret = re.search("PASSWORD|SECRET|KEY|TOKEN|PASS", name)
            assert not secret or str(value).startswith(("/run/secrets/", "/run/configs/"))
            assert not re.search(r"://[^/@]*:[^/@]*@", str(value)), "a password within an address"
    for secret in compose["secrets"].values():
        assert secret["file"].startswith("./var/"), "git ignores that folder"


def test_every_variable_has_a_default() -> None:
    text = (ROOT / "compose.yaml").read_text("utf-8")

    assert [m[0] for m in _VARIABLE.finditer(text) if m[2] is None] == []
    assert text.count("$") == len(_VARIABLE.findall(text))


def test_the_secrets_are_made_once_and_for_their_owner_alone(tmp_path: Path) -> None:
    made = []
    for _ in range(2):
        subprocess.run([ROOT / ".ci/compose-files", tmp_path], check=True)
        files = {p.name: p for p in tmp_path.iterdir() if p.is_file()}
        made.append({name: path.read_text() for name, path in files.items()})

    assert made[0] == made[1]
    assert {s["file"].rpartition("/")[2] for s in the_file()["secrets"].values()} == set(files)
    assert {stat.S_IMODE(path.stat().st_mode) for path in files.values()} == {0o600}
    assert len(bytes.fromhex(made[0]["vardar_secret"])) == 32
    assert made[0]["pgpass"].split(":")[-1].strip() == made[0]["postgres_password"]


def test_the_image_copies_what_is_there_and_runs_as_nobody() -> None:
    lines = [line.split() for line in (ROOT / "Dockerfile").read_text("utf-8").splitlines() if line]
    kept = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    copied = [
        source
        for line in lines
        if line[0] == "COPY" and not line[1].startswith("--from")
        for source in line[1:-1]
    ]

    assert copied
    assert [source for source in copied if not list(ROOT.glob(source))] == []
    assert [source for source in copied if f"!{source}" not in kept] == []
    assert ["USER", "10001"] in lines
    user = lines.index(["USER", "10001"])
    assert all(
        line[0] in ("USER", "EXPOSE", "CMD") or line[0].startswith("#") for line in lines[user:]
    )


def _with_defaults(text: str) -> str:
    return _VARIABLE.sub(lambda m: (m[2] or ":-")[2:], text)
