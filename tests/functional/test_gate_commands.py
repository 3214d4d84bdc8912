"""Keys, the gate and the way back, as a person at a terminal has them."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from features.ledger.keyring import write_secret
from models.champion import load_champion, promote_challenger, write_pointer
from models.heads import save_head
from models.signature import load_signing_key
from tests.factories import A_KEYRING
from tests.gates import an_office, ledger_with_plates, write_events, write_tables
from tests.gates import head as gate_head
from tests.gates import params as gate_params
from tests.heads import a_head
from training.gate.log import decisions
from training.gate.signers import signers_of, trusted_keys
from training.register import signing_key
from vardar import app

RUNNER = CliRunner()


def run(*words: str | Path) -> str:
    result = RUNNER.invoke(app, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    return result.output


def propose(trained: Path, home: Path, version: str, role: str) -> None:
    sha = save_head(a_head(version=version), trained / "consignment-arms")
    write_pointer(
        trained, heads={"consignment-arms": sha}, key=signing_key(home), version=version,
        role=role,  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.mark.slow
def test_an_operator_rolls_back_within_five_seconds_and_it_is_written_down(tmp_path: Path) -> None:
    home, trained = tmp_path / "home", tmp_path / "trained"
    propose(trained, home, "1", "champion")
    propose(trained, home, "2", "challenger")
    run("signers", "create", "operator", "--home", home)
    key = home / "signers" / "operator.key"
    promote_challenger(trained, key=load_signing_key(key))

    told = run(
        "rollback", "--home", home, "--models", trained, "--key", key, "--reason", "False alarms.",
        "--json", tmp_path / "figures.json",
    )  # fmt: skip

    assert told.startswith("1 serves again")
    assert orjson.loads((tmp_path / "figures.json").read_bytes())["figures"]["seconds"] < 5
    assert load_champion(trained, trusted=trusted_keys(home)).version == "1"
    (line,) = decisions(home)
    assert (line["action"], line["reason"]) == ("roll back", "False alarms.")


def test_signers_are_listed_with_what_they_may_do(tmp_path: Path) -> None:
    signing_key(tmp_path)
    run("signers", "create", "second", "--home", tmp_path)

    told = run("signers", "list", "--home", tmp_path)

    assert "signing  (proposes)" in told
    assert "second  (approves, rolls back)" in told
    listed = orjson.loads(run("signers", "list", "--json", "--home", tmp_path))
    assert [(one["name"], one["may"]) for one in listed] == [
        ("signing", "propose"),
        ("second", "approve"),
    ]


def test_a_file_is_signed_beside_itself(tmp_path: Path) -> None:
    run("signers", "create", "second", "--home", tmp_path)
    file = tmp_path / "justification.txt"
    file.write_text("Because.")

    run("signers", "sign", file, "--key", tmp_path / "signers/second.key", "--home", tmp_path)

    assert (tmp_path / "justification.txt.sig").exists()


@pytest.mark.slow
def test_the_gate_lets_a_challenger_serve_and_writes_down_who_asked(tmp_path: Path) -> None:
    ledger = ledger_with_plates(f"sqlite:///{tmp_path}/ledger.db")
    events, tables = write_events(tmp_path / "events"), write_tables(tmp_path / "tables")
    office = an_office(tmp_path, ledger=ledger, events=events)
    office.propose(gate_head(rounds=80), shadowed=False)
    ledger.close()
    write_secret(office.home / "secret.key", A_KEYRING.secret.hex())
    asked = tmp_path / "params.yaml"
    asked.write_bytes(orjson.dumps(gate_params().model_dump(mode="json")))
    where = (
        "--home", office.home, "--models", office.trained, "--params", asked, "--events", events,
        "--tables", tables, "--store", f"sqlite:///{tmp_path}/ledger.db",
    )  # fmt: skip

    run("shadow", *where)
    same = RUNNER.invoke(
        app, ["promote", *map(str, where), "--key", str(office.home / "signing.key")]
    )
    told = run("promote", *where, "--key", office.second)

    assert same.exit_code == 1
    assert "another person must ask for it" in same.output
    assert "honest-80 serves from now on" in told
    assert office.champion().version == "honest-80"
    log = decisions(office.home)
    assert [line["action"] for line in log] == ["shadow", "refuse", "pass", "promote"]
    record = office.home / "gate" / f"{office.champion().pointer_sha256}.json"
    assert log[-1]["record_sha256"] == sha256(record.read_bytes()).hexdigest()
    assert [signer.name for signer in signers_of(record, home=office.home)] == ["second"]
