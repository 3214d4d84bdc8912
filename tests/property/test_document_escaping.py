"""Whatever a value holds, a document shows it as the text it is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.documents import Page
from training.documents.markdown import bullets, code, escaped, table
from training.documents.page import page

_SIGNS = r"\`*_{}[]<>()#+-.!|~&$:/\"' 1aé" + "\n\t"
values = st.one_of(
    st.text(st.sampled_from(_SIGNS), min_size=1, max_size=30),
    st.text(min_size=1, max_size=30),
    st.sampled_from(
        [
            "<script>alert(1)</script>", "[x](javascript:alert(1))", "![x](http://e.example/x.png)",
            "&lt;b&gt; &amp;", "<!-- -->", "--- ", "1) one", "    code", "http://e.example", "a_b_",
        ]
    ),
).map(lambda text: "".join(c for c in text if c.isprintable() or c in "\n\t"))  # fmt: skip
seen = values.filter(lambda text: text.strip())


def shown(text: str) -> str:
    """What a reader sees of it: its words, with single spaces."""
    return " ".join(text.split())


@given(seen)
def test_a_value_alone_is_a_paragraph_of_its_own_text(value: str) -> None:
    found = Page(page(f"# Title\n\n{escaped(value)}\n").encode())

    assert found.headings == ["Title"]
    assert found.tags.count("p") == 2
    assert shown(found.text.partition("Title")[2].partition("Title")[2]) == shown(value)


@given(seen, seen)
def test_a_value_stays_in_its_cell(first: str, second: str) -> None:
    found = Page(page(str(table(["a", "b"], [(first, 1), (2, second)]))).encode())

    assert [shown(cell) for cell in found.cells] == [
        "a",
        "b",
        shown(first),
        "1",
        "2",
        shown(second),
    ]


@given(seen, seen)
def test_a_value_stays_in_its_item(first: str, second: str) -> None:
    found = Page(page(str(bullets([first, second]))).encode())

    assert found.tags.count("li") == 2
    assert shown(found.text.partition("Contents")[2]) == shown(f"{first} {second}")


@given(seen)
def test_a_name_stays_what_it_is(value: str) -> None:
    found = Page(page(str(table(["a"], [(code(value),)]))).encode())

    assert [shown(cell) for cell in found.cells] == ["a", shown(value)]
