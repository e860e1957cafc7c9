"""The Jinja environment of pages in one language: texts and icons are inserted when a template is compiled.

Sentences are therefore translated once. Values in them are escaped each time a page is rendered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined, nodes
from jinja2.runtime import Context
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from partner_adapters.kit.pages import formats
from partner_adapters.kit.pages.i18n import KIT_TEMPLATES
from partner_adapters.kit.values.amounts_in_words import in_words

_HOLE = re.compile(r"%\((\w+)\)s|%(%)")


class PlainContext(Context):
    """Calls a function as it stands. Jinja would first look into each for what of its context it wants: none does."""

    def call(
        self,
        function: Callable[..., Any],
        /,
        *args: Any,
        _block_vars: object = None,
        _loop_vars: object = None,
        **kwargs: Any,
    ) -> Any:
        return function(*args, **kwargs)


class PageEnvironment(Environment):
    """Replaces `_("…")` in templates by its translation, with escaped values, and `icon("…")` by its SVG."""

    context_class = PlainContext

    def __init__(
        self, translate: Callable[[str], str], icon: Callable[[str], Markup], **options: Any
    ) -> None:
        super().__init__(**options)
        self._known = _Known(translate, icon)

    def compile(self, source: str | nodes.Template, *args: Any, **options: Any) -> Any:
        """Compile a template after inserting its texts and icons."""
        tree = self.parse(source, *args[:2]) if isinstance(source, str) else source
        return super().compile(self._known.visit(tree), *args, **options)

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Return one dictionary, because Jinja's own chain of two is searched for every name on every page."""
        return {**self.globals, **(d or {})}


def page_environment(
    lang: str,
    folders: Sequence[Path],
    translate: Callable[[str], str],
    icon: Callable[[str], Markup],
) -> PageEnvironment:
    """Return the Jinja environment of an application. Templates in `folders` come before the kit's."""
    env = PageEnvironment(
        translate,
        icon,
        loader=ChoiceLoader([FileSystemLoader(folder) for folder in (*folders, KIT_TEMPLATES)]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.do"],
    )
    env.filters |= {
        "yuan": formats.yuan,
        "plain_yuan": formats.plain_yuan,
        "whole_yuan": formats.whole_yuan,
        "in_words": partial(in_words, lang=lang),
        "rate": formats.rate,
        "clock_time": formats.clock_time,
        "day": lambda moment: formats.day(moment, lang),
        "minute": lambda moment: formats.minute(moment, lang),
        "call": formats.call,
        "whole": formats.whole,
    }
    env.globals |= {"icon": icon, "lang": lang}
    return env


class _Known(NodeTransformer):
    def __init__(self, translate: Callable[[str], str], icon: Callable[[str], Markup]) -> None:
        self.translate = translate
        self.icon = icon

    def visit_Output(self, node: nodes.Output) -> nodes.Node:
        self.generic_visit(node)
        # Output the pieces of a sentence one after another, so that the page need not join them first.
        parts = [child.nodes if isinstance(child, nodes.Concat) else [child] for child in node.nodes]
        node.nodes = [part for some in parts for part in some]
        return node

    def visit_Call(self, node: nodes.Call) -> nodes.Node:
        self.generic_visit(node)
        name = node.node.name if isinstance(node.node, nodes.Name) else ""
        if name == "icon" and isinstance(node.args[0], nodes.Const):
            return _text(self.icon(node.args[0].value))
        if name != "_":
            return node
        (message,) = node.args
        assert isinstance(message, nodes.Const), "a text to translate must be written out in the template"
        text = self.translate(message.value)
        values = {each.key: each.value for each in node.kwargs}
        if isinstance(node.dyn_kwargs, nodes.Dict):
            # Some names, such as `from`, cannot be written as a keyword.
            values |= {each.key.as_const(): each.value for each in node.dyn_kwargs.items}
        return nodes.Concat([*_pieces(text, values)], lineno=node.lineno)


def _pieces(text: str, values: dict[str, nodes.Expr]) -> Iterator[nodes.Expr]:
    """Yield the fixed parts and the values of a sentence.

    Raises KeyError for a value that the template does not pass.
    """
    end = 0
    for hole in _HOLE.finditer(text):
        yield _text(text[end : hole.start()] + (hole[2] or ""))
        if hole[1]:
            yield values[hole[1]]
        end = hole.end()
    yield _text(text[end:])


def _text(text: str) -> nodes.Expr:
    return nodes.MarkSafe(nodes.Const(str(text)))
