"""The first page: what this is, what serves, and how to send a first record."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template
from typing import Any

import orjson

_FOLDER = Path(__file__).parent
_STYLE = (_FOLDER / "index_page.css").read_text("utf-8")
_PAGE = Template((_FOLDER / "index_page.html").read_text("utf-8"))

_STYLE_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()

#: Nothing is loaded from anywhere, and nothing runs.
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

_SUBJECTS = {"consignment": "Consignments", "crossing": "Crossings"}


def page(serving: Mapping[str, Any], example: Mapping[str, Any], now: datetime, base: str) -> str:
    """The page as HTML.

    Args:
        serving: What `/v1/model` tells.
        example: A consignment that is accepted now.
        now: The service's time.
        base: The address the page was asked at, with a slash at its end.
    """
    model = serving["model"]
    body = orjson.dumps(example, option=orjson.OPT_INDENT_2).decode()
    key = '-H "Authorization: Bearer $KEY"'
    curl = f"curl --json @- {key} {base}v1/consignments <<'EOF'\n{body}\nEOF"
    return _PAGE.substitute(
        style=_STYLE,
        rehearsal=_REHEARSAL if serving["rehearsal"] else "",
        now=f"{now:%Y-%m-%d %H:%M} UTC",
        model=escape(f"{model['name']} {model['version']}") if model else "none yet",
        model_note=_signed(serving) if model else _NO_MODEL,
        features=serving["features_sha256"][:12],
        epoch=serving["epoch"],
        heads="".join(_row(head) for head in serving["heads"]),
        curl=escape(curl),
    )


_REHEARSAL = (
    '<p class="notice"><strong>Rehearsal.</strong> The service’s clock does not show the real '
    "time; its answers say so.</p>"
)
_NO_MODEL = "Nobody has promoted a model. The office’s rules and chance decide, and answers say so."


def _signed(serving: Mapping[str, Any]) -> str:
    keys = ", ".join(serving["signed_by"])
    return escape(f"sha256 {serving['model']['sha256'][:12]}…, signed by key {keys}")


def _day(moment: str) -> str:
    return f"<time>{escape(moment[:10])}</time>"


def _row(head: Mapping[str, Any]) -> str:
    subject = _SUBJECTS[head["subject"]]
    if "rules_only" in head:
        state, learnt = "Rules and chance", escape(head["rules_only"])
    else:
        state = escape(f"Model {head['version']}")
        learnt = (
            f"{head['trained_hits']:,} finds in {head['trained_rows']:,} movements, "
            f"{_day(head['trained_from'])} to {_day(head['trained_to'])}"
        )
    risk = escape(head["risk"].replace("_", " "))
    return f'<tr><th scope="row">{subject}: {risk}</th><td>{state}</td><td>{learnt}</td></tr>\n'
