"""Owns what other programs make of a converted model, as the window tells it; loads nothing. Knows no Qt."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from studio.errors import LorewrightError
from studio.gguf.chat import template_of
from studio.gguf.reader import Gguf
from studio.language import _
from studio.publishing.cactus import cactus_report
from studio.publishing.candidate import Candidate, candidate_for
from studio.publishing.chat_form import chat_form
from studio.publishing.ollama import modelfile
from studio.ui.convert.result import FileRow, Result
from studio.workspace import Workspace

OK, WARNING, WRONG, UNKNOWN = "ok", "warning", "wrong", "unknown"
_CONTEXT = 4096


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is known of a program and a model: `state` is ok, warning, wrong or unknown."""

    state: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Program:
    """A program with what is known; `command` is what to type there, empty where there is nothing to type."""

    name: str
    facts: tuple[Fact, ...]
    command: str = ""


def programs_for(result: Result, workspace: Workspace) -> tuple[Program, ...]:
    """llama.cpp, Ollama and Cactus, in this order; what cannot be told is said and never raised."""
    tried = Program("llama.cpp", tuple(_tried(result)))
    try:
        candidate = candidate_for(str(result.path), workspace)
    except LorewrightError as error:
        unread = (Fact(UNKNOWN, str(error)),)
        return (tried, Program("Ollama", unread), Program("Cactus 2", unread))
    return (tried, Program("Ollama", (_translated(candidate.model),)), _cactus(candidate))


def _tried(result: Result) -> Iterator[Fact]:
    """The conversion loads each file and compares what it would write; a file without that was not tried."""
    there = [row for row in result.rows if _is_compared(row)]
    if there:
        names = ", ".join(row.quantisation for row in there)
        yield Fact(OK, _("loaded here, and read the fixed chats: {names}").format(names=names))
    left = ", ".join(row.quantisation for row in result.rows if not _is_compared(row))
    if left:
        yield Fact(UNKNOWN, _("not loaded here yet: {names}").format(names=left))


def _is_compared(row: FileRow) -> bool:
    return row.agreement != "–"


def _translated(model: Path) -> Fact:
    try:
        with Gguf(model) as gguf:
            template = template_of(gguf)
        modelfile(chat_form(template), template, model.name, None, _CONTEXT)
    except LorewrightError as error:
        return Fact(WRONG, str(error))
    return Fact(OK, _("its chat template was translated; a game pack holds the Modelfile. Not loaded here."))


def _cactus(candidate: Candidate) -> Program:
    told = cactus_report(candidate)
    facts = tuple(Fact(row.state, row.sentence) for row in told.rows)
    return Program("Cactus 2", (*facts, Fact(UNKNOWN, _("read off the base's folder; not loaded here"))), told.command)
