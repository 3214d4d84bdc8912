"""Stage `documents`: what the run says about itself, from the heads and figures of stages before.

The signed pointer lies outside the pipeline, and no clock is read: the same run, the same bytes.

`python -m training.stages.documents`
"""

from __future__ import annotations

from pathlib import Path

from training.documents.building import build_documents, write_documents
from training.documents.facts import Sources

_OUT = Path("reports/documents")


def main() -> None:
    """Write the documents."""
    files = build_documents(
        Sources(
            models=Path("models/trained"),
            reports=Path("reports"),
            params=Path("params.yaml"),
            events=Path("data/events"),
            capacities=Path("seeds/capacities.yaml"),
        ),
        Path("seeds/deployment.yaml"),
        as_of=None,
    )
    write_documents(files, _OUT)


if __name__ == "__main__":
    main()
