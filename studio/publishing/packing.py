"""Owns the making of a game pack: a folder or a zip with all that a game needs to run a model, and to check it.

It is made beside its final name and takes that by one rename, checksums written last. Without a licence there is none.
"""

import datetime
import importlib.metadata
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from studio import __version__
from studio.chat import ChatTemplate
from studio.errors import InputError, LorewrightError, NotSaved
from studio.files import save_atomic, sha256_of, sync_folder
from studio.gguf.chat import template_of
from studio.gguf.reader import Gguf
from studio.inference.tool_grammar import TARGET, grammar
from studio.jobs.protocol import Fields
from studio.language import N_
from studio.publishing.cactus import cactus_report, cactus_tools
from studio.publishing.candidate import Candidate
from studio.publishing.chat_form import ChatForm, chat_form
from studio.publishing.evaluation_card import as_markdown
from studio.publishing.go_template import NotTranslated
from studio.publishing.golden import Golden
from studio.publishing.grammar import schemas
from studio.publishing.licence import NOTICE, Licence, licence_of
from studio.publishing.loop import tool_loop
from studio.publishing.ollama import end_of_turn, modelfile
from studio.publishing.player import PLAYER, SCENES, put_player, scenes
from studio.publishing.recording import LINES, MOST_TOKENS, open_recording, record
from studio.publishing.version import place
from studio.publishing.zips import write_zip
from studio.resources import resource
from studio.scenario.game import RULES_FILE, TOOLS_FILE, Game

MANIFEST, CHECKSUMS = "pack.json", "checksums.sha256"
MODEL, ADAPTER = "model/model.gguf", "model/adapter.gguf"
TEMPLATE, FORM = "chat/template.jinja", "chat/form.json"
TOOLS, GRAMMAR, LOOP = "tools/tools.json", "tools/grammar.gbnf", "tools/loop.json"
GOLDEN, CARD, REPORT = "golden/transcripts.json", "evaluation/card.json", "compatibility/report.json"
GAME, LICENCES, SAMPLES = "game", "licences", "samples"


class PackExists(InputError):
    """Something lies where a pack is to go."""

    sentence = N_(
        "{path} is there already, and nothing of it was changed. Name another place with --out, or remove it."
    )


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a pack is made of besides the model. `card` is what is known of the model's quality.

    `game_folder` is where a workspace's own tools and rules lie; `scenarios` are what transcripts are recorded on.
    """

    name: str
    version: int | None
    card: Fields
    game: Game
    game_folder: Path | None
    scenarios: Sequence[Path]
    licences: Sequence[Path] = ()
    max_tokens: int = MOST_TOKENS
    lines: int = LINES
    told: Callable[[str], None] = field(default=lambda _what: None)


@dataclass(frozen=True, slots=True)
class _Chat:
    """How a model is spoken to."""

    template: ChatTemplate
    form: ChatForm
    end: str


async def make_pack(candidate: Candidate, wanted: Wanted, target: Path) -> Fields:
    """Makes the pack, a zip where the target's name ends so; returns the compatibility report.

    Raises PackExists, NoLicence, NoChatForm, NothingToTell, NotSaved, or what loading the model raises.
    """
    if target.exists():
        raise PackExists(path=target)
    licence = licence_of(candidate, wanted.licences)
    half = target.with_name(f".{target.name}.half")
    try:
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(parents=True)
        report = await _fill(half, candidate, wanted, licence)
        if target.suffix.lower() == ".zip":
            root = target.stem
            write_zip(target, [(f"{root}/{name}", half / name) for name in [*_names(half), CHECKSUMS]])
        else:
            half.rename(target)
            sync_folder(target.parent)
    except OSError as error:
        raise NotSaved(path=target, reason=error.strerror or str(error)) from error
    finally:
        shutil.rmtree(half, ignore_errors=True)
    return report


async def _fill(folder: Path, candidate: Candidate, wanted: Wanted, licence: Licence) -> Fields:
    (folder / "model").mkdir()
    place(candidate.model, folder / "model", Path(MODEL).name)
    if candidate.adapter is not None:
        place(candidate.adapter, folder / "model", Path(ADAPTER).name)
    chat = _chat(folder / MODEL)
    _put(folder, TEMPLATE, chat.template.source)
    _put_json(folder, FORM, chat.form.as_json())
    tools = schemas(wanted.game.tools, wanted.game.words)
    _put_json(folder, TOOLS, {"format": 1, "tools": tools})
    _put(folder, GRAMMAR, grammar(wanted.game.tools, wanted.game.words))
    _put_json(folder, LOOP, tool_loop(wanted.game.words))
    _put_game(folder, wanted)
    _put_licence(folder, licence)
    _put_json(folder, CARD, wanted.card)
    _put(folder, "evaluation/card.md", as_markdown(wanted.name, wanted.card))
    shutil.copytree(resource("pack"), folder / SAMPLES, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    put_player(folder)
    _put_json(folder, SCENES, scenes(wanted.scenarios, wanted.game))
    wanted.told("record")
    golden = await _recorded(folder, candidate, wanted)
    _put(folder, GOLDEN, golden.model_dump_json(indent=1) + "\n")
    report = _compatibility(folder, candidate, chat, golden, tools)
    _put_json(folder, REPORT, report)
    _put_json(folder, MANIFEST, _manifest(folder, candidate, wanted, chat, golden, licence))
    _put(folder, CHECKSUMS, "".join(f"{sha256_of(folder / name)}  {name}\n" for name in _names(folder)))
    return report


def _chat(model: Path) -> _Chat:
    with Gguf(model) as gguf:
        template = template_of(gguf)
    form = chat_form(template)
    return _Chat(template, form, end_of_turn(form, template))


async def _recorded(folder: Path, candidate: Candidate, wanted: Wanted) -> Golden:
    """Plays with the very files of the pack, which also shows that they load and write."""
    adapter = folder / ADAPTER if candidate.adapter is not None else None
    try:
        engine = await open_recording(folder / MODEL, adapter)
    except LorewrightError as error:  # told of the file that people know, for the pack's own is gone by then
        known = {str(folder / MODEL): candidate.model, str(folder / ADAPTER): candidate.adapter}
        path = known.get(str(error.fields.get("path")))
        if path is None:
            raise
        raise type(error)(**{**error.fields, "path": path}) from error
    try:
        return await record(engine, wanted.scenarios, wanted.game, wanted.max_tokens, wanted.lines)
    finally:
        await engine.close()


def _put_game(folder: Path, wanted: Wanted) -> None:
    """A workspace's own tools and rules, which the replay plays by."""
    for name in (TOOLS_FILE, RULES_FILE):
        own = wanted.game_folder / name if wanted.game_folder is not None else None
        if own is not None and own.is_file():
            (folder / GAME).mkdir(exist_ok=True)
            shutil.copyfile(own, folder / GAME / name)


