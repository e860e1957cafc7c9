"""Jinja with one language in it: a sentence is translated when its template is compiled, not at every page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jinja2 import Environment, nodes
from jinja2.runtime import Context
from jinja2.visitor import NodeTransformer


class PlainContext(Context):
    """Calls what templates call, and nothing else: no function of ours asks for the context.

    One that did (`pass_context`) would get, in every block that sets a variable, a copy of everything at each call.
    """

    def call(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        kwargs.pop("_block_vars", None)
        kwargs.pop("_loop_vars", None)
        return function(*args, **kwargs)


class OneLanguage(Environment):
    """`_("…")` becomes the text that `find` has for it; with values, `text % values`, which escapes them."""

    context_class = PlainContext

    def __init__(self, find: Callable[[str], str], **options: Any) -> None:
        super().__init__(**options)
        self._translate = _Translate(find)

    def _generate(self, source: nodes.Template, *args: Any, **kwargs: Any) -> str:
        return super()._generate(self._translate.visit(source), *args, **kwargs)


class _Translate(NodeTransformer):
    def __init__(self, find: Callable[[str], str]) -> None:
        self.find = find

    def visit_Call(self, node: nodes.Call) -> nodes.Node:
        self.generic_visit(node)
        if not (isinstance(node.node, nodes.Name) and node.node.name == "_"):
            return node
        (message,) = node.args
        assert isinstance(message, nodes.Const), "a text to translate is written out"
        text = nodes.MarkSafe(nodes.Const(self.find(message.value)))
        pairs = [nodes.Pair(nodes.Const(value.key), value.value) for value in node.kwargs]
        return nodes.Mod(text, node.dyn_kwargs or nodes.Dict(pairs), lineno=node.lineno)
