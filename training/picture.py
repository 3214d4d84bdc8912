"""An evaluation as one page: each head beside all that could stand in its place, nothing fetched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from training.comparing import html
from training.comparing.sections import head_section
from training.evaluate import Result

_LEAD = (
    "Movements that no fit has seen, ranked by the head that serves, by a challenger where there is "
    "one, by logistic regression on the same columns, by the office's rules and by chance; where the "
    "truth is known, by the true risk (the oracle). Inspections are no fair sample, so figures for all "
    "movements are inferred from the recorded propensities (doubly robust), with 95 % intervals of "
    "what inspections of these very movements would have found."
)


def page(
    results: Sequence[Result],
    rules_only: Sequence[Mapping[str, str]],
    *,
    title: str = "What would be found",
    about: Sequence[str] = (),
) -> str:
    """A section for each head; a sentence for each head there is not.

    Args:
        results: What `training.evaluate.evaluate_all` gives.
        rules_only: subject, risk and reason of heads there are none of.
        title: What the page is called.
        about: Sentences on what is compared.
    """
    heads: dict[str, list[Result]] = {}
    for result in results:
        heads.setdefault(result.head, []).append(result)
    links = "".join(f'<li><a href="#{escape(h)}">{escape(h)}</a></li>' for h in heads)
    body = [html.paragraph(_LEAD, look="lead"), *(html.paragraph(text) for text in about)]
    body.append(f'<nav aria-label="On this page"><ul>{links}</ul></nav>')
    body += [
        html.paragraph(f"{made['subject']}, {made['risk']}: {made['reason']}")
        for made in rules_only
    ]
    body += [head_section(head, members) for head, members in heads.items()]
    return html.whole_page(title, body)
