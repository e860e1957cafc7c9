"""Jinja with one language in it, and with less between a template and its page.

What is known when a template is compiled is written into it then: sentences and pictures. What is not is called and
escaped without detours: no function of ours asks for Jinja's context, and most texts have nothing in them to escape.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, MutableMapping
from typing import Any

from jinja2 import Environment, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

_SPECIAL = re.compile(r"""[&<>'"]""").search
_HOLE = re.compile(r"%\((\w+)\)s|%(%)")


def written(value: object) -> str:
    """`value` as it stands in a page: as `escape` has it, sooner."""
    if type(value) is Markup or (type(value) is str and not _SPECIAL(value)):
        return value
    return escape(value)


class _Plainly(CodeGenerator):
    """Functions are called as they stand: Jinja would look into each for what of its context it wants."""

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:
        self.writeline(f"from {__name__} import written")
        super().visit_Template(node, frame)

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:
        assert not forward_caller, "no template passes a block to a macro"
        self.visit(node.node, frame)
        self.write("(*()")
        self.signature(node, frame)
        self.write(")")

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:
        """`a.b` is an attribute and `a["b"]` an item; Jinja would try one after the other, through a call."""
        if isinstance(node.node, nodes.Name) and node.node.name == "self":
            super().visit_Getattr(node, frame)  # a block of this page
            return
        self.visit(node.node, frame)
        self.write(f".{node.attr}")

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        assert frame.eval_ctx.autoescape, "every page is escaped"
        self.write("written(")


class OneLanguage(Environment):
    """`_("…")` becomes the text that `find` has for it, its holes filled and escaped; `icon("…")` its drawing."""

    code_generator_class = _Plainly

    def __init__(self, find: Callable[[str], str], icon: Callable[[str], Markup], **options: Any) -> None:
        super().__init__(**options)
        self._known = _Known(find, icon)

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """One mapping: two, laid one upon the other, are looked through again for every page."""
        return {**self.globals, **(d or {})}

    def _generate(self, source: nodes.Template, *args: Any, **kwargs: Any) -> str:
        return super()._generate(self._known.visit(source), *args, **kwargs)


class _Known(NodeTransformer):
    def __init__(self, find: Callable[[str], str], icon: Callable[[str], Markup]) -> None:
        self.find = find
        self.icon = icon

    def visit_Output(self, node: nodes.Output) -> nodes.Node:
        self.generic_visit(node)
        # The pieces of a sentence stand side by side in the page, so nothing has to put them together first.
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
        assert isinstance(message, nodes.Const), "a text to translate is written out"
        text = self.find(message.value)
        values = {each.key: each.value for each in node.kwargs}
        if isinstance(
            node.dyn_kwargs, nodes.Dict
        ):  # a hole may be named as Python names something of its own
            values |= {each.key.as_const(): each.value for each in node.dyn_kwargs.items}
        return nodes.Concat([*_pieces(text, values)], lineno=node.lineno)


def _pieces(text: str, values: dict[str, nodes.Expr]) -> Iterator[nodes.Expr]:
    """KeyError names a hole that the template does not fill."""
    at = 0
    for hole in _HOLE.finditer(text):
        yield _text(text[at : hole.start()] + (hole[2] or ""))
        if hole[1]:
            yield values[hole[1]]
        at = hole.end()
    yield _text(text[at:])


def _text(text: str) -> nodes.Expr:
    return nodes.MarkSafe(nodes.Const(str(text)))
