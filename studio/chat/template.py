"""Owns a model's chat template: how it is run, what its family allows, and whether it can be trained through.

Templates come out of model files, so they run in jinja's sandbox and see nothing but the messages. They never see
the messages' contents either: `pieces` puts those in afterwards, so that no text can change the template's course.
"""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import jinja2
import yaml
from jinja2.ext import Extension, loopcontrols

from studio.chat.messages import SYSTEM, USER, Message
from studio.chat.sandbox import Sandbox, refuse
from studio.errors import InputError
from studio.files import read_text
from studio.language import N_
from studio.resources import resource

FIXED_DATE = datetime.date(2026, 1, 1)
"""What a template that prints the date prints, so that training and play agree."""

_SOURCE_LIMIT = 256 * 1024
_LONGEST_DATE = 200
_OUTPUT_LIMIT, _OUTPUT_A_MESSAGE = 1 << 20, 4096
"""Most characters of a template, and of what it adds to a chat: the longest ones in use have some 10,000."""
_FAILURES = (
    jinja2.TemplateError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError, MemoryError,
    RecursionError,
)  # fmt: skip


class TemplateRefused(InputError):
    """A chat template cannot be used."""

    sentence = N_("The chat template of {name} cannot be used: {reason}. Choose another base model.")


@dataclass(frozen=True, slots=True)
class Family:
    """What the table says of templates that contain all `marks`."""

    name: str
    marks: tuple[str, ...]
    system: str


@dataclass(frozen=True, slots=True)
class ChatTemplate:
    """A template and the names of the tokens it uses; `date` is the one it prints, if it prints one."""

    source: str
    bos: str = ""
    eos: str = ""
    name: str = ""
    add_bos: bool = False
    date: datetime.date = FIXED_DATE

    @property
    def family(self) -> Family:
        """The first family of the table whose marks all stand in the source."""
        families, _ends = _table()
        return next(family for family in families if all(mark in self.source for mark in family.marks))

    @property
    def ends(self) -> tuple[str, ...]:
        """Names of the tokens that can end a turn, the template's own first."""
        _families, ends = _table()
        return tuple(dict.fromkeys(filter(None, (*ends, self.eos))))

    def arrange(self, messages: Sequence[Message]) -> tuple[Message, ...]:
        """The messages as this family wants them: SYSTEM alone, or at the head of the first user turn."""
        if self.family.system == "role" or not messages or messages[0].role != SYSTEM:
            return tuple(messages)
        system, *rest = messages
        if rest and rest[0].role == USER:
            head = Message(USER, f"{system.content}\n\n{rest[0].content}", rest[0].turn_index)
            return (head, *rest[1:])
        return (Message(USER, system.content), *rest)

    def run(self, roles: Sequence[tuple[str, str]], add_generation_prompt: bool) -> str:
        """What the template makes of (role, content) pairs; raises TemplateRefused."""
        try:
            parts = _compiled(self.source).generate(
                messages=[{"role": role, "content": content} for role, content in roles],
                add_generation_prompt=add_generation_prompt,
                bos_token=self.bos,
                eos_token=self.eos,
                strftime_now=self._dated,
                date_string=self.date.strftime("%d %b %Y"),
                raise_exception=refuse,
                enable_thinking=False,
            )
            text = _joined(parts, _OUTPUT_LIMIT + _OUTPUT_A_MESSAGE * len(roles))
        except _FAILURES as error:
            raise TemplateRefused(name=self.name, reason=str(error) or type(error).__name__) from error
        begins = self.add_bos and self.bos and not text.startswith(self.bos)
        return self.bos + text if begins else text

    def _dated(self, form: str) -> str:
        """The date as a template wants it."""
        if len(form) > _LONGEST_DATE:
            refuse("it writes a date too long")
        return self.date.strftime(form)


@lru_cache
def _table() -> tuple[tuple[Family, ...], tuple[str, ...]]:
    table = yaml.safe_load(read_text(resource("templates.yaml")))
    families = (Family(row["name"], tuple(row["marks"]), row["system"]) for row in table["families"])
    return tuple(families), tuple(table["ends"])


class _Generation(Extension):
    """`{% generation %}` of Hugging Face's templates marks the assistant's part; here it is only passed through."""

    tags = {"generation"}  # noqa: RUF012  # jinja's own way to declare it

    def parse(self, parser: jinja2.parser.Parser) -> list[jinja2.nodes.Node]:
        """The nodes inside, unchanged."""
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


@lru_cache(maxsize=32)
def _compiled(source: str) -> jinja2.Template:
    if len(source) > _SOURCE_LIMIT:
        refuse(f"it has more than {_SOURCE_LIMIT} characters")
    extensions: list[type[Extension]] = [loopcontrols, _Generation]
    return Sandbox(trim_blocks=True, lstrip_blocks=True, extensions=extensions).from_string(source)


def _joined(parts: Iterable[str], limit: int) -> str:
    """The parts as one text; stops a template that goes on and on."""
    texts, length = [], 0
    for part in parts:
        length += len(part)
        if length > limit:
            refuse(f"it writes more than {limit} characters")
        texts.append(part)
    return "".join(texts)
