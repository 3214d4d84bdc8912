"""Texts of templates are found as Jinja reads them, and one that cannot be found is a fault."""

from __future__ import annotations

import pytest

from serving.review.pages import TEMPLATES
from serving.template_texts import said_in_templates, texts_of


def test_no_template_hides_a_text() -> None:
    assert [fault for texts in said_in_templates(TEMPLATES) for fault in texts.faults] == []


def test_texts_are_found_wherever_they_are_said() -> None:
    source = """
    {% if a %}{{ say("One") }}{% endif %}<a title="{{ say('Two {x}', x=say("Three")) }}">
    {% set t = spoken.words("Four") %}{% for b in c if say("Five") %}{% endfor %}
    {{ say_counted("{n} case", "{n} cases", n=3) }}{% macro m(d=say("Six")) %}{% endmacro %}
    {# {{ say("not said") }} #}
    """

    found = texts_of(source, name="a.html")

    assert found.faults == ()
    assert {(m.text, m.plural) for m in found.messages} == {
        ("One", None), ("Two {x}", None), ("Three", None), ("Four", None), ("Five", None),
        ("Six", None), ("{n} case", "{n} cases"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("\n{{ say(text) }}", "a.html:2: say() needs its text as a literal."),
        ('{{ say("a" ~ b) }}', "a.html:1: say() needs its text as a literal."),
        ('{{ say_counted("one", more, n=2) }}',
         "a.html:1: say_counted() needs its text as a literal."),
        ("{{ spoken.say(text) }}", "a.html:1: say() needs its text as a literal."),
        ("{{ say() }}", "a.html:1: say() needs its text as a literal."),
        ("{{ texts | map(say) }}", "a.html:1: say is used without being called."),
        ("{% set s = spoken.words %}", "a.html:1: words is used without being called."),
    ],
)  # fmt: skip
def test_a_text_that_cannot_be_found_is_a_fault(source: str, fault: str) -> None:
    assert texts_of(source, name="a.html").faults == (fault,)
