"""Sentences are translated while a template is compiled: values are still escaped, and still each page's own."""

import pytest
from jinja2 import DictLoader

from h5app.templating import OneLanguage

TEXTS = {"您好": "Hello", "%(name)s，您好": "Hello %(name)s", "%(from)s到%(until)s": "%(from)s to %(until)s"}


def shown(template: str, **values: object) -> str:
    texts = OneLanguage(
        lambda text: TEXTS.get(text, text), loader=DictLoader({"page": template}), autoescape=True
    )
    page = texts.get_template("page")
    page.render(values | {"name": "the one before"})
    return page.render(values)


@pytest.mark.parametrize(
    ("template", "page"),
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
def test_a_sentence_is_translated_and_its_values_are_escaped(template: str, page: str) -> None:
    assert shown(template, name="<b>") == page


def test_a_text_that_only_a_page_knows_cannot_be_translated() -> None:
    with pytest.raises(AssertionError, match="written out"):
        shown("{{ _(name) }}", name="您好")
