"""A deployment file read and judged: blank fields are no fault of its form, but nothing is made of it.

All blank mandatory fields are named at once, with the file to fill them in.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

import yaml
from pydantic import ValidationError

from models.errors import first_fault
from training.documents.deployment_form import OPTIONAL, Deployment
from training.errors import TrainingError

#: How a draft writes what is missing.
MISSING = "MISSING"


class DeploymentRefused(TrainingError):
    """The deployment file cannot be read, or leaves blank what must be said."""


def load_deployment(path: Path) -> Deployment:
    """Read a deployment file; blank fields are taken.

    Raises:
        DeploymentRefused: if it cannot be read, or names a field that there is not.
    """
    try:
        read = yaml.safe_load(path.read_text(encoding="utf-8"))
        # A section without a line under it reads as nothing.
        given = {name: part for name, part in (read or {}).items() if part is not None}
        return Deployment.model_validate(given)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, AttributeError) as error:
        raise DeploymentRefused(f"{path} cannot be read as a deployment file: {error}") from error
    except ValidationError as error:
        raise DeploymentRefused(f"{path} is invalid at {first_fault(error)}.") from error


def blanks(deployment: Deployment, risks: Collection[str]) -> tuple[str, ...]:
    """Mandatory fields that say nothing, such as `controller.contact`, in the file's order.

    Args:
        deployment: What was read.
        risks: The risks that heads are for: each needs a purpose of its own.
    """
    return tuple(name for name, value in _mandatory(deployment, risks) if value in ("", (), None))


def refuse_blanks(deployment: Deployment, risks: Collection[str], path: Path) -> None:
    """Refuse a deployment that leaves mandatory fields blank.

    Raises:
        DeploymentRefused: naming every one of them and the file to fill them in.
    """
    if missing := blanks(deployment, risks):
        many = "one mandatory field" if len(missing) == 1 else f"{len(missing)} mandatory fields"
        raise DeploymentRefused(
            f"{path} leaves {many} blank: {', '.join(missing)}. Fill them in there, "
            "or write a draft that marks them with --draft."
        )


def marked(deployment: Deployment, risks: Collection[str]) -> Deployment:
    """The deployment with "MISSING: controller.contact" in every blank mandatory text."""
    whole = deployment.model_dump()
    for name in blanks(deployment, risks):
        *sections, field = name.split(".")
        part = whole
        for section in sections:
            part = part[section]
        text = f"{MISSING}: {name}"
        # A number has no words; whoever writes it says that it is missing.
        if name.split(".")[0] != "capacity":
            part[field] = (text,) if isinstance(part.get(field), tuple) else text
    return Deployment.model_validate(whole)


def _mandatory(deployment: Deployment, risks: Collection[str]) -> Iterator[tuple[str, object]]:
    for section, part in deployment:
        for name, field in type(part).model_fields.items():
            value = getattr(part, name)
            if isinstance(value, dict):
                for risk in sorted(risks):
                    yield f"{section}.{name}.{risk}", value.get(risk, "")
            elif field.annotation is not bool and OPTIONAL not in field.metadata:
                yield f"{section}.{name}", value
