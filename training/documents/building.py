"""The four documents, each in Markdown and as a page, from the run and the deployment file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment

from features.errors import VardarError
from models.files import write_whole
from models.policy import LEAST_RANDOM_SHARE
from training.documents import choices
from training.documents.deployment import blanks, load_deployment, marked, refuse_blanks
from training.documents.facts import Facts, Sources, gather
from training.documents.in_short import in_short
from training.documents.markdown import environment, rendered
from training.documents.page import page
from training.documents.risks import LAW, RISKS, UNINTENDED
from training.documents.rows import ROWS, risk_rows
from training.documents.wording import LEAST_TOLD
from training.params import load_params

#: Names of the documents and of their templates.
DOCUMENTS = ("model-card", "datasheet", "technical-documentation", "impact-assessment")


def build_documents(
    sources: Sources,
    deployment_file: Path,
    *,
    as_of: datetime | None,
    draft: bool = False,
    names: Sequence[str] = DOCUMENTS,
) -> dict[str, bytes]:
    """Documents by their files' names; the same run gives the same bytes.

    Args:
        sources: Where the run lies.
        deployment_file: What only the office can say.
        as_of: The moment the documents speak of; None where no clock may be read.
        draft: Whether blank mandatory fields are marked instead of refused.
        names: Which of them.

    Raises:
        DeploymentRefused: when a mandatory field is blank, naming all of them.
        VardarError: when something that is there cannot be read.
    """
    deployment = load_deployment(deployment_file)
    risks = tuple(load_params(sources.params).targets)
    missing = blanks(deployment, risks)
    if not draft:
        refuse_blanks(deployment, risks, deployment_file)
    facts = gather(sources, marked(deployment, risks), said=deployment_file, as_of=as_of)
    return made_of(facts, missing, names)


def moment_of(text: str | None) -> datetime:
    """The moment of an ISO time with its zone; now, where there is none.

    Raises:
        VardarError: if it cannot be read, or names no zone.
    """
    if text is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise VardarError(f"{text} is no moment; write it as 2026-05-01T00:00:00Z.") from None
    if moment.tzinfo is None:
        raise VardarError(f"{text} has no zone; end it with Z for UTC.")
    return moment.astimezone(UTC)


def made_of(
    facts: Facts, missing: Sequence[str] = (), names: Sequence[str] = DOCUMENTS
) -> dict[str, bytes]:
    """Documents by their files' names, from what is known; `missing` marks a draft."""
    values: Mapping[str, object] = {
        "f": facts,
        "d": facts.deployment,
        "missing": missing,
        "risk_rows": risk_rows(facts.deployment, facts.params),
        "in_short": in_short(facts),
        "risks": RISKS,
        "unintended": UNINTENDED,
        "law": LAW,
        "choices": choices,
        "least_random": LEAST_RANDOM_SHARE,
        "least_told": LEAST_TOLD,
    }
    files: dict[str, bytes] = {}
    for name in names:
        text = rendered(_templates().get_template(f"{name}.md.j2"), values)
        files[f"{name}.md"] = text.encode()
        files[f"{name}.html"] = page(text).encode()
    return files


def write_documents(files: Mapping[str, bytes], folder: Path) -> None:
    """Write them into a folder."""
    for name, content in files.items():
        write_whole(folder / name, content)


@cache
def _templates() -> Environment:
    # Compiling them takes longer than filling them.
    return environment(ROWS)
