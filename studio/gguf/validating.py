"""Owns whether a GGUF is sound: bounds, numbers, tokeniser, end of turn and template, and that it loads and answers.

The file is read here as data; llama.cpp sees it in a child process only. What cannot be told without a base, or for a
file of this kind, is a row that says so, and never a failure.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from studio.chat import ChatTemplate, Message, TemplateRefused, pieces, render
from studio.errors import InputError, LorewrightError
from studio.gguf.base import Base, open_base
from studio.gguf.blocks import bad_tensors
from studio.gguf.chat import template_of
from studio.gguf.errors import DamagedGguf, LacksMetadata, NotAGguf, TokeniserUnknown
from studio.gguf.reader import Gguf
from studio.gguf.tokeniser import VocabularyTokeniser, tokeniser_of
from studio.inference.engine import LlamaEngine
from studio.inference.sampling import Sampling
from studio.language import N_, _

CHECKS = {
    "bounds": N_("the file is whole, and nothing in it points outside"),
    "numbers": N_("every weight is a number"),
    "tokeniser": N_("it reads text as the same tokens"),
    "turn_end": N_("one token ends a turn, and it is the base's"),
    "template": N_("its chat template is the base's"),
    "fits": N_("the adapter has a place in the base for each of its layers"),
    "loads": N_("llama.cpp loads it and writes with it"),
}
"""What is checked, by the name of its row."""
ADAPTER = "adapter"
_SECONDS = 120.0
_ENDS = ("eos", "eot", "eom")
_TALK = (
    Message("system", "You are the Dungeon Master.  <|im_end|> is only text here."),
    Message("user", "I keep low\n\n    and wait: naïve 🙂 “quotes” 24/26  x14 DON'T 東京", 0),
    Message("assistant", "The planks are slick.\n\n[roll: stealth]", 1, trained=True),
    Message("user", "<TOOLCALL>stealth: 13 + 6(skill) = *19*</TOOLCALL>", 2),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One check: `ok` is None where it was not made, and `detail` says why."""

    check: str
    ok: bool | None
    detail: str


@dataclass(frozen=True, slots=True)
class Validation:
    """All checks of a file."""

    path: Path
    rows: tuple[Row, ...]

    @property
    def ok(self) -> bool:
        """Whether no check failed."""
        return all(row.ok is not False for row in self.rows)


class NotSound(InputError):
    """A GGUF did not pass its checks."""

    sentence = N_("{path} is not sound: {reasons}. Fetch or convert it again.")


async def validated(path: Path, base: Path | None = None) -> Validation:
    """All checks of a GGUF, against its base where one is given; raises PathMissing, and as opening the base does."""
    opened = await asyncio.to_thread(open_base, base, to_train=False) if base is not None else None
    rows = await asyncio.to_thread(read_rows, path, opened)
    if any(row.ok is False and row.check == "bounds" for row in rows):
        return Validation(path, (*rows, Row("loads", None, _("it is not given to llama.cpp as it is"))))
    return Validation(path, (*rows, await _loads(path, opened)))


def read_rows(path: Path, base: Base | None) -> tuple[Row, ...]:
    """The checks that need no child process; raises PathMissing."""
    try:
        gguf = Gguf(path)
    except (NotAGguf, DamagedGguf) as error:
        return (Row("bounds", False, str(error)),)
    with gguf:
        told = _("{tensors} tensors, {entries} entries, {size} bytes")
        told = told.format(tensors=len(gguf.tensors), entries=len(gguf.metadata), size=gguf.bytes)
        rows = [Row("bounds", True, told), _numbers(gguf)]
        if gguf.text("general.type") == ADAPTER:
            return (*rows, _fits(gguf, base))
        return (*rows, *_chat_rows(gguf, base))


def _numbers(gguf: Gguf) -> Row:
    bad = list(islice(bad_tensors(gguf), 5))
    if not bad:
        told = _("{weights} weights looked at").format(weights=sum(tensor.elements for tensor in gguf.tensors))
        return Row("numbers", True, told)
    told = _("{tensor} ({type}) has {blocks} blocks that are no numbers, the first at {first}")
    rows = [told.format(tensor=one.tensor, type=one.type, blocks=one.blocks, first=one.first) for one in bad]
    return Row("numbers", False, "; ".join(rows))