def _put_licence(folder: Path, licence: Licence) -> None:
    for name, text in licence.texts:
        _put(folder, f"{LICENCES}/{Path(name).name}", text)
    _put(folder, f"{LICENCES}/{NOTICE}", licence.notice)


def _compatibility(folder: Path, candidate: Candidate, chat: _Chat, golden: Golden, tools: Sequence[Fields]) -> Fields:
    """What other programs make of the pack: one was tried here, of the others only files could be looked at."""
    steps = [step for transcript in golden.transcripts for step in transcript.steps]
    llama: Fields = {
        "engine": "llama.cpp",
        "version": f"llama-cpp-python {importlib.metadata.version('llama-cpp-python')}",
        "loaded_here": True,
        "tokens_generated": sum(len(step.expected_ids) for step in steps),
    }
    ollama: Fields = {"engine": "Ollama", "loaded_here": False, "modelfile": "compatibility/Modelfile"}
    try:
        adapter = f"../{ADAPTER}" if candidate.adapter is not None else None
        text = modelfile(chat.form, chat.template, f"../{MODEL}", adapter, golden.context)
        _put(folder, "compatibility/Modelfile", text)
        ollama |= {"template": "translated", "checked": "run by a reader of our own and held against the original"}
    except NotTranslated as error:
        ollama |= {"template": "not translatable", "reason": str(error), "modelfile": None}
    cactus = cactus_report(candidate)
    _put_json(folder, "compatibility/cactus-tools.json", cactus_tools(tools))
    return {"format": 1, "engines": [llama, ollama, {**cactus.as_json(), "tools": "compatibility/cactus-tools.json"}]}


def _manifest(
    folder: Path, candidate: Candidate, wanted: Wanted, chat: _Chat, golden: Golden, licence: Licence
) -> Fields:
    with Gguf(folder / MODEL) as gguf:
        architecture = gguf.text("general.architecture")
    template = chat.template
    return {
        "format": 1,
        "name": wanted.name,
        "version": wanted.version,
        "made": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "studio": f"lorewright {__version__}",
        "model": {
            "file": MODEL,
            "adapter": ADAPTER if candidate.adapter is not None else None,
            "architecture": architecture,
            "quantisation": candidate.quantisation,
            "base": candidate.base_name,
            "data": candidate.data,
        },
        "chat": {
            "template": TEMPLATE,
            "form": FORM,
            "bos": template.bos,
            "eos": template.eos,
            "end_of_turn": chat.end,
            "put_bos_first": template.add_bos,
        },
        "tools": {"schemas": TOOLS, "grammar": GRAMMAR, "names_rule": TARGET, "loop": LOOP},
        "settings": golden.model_dump(mode="json", exclude={"transcripts", "format"}),
        "evaluation": CARD,
        "compatibility": REPORT,
        "golden": GOLDEN,
        "player": {"start": f"{PLAYER}/start.py", "scenes": SCENES},
        "licence": {"name": licence.name, "files": [f"{LICENCES}/{Path(name).name}" for name, _text in licence.texts]},
    }


def _names(folder: Path) -> list[str]:
    """Every file but the checksums, by its path with slashes, in order."""
    files = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    return sorted(name for name in files if name != CHECKSUMS)


def _put(folder: Path, name: str, text: str) -> None:
    save_atomic(folder / name, text)


def _put_json(folder: Path, name: str, value: object) -> None:
    save_atomic(folder / name, json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n")
