"""Sentences are translated when a template is compiled. Their values are escaped for each page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import DictLoader
from markupsafe import Markup, escape

from partner_adapters.kit.pages.environment import PageEnvironment

TEXTS = {"您好": "Hello", "%(name)s，您好": "Hello %(name)s", "%(from)s到%(until)s": "%(from)s to %(until)s"}


def shown(template: str, **values: object) -> str:
    texts = PageEnvironment(
        lambda text: TEXTS.get(text, text),
        lambda name: Markup("<svg>{}</svg>").format(name),
        loader=DictLoader({"page": template}),
        autoescape=True,
    )
    page = texts.get_template("page")
    page.render(values | {"name": "the previous page"})
    return page.render(values)


@pytest.mark.parametrize(
    ("template", "shows"),
    [
        ("{{ _('您好') }}", "Hello"),
        ("{{ _('没有译文') }}", "没有译文"),
        ("{{ _('100%%，好') }}", "100%，好"),
        ("{{ _('%(name)s，您好', name=name) }}", "Hello &lt;b&gt;"),
        ("{{ _('%(from)s到%(until)s', **{'from': name, 'until': 2}) }}", "&lt;b&gt; to 2"),
        (
            "{% macro m(text) %}{{ text }}{% endmacro %}{{ m(_('%(name)s，您好', name=name)) }}",
            "Hello &lt;b&gt;",
        ),
    ],
)
def test_a_sentence_is_translated_and_its_values_are_escaped(template: str, shows: str) -> None:
    assert shown(template, name="<b>") == shows


def test_a_text_that_is_not_written_out_cannot_be_translated() -> None:
    with pytest.raises(AssertionError, match="written out"):
        shown("{{ _(name) }}", name="您好")


ONE_VALUE = PageEnvironment(str, Markup, autoescape=True).from_string("{{ value }}")


@given(st.text() | st.text(alphabet="a<>&\"'").map(Markup) | st.integers() | st.none())
def test_values_are_escaped_as_markupsafe_escapes_them(value: object) -> None:
    assert ONE_VALUE.render(value=value) == escape(value)


def test_an_icon_is_inserted_as_it_is_and_may_be_chosen_when_the_page_is_rendered() -> None:
    assert shown("{{ icon('good') }}{{ drawn(kind) }}", drawn=lambda kind: f"<{kind}>", kind="x") == (
        "<svg>good</svg>&lt;x&gt;"
    )


def test_a_value_that_the_template_does_not_pass_is_reported_when_it_is_compiled() -> None:
    with pytest.raises(KeyError, match="name"):
        shown("{{ _('%(name)s，您好', nmae=name) }}")
