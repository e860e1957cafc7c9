"""The floor of our English: rules that a machine can check in code, docs and texts for people who run us."""

from __future__ import annotations

import ast
import io
import re
import subprocess
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = ("h5app", "partner_adapters", "mock_partners", "tests", "bench", "scripts", "sdk")
MOST_WORDS = 25
MOST_STOPS = 1
LONGEST_LINE = 120
# A role has a name: customer, partner, caller, operator, tester, host.
INDEFINITE_PERSON = re.compile(r"\b(whoever|whomever|nobody|somebody)\b", re.IGNORECASE)
# "is not a name" and "is no longer" are English. A noun right after "is no" is not.
GERMAN_NEGATION = re.compile(r"\b(?:is|was|be) no (?!(?:longer|more|less|later|older|one)\b)", re.IGNORECASE)
SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z`\"'(])|\n\s*\n|\n\s*(?=[*\-|] |\d+\. )")
CODE_SPAN = re.compile(r"``[^`]+``|`[^`]+`|https?://\S+")
EXAMPLE = re.compile(r"^( {4,}|\t|>>> |\$ ).*$", re.MULTILINE)
HAN = re.compile(r"[\u4e00-\u9fff]")


def _files(*endings: str) -> list[Path]:
    listed = (
        subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            check=True,
            capture_output=True,
        )
        .stdout.decode()
        .split("\0")
    )
    return [ROOT / name for name in listed if name.endswith(endings) and (ROOT / name).is_file()]


def _code() -> list[Path]:
    return [file for file in _files(".py") if file.relative_to(ROOT).parts[0] in CODE]


def _documents() -> list[Path]:
    return [
        file
        for file in _files(".md")
        if not file.name.endswith("zh-CN.md") and file.name not in ("CHANGELOG.md", "LICENSE.md")
    ]


def _docstrings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(tree):
        if isinstance(node, kinds) and (text := ast.get_docstring(node)):
            yield node.body[0].lineno, text


def _texts_after_assignments(tree: ast.Module) -> Iterator[int]:
    """Lines of strings that stand after an assignment, outside pydantic's models."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module) or (isinstance(node, ast.ClassDef) and _is_dataclass(node)):
            for before, after in zip(node.body, node.body[1:], strict=False):
                is_text = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
                if is_text and isinstance(before, ast.Assign | ast.AnnAssign | ast.AugAssign):
                    yield after.lineno


def _is_dataclass(node: ast.ClassDef) -> bool:
    return any("dataclass" in ast.unparse(decorator) for decorator in node.decorator_list)


def _comments(source: str) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def _sentences(text: str) -> Iterator[str]:
    prose = EXAMPLE.sub("", text)
    yield from (" ".join(part.split()) for part in SENTENCE_END.split(prose) if part and part.strip())


def faults_of_docstring(text: str) -> Iterator[str]:
    """One line for each rule that the docstring breaks."""
    yield from faults_of_prose(text)
    for sentence in _sentences(text):
        plain = CODE_SPAN.sub("code", sentence)
        if HAN.search(plain):
            continue
        words = len(re.findall(r"[\w'’§–-]*\w[\w'’-]*", plain))
        if words > MOST_WORDS:
            yield f"{words} words: {sentence[:70]}"
        if len(re.findall(r"[:;](?=\s|$)", plain)) > MOST_STOPS:
            yield f"more than {MOST_STOPS} colon or semicolon: {sentence[:70]}"


def faults_of_prose(text: str) -> Iterator[str]:
    """Faults that no text may have, short or long."""
    plain = CODE_SPAN.sub("code", text)
    yield from (f"an indefinite person: {match[0]}" for match in INDEFINITE_PERSON.finditer(plain))
    for match in GERMAN_NEGATION.finditer(plain):
        yield f"say 'is not a': {plain[match.start() : match.end() + 12]!r}"


def faults_of_code(file: Path) -> Iterator[str]:
    """Every fault of one Python file, with its line."""
    source = file.read_text("utf-8")
    tree = ast.parse(source)
    for line, text in _docstrings(tree):
        yield from (f"{line}: {fault}" for fault in faults_of_docstring(text))
    for line in _texts_after_assignments(tree):
        yield f"{line}: a string after an assignment: make it a comment above or beside"
    for line, text in _comments(source):
        yield from (f"{line}: {fault}" for fault in faults_of_prose(text))


def faults_of_document(file: Path) -> Iterator[str]:
    """Every fault of one Markdown file, with its line. Code blocks and tables may be long."""
    in_code = False
    for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
        in_code ^= line.lstrip().startswith("```")
        if in_code:
            continue
        yield from (f"{number}: {fault}" for fault in faults_of_prose(line))
        if len(line) > LONGEST_LINE and not line.lstrip().startswith(("|", "![", "[")):
            yield f"{number}: {len(line)} characters"


def _told(files: list[Path], faults_of: object) -> str:
    lines = [
        f"{file.relative_to(ROOT)}:{fault}"
        for file in files
        for fault in faults_of(file)  # type: ignore[operator]
    ]
    return "\n".join(lines)


@pytest.mark.parametrize("package", CODE)
def test_code_is_in_plain_english(package: str) -> None:
    files = [file for file in _code() if file.relative_to(ROOT).parts[0] == package]
    assert _told(files, faults_of_code) == ""


def test_documents_are_in_plain_english() -> None:
    assert _told(_documents(), faults_of_document) == ""


@pytest.mark.parametrize(
    "text",
    [
        "Whoever lost the answer asks again.",
        "It is no name of ours.",
        "Take this: and that: and the rest.",
        "Return " + "word " * MOST_WORDS + "more.",
    ],
)
def test_each_rule_sees_what_it_forbids(text: str) -> None:
    assert list(faults_of_docstring(text)) != []


@pytest.mark.parametrize(
    "text",
    [
        "Return the loan of this customer. Raises `Problem(404, 'loan.unknown')` for another customer's loan.",
        "There are no rows, and the session is no longer live.",
    ],
)
def test_plain_sentences_pass(text: str) -> None:
    assert list(faults_of_docstring(text)) == []