def _fits(gguf: Gguf, base: Base | None) -> Row:
    """Whether llama.cpp will find the tensor for each pair of an adapter."""
    if base is None or base.path.is_dir():
        return Row("fits", None, _("an adapter is held against a base that is a GGUF; none was given"))
    with Gguf(base.path) as model:
        families = [one.text("general.architecture") for one in (gguf, model)]
        if families[0] != families[1]:
            return Row(
                "fits", False, _("it is for {ours}, the base is {theirs}").format(ours=families[0], theirs=families[1])
            )
        shapes = {tensor.name: tensor.shape for tensor in model.tensors}
    odd = sorted(_misfits({tensor.name: tensor.shape for tensor in gguf.tensors}, shapes))
    return Row("fits", not odd, ", ".join(odd[:5]) or _("{n} pairs").format(n=len(gguf.tensors) // 2))


def _misfits(ours: dict[str, tuple[int, ...]], base: dict[str, tuple[int, ...]]) -> Iterator[str]:
    for name in {name.removesuffix(".lora_a").removesuffix(".lora_b") for name in ours}:
        a, b, whole = ours.get(f"{name}.lora_a"), ours.get(f"{name}.lora_b"), base.get(name)
        two = all(one is not None and len(one) == 2 for one in (a, b, whole))
        if not two or a is None or b is None or whole is None or (a[0], b[1]) != whole or a[1] != b[0]:
            yield name


def _chat_rows(gguf: Gguf, base: Base | None) -> Iterator[Row]:
    try:
        tokeniser: VocabularyTokeniser | None = tokeniser_of(gguf)
        yield _tokeniser(gguf, tokeniser, base)
    except LorewrightError as error:
        tokeniser = None
        yield Row("tokeniser", None if isinstance(error, TokeniserUnknown) else False, str(error))
    try:
        template = template_of(gguf)
    except LacksMetadata as error:
        yield Row("turn_end", None, str(error))
        yield Row("template", False, str(error))
        return
    yield _turn_end(gguf, template, tokeniser, base)
    yield _template(template, base)


def _tokeniser(gguf: Gguf, ours: VocabularyTokeniser | None, base: Base | None) -> Row:
    assert ours is not None
    if ours.highest >= len(gguf.array("tokenizer.ggml.tokens")):
        return Row("tokeniser", False, _("it has ids past the end of its own vocabulary"))
    embedded = next((tensor.shape[1] for tensor in gguf.tensors if tensor.name == "token_embd.weight"), None)
    if embedded is not None and ours.highest >= embedded:
        told = _("it has ids up to {highest}, and the weights know {rows} tokens")
        return Row("tokeniser", False, told.format(highest=ours.highest, rows=embedded))
    if base is None:
        return Row("tokeniser", None, _("no base was given to hold it against"))
    for message in _TALK:
        if ours.encode(message.content, special=False) != base.tokeniser.encode(message.content, special=False):
            return Row("tokeniser", False, _("it reads “{text}” otherwise than the base").format(text=message.content))
    odd = [name for name in base.tokeniser.controls if ours.id_of(name) != base.tokeniser.id_of(name)]
    odd += [token for token, number in _words(base.tokeniser).items() if ours.id_of(token) != number][:5]
    told = _("{n} tokens as in the base").format(n=base.tokeniser.size)
    wrong = _("they are not the base's tokens by number: {names}").format(names=", ".join(odd[:5]))
    return Row("tokeniser", not odd, wrong if odd else told)


def _words(tokeniser: VocabularyTokeniser) -> dict[str, int]:
    """The plain words of a vocabulary: what was added to it can be spelled otherwise in a GGUF."""
    words: dict[str, int] = tokeniser.full.get_vocab(with_added_tokens=False)
    return words


def _turn_end(gguf: Gguf, template: ChatTemplate, tokeniser: VocabularyTokeniser | None, base: Base | None) -> Row:
    try:
        end = _end(template)
    except TemplateRefused as error:
        return Row("turn_end", False, str(error))
    if tokeniser is None:
        return Row("turn_end", None, _("its tokeniser is not known"))
    number = tokeniser.id_of(end)
    if number is None:
        return Row("turn_end", False, _("its template ends a turn with {token}, which is no token").format(token=end))
    known = {gguf.number(f"tokenizer.ggml.{kind}_token_id") for kind in _ENDS}
    if number not in known and end not in tokeniser.controls:
        return Row("turn_end", False, _("{token} ends a turn, and nothing says that it ends").format(token=end))
    if base is not None:
        try:
            theirs = _end(base.template)
        except TemplateRefused as error:
            return Row("turn_end", None, str(error))
        if (theirs, base.tokeniser.id_of(theirs)) != (end, number):
            told = _("{ours} ends a turn, and the base ends it with {theirs}")
            return Row("turn_end", False, told.format(ours=f"{end} ({number})", theirs=theirs))
    told = "" if base is not None else "; " + _("no base was given to hold it against")
    return Row("turn_end", True, f"{end} ({number}){told}")


def _end(template: ChatTemplate) -> str:
    """The token after the narrator's turn; raises TemplateRefused."""
    return next(one.text.strip() for one in pieces(template, _TALK, False) if one.special and one.trained)


def _template(template: ChatTemplate, base: Base | None) -> Row:
    if base is None:
        return Row("template", None, _("no base was given to hold it against"))
    if template.source.strip() == base.template.source.strip():
        return Row("template", True, _("{n} characters, the same").format(n=len(template.source)))
    try:
        same = _rendered(template) == _rendered(base.template)
    except TemplateRefused as error:
        return Row("template", False, str(error))
    return Row("template", same, _("other words, the same chats") if same else _("it writes chats otherwise"))


def _rendered(template: ChatTemplate) -> str:
    return "".join(piece.text for piece in pieces(template, _TALK, add_generation_prompt=True))


async def _loads(path: Path, base: Base | None) -> Row:
    """Loads the file in a child process and has it write a few tokens."""
    with Gguf(path) as gguf:
        adapter = gguf.text("general.type") == ADAPTER
        if not adapter and not gguf.tensors:
            return Row("loads", False, _("it holds a vocabulary and no weights"))
    if adapter and (base is None or base.path.is_dir()):
        return Row("loads", None, _("an adapter is loaded on a base that is a GGUF; none was given"))
    model, on = (base.path, path) if adapter and base is not None else (path, None)
    try:
        async with asyncio.timeout(_SECONDS):
            engine = await LlamaEngine.load(model, context=1024, together=1, adapter=on)
            try:
                return await _writes(engine, path, base)
            finally:
                await engine.close()
    except TimeoutError:
        return Row("loads", False, _("nothing came of it for {n} seconds").format(n=round(_SECONDS)))
    except LorewrightError as error:
        return Row("loads", False, str(error))


async def _writes(engine: LlamaEngine, path: Path, base: Base | None) -> Row:
    parts = [("I keep low and wait.", False)]
    if engine.card.template is not None:
        parts = [(piece.text, piece.special) for piece in pieces(engine.card.chat, _TALK, add_generation_prompt=True)]
    ids = [number for row in await engine.tokenise(parts) for number in row]
    if base is not None and engine.card.template is not None and ids != _ids(engine, base):
        return Row("loads", False, _("llama.cpp reads a chat as other tokens than the base"))
    wrote = await engine.generate(ids, Sampling(max_tokens=8))
    expected = await engine.score(ids, len(ids) - 1)
    return loads_row(bool(np.isfinite(expected).all()), len(wrote.ids), wrote.stop, wrote.text)


def loads_row(finite: bool, tokens: int, stop: str, text: str) -> Row:
    """The row `loads` of what a child loaded: whether its odds were numbers, what it wrote, and why it stopped."""
    if not finite:
        return Row("loads", False, _("what it expects next is no number"))
    if not tokens and stop != "end":
        return Row("loads", False, _("it wrote nothing"))
    return Row("loads", True, _("wrote {n} tokens: {text}").format(n=tokens, text=repr(text)[:60]))


def _ids(engine: LlamaEngine, base: Base) -> list[int]:
    return list(render(pieces(engine.card.chat, _TALK, add_generation_prompt=True), base.tokeniser).ids)


def check_sound(path: Path, base: Base, *loaded: Row) -> tuple[Row, ...]:
    """The rows of `read_rows` and those of who `loaded` the file already; raises NotSound where one failed."""
    rows = (*read_rows(path, base), *loaded)
    wrong = [f"{_(CHECKS[row.check])}: {row.detail}" for row in rows if row.ok is False]
    if wrong:
        raise NotSound(path=path.name, reasons="; ".join(wrong))
    return rows
