"""What the gate said, kept whatever it said: as JSON that the asking person signed, and as a page.

gate/<challenger's pointer hash>.json, .json.sig, .html     the latest
gate/<challenger's pointer hash>.<n>.json …                 what was said before
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from models.files import canonical_json, write_whole
from training.gate.signers import sign_file
from training.gate.verdicts import Check, Value

_PAGE = Template("""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Gate: $verdict</title>
<style>
:root { color-scheme: light dark; --line: #bbb; --ok: #1e6b2d; --no: #9c1c1c; --few: #8a5a00 }
@media (prefers-color-scheme: dark) {
  :root { --line: #555; --ok: #7bd08c; --no: #ff8f8f; --few: #f0c060 }
}
body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; font-size: .85rem; margin: .5rem 0 1rem; display: block;
  overflow-x: auto }
th, td { border-bottom: 1px solid var(--line); padding: .2rem .6rem; text-align: left;
  vertical-align: top }
.ok { color: var(--ok) } .refused { color: var(--no) } .insufficient { color: var(--few) }
code { overflow-wrap: anywhere }
</style></head>
<body>
<h1>The gate: <span class="$class_">$verdict</span></h1>
<p>Challenger <strong>$version</strong> (<code>$challenger</code>), proposed by key
<code>$signer</code>, against $champion. Asked for by $asked on $at.</p>
<p>Finds are expected numbers among the movements of $window, which neither has learnt from,
inferred doubly robust from those inspected; intervals are of 95&nbsp;%. Fewer than ten effective hits
say nothing, and are told as insufficient.</p>
$reasons
$accepted
<h2>Checks</h2>
<table><thead><tr><th>check</th><th>head</th><th>verdict</th><th>why</th></tr></thead>
<tbody>$checks</tbody></table>
$details
</body></html>
""")


def keep_record(
    home: Path,
    record: Mapping[str, Any],
    checks: Sequence[Check],
    *,
    key: Ed25519PrivateKey,
) -> Path:
    """Write a record, sign it, and draw its page; earlier records of this challenger stay.

    Returns:
        The JSON file.
    """
    path = home / "gate" / f"{record['challenger']['sha256']}.json"
    if path.exists():
        number = len(list(path.parent.glob(f"{path.stem}.*.json"))) + 1
        for name in (path, path.with_name(path.name + ".sig"), path.with_suffix(".html")):
            if name.exists():
                name.rename(
                    name.with_name(name.name.replace(path.stem, f"{path.stem}.{number}", 1))
                )
    write_whole(path, canonical_json(record))
    sign_file(path, key)
    write_whole(path.with_suffix(".html"), page(record, checks).encode())
    return path


def page(record: Mapping[str, Any], checks: Sequence[Check]) -> str:
    """The record as one page: nothing fetched, no script."""
    champion = record["champion"]
    against = f"champion {champion['version']}" if champion else "no champion"
    lines = "".join(
        f"<tr><td>{escape(c.name)}</td><td>{escape(c.about)}</td>"
        f'<td class="{c.verdict}">{c.verdict}</td><td>{escape(c.sentence)}</td></tr>'
        for c in checks
    )
    return _PAGE.substitute(
        verdict=escape(record["verdict"]),
        class_="ok" if record["verdict"] == "passed" else "refused",
        version=escape(record["challenger"]["version"]),
        challenger=escape(record["challenger"]["sha256"]),
        signer=escape(record["challenger"]["signer"]),
        champion=escape(against),
        asked=escape(f"{record['asked_by']['name']} ({record['asked_by']['key_id']})"),
        at=escape(record["asked_at"]),
        window=escape(record["window"] or "no days"),
        reasons=_list("Refused, because", record["reasons"]),
        accepted=_accepted(record),
        checks=lines,
        details="".join(map(_details, checks)),
    )


def _accepted(record: Mapping[str, Any]) -> str:
    told = ""
    if record["accepted"]:
        reason = escape(record["accept_reason"])
        told = _list(f"Insufficient, and taken on by who asked: “{reason}”", record["accepted"])
    if record["justification"]:
        text = escape(record["justification"]["text"])
        by = escape(", ".join(record["justification"]["signed_by"]))
        told += f"<h2>Justification, signed by {by}</h2><pre>{text}</pre>"
    return told


def _list(title: str, entries: Sequence[str]) -> str:
    if not entries:
        return ""
    each = "".join(f"<li>{escape(entry)}</li>" for entry in entries)
    return f"<h2>{title}</h2><ul>{each}</ul>"


def _details(check: Check) -> str:
    if not check.figures and not check.rows:
        return ""
    title = f"{check.name}: {check.about}" if check.about else check.name
    told = f"<h2>{escape(title)}</h2>"
    if check.figures:
        told += _table([{"figure": n, "value": v} for n, v in check.figures.items()])
    return told + (_table(check.rows) if check.rows else "")


def _table(rows: Sequence[Mapping[str, Value]]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    head = "".join(f"<th>{escape(name.replace('_', ' '))}</th>" for name in names)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(_cell(row.get(name)))}</td>" for name in names) + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(value: Value) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) else value
