"""Worker `convert`: one run or base made into GGUF files, held against what they were made from; then it ends.

Request `convert {source, out, quantisations, run, name=null, cache=null, importance=false, go_on=true}`. Events:
`phase {name}` (merge, convert, importance, quantise, compare), `progress {part, fraction}`, `going_on {files}` where an
interrupted conversion is gone on with, `left {name, path, size}` for others that lie about, `validated {file, checks}`,
`compared {file, …}`;
`done` carries the report. The files lie under `out/NAME/` with `card.json` only when all is well.
"""

import datetime
import itertools
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch

from studio.errors import NotSaved
from studio.files import save_atomic, sha256_of, sync_folder
from studio.gguf.convertible import check_architecture
from studio.gguf.errors import ConversionWrong, UnknownQuantisation
from studio.gguf.identity import identity_of
from studio.gguf.leftovers import leftovers
from studio.gguf.made_from import files_there, source_beside, source_kept
from studio.gguf.naming import ModelName, model_name
from studio.gguf.outline import outline_of
from studio.gguf.quantisations import BY_QUANTISATION, QUANTISATIONS
from studio.gguf.reader import Gguf
from studio.gguf.room import check_room, check_wanted
from studio.gguf.validating import Row, check_sound
from studio.jobs.protocol import Fields
from studio.jobs.runs import REPORT, save_run_config
from studio.workers._base import load_model
from studio.workers._calibration import texts_of
from studio.workers._compare import Comparison, compare, reference
from studio.workers._converter import quantise, still_quantising, to_gguf
from studio.workers._entries import entries_of
from studio.workers._importance import Importance, importance_of
from studio.workers._inert import inert_folder
from studio.workers._merge import Source, source_of
from studio.workers._places import cache_of, run_folder
from studio.workers._serve import Request, serve
from studio.workers._ways import Merged, merged_the_nearer_way, ways_of
from studio.workers._workshop import Workshop, key_of, workshop

CARD = "card.json"
_PLAIN = "F16"
_MATRIX = ".imatrix"
"""How a matrix's file ends: llama.cpp's tools take any name, and it must not be listed among models."""
_LEAST_TOP1 = 0.9
"""An F16 file that agrees less often than this with its source was converted wrongly."""


@dataclass(frozen=True, slots=True)
class Made:
    """One finished file; `size` in bytes, `bits` the true bits a weight; `importance` says on what, or is empty.

    `checks` are those of `validate`, all of them.
    """

    file: str
    quantisation: str
    size: int
    bits: float
    sha256: str
    comparison: Comparison
    checks: tuple[Row, ...] = ()
    importance: str = ""

    def as_card(self) -> Fields:
        """What the card keeps: all but the checks, whose words are those of the language of the day."""
        return {name: value for name, value in asdict(self).items() if name != "checks"}


@dataclass(frozen=True, slots=True)
class _Work:
    """What is to be made: of what, under which name, in which quantisations, and how."""

    source: Source
    name: ModelName
    kinds: Sequence[str]
    importance: bool
    cache: Path


def convert(request: Request) -> Fields:
    """Runs the job that a request describes."""
    folder, out = run_folder(request), Path(request.get("out", str))
    kinds = _kinds(request.get("quantisations", list))
    request.journal_to(folder)
    name = request.fields.get("name")
    source = _named(out, source_of(Path(request.get("source", str)), name if isinstance(name, str) else None))
    importance = request.fields.get("importance") is True
    settings = {"source": str(source.path), "base": str(source.base.path), "name": source.name, "quantisations": kinds,
                "importance": importance}  # fmt: skip
    save_run_config(folder, settings)
    check_architecture(source.base.path)
    work = _work(source, kinds, importance, cache_of(request, folder))
    go_on = request.fields.get("go_on") is not False
    with workshop(out, _key(work), source.name, str(source.path), go_on=go_on) as shop:
        _tell_of_leftovers(request, out, shop)
        merged, made = _make(request, work, shop)
        request.check()
        target = _put(shop.path, out, source, merged, made)
    report: Fields = {
        "gguf": str(target / made[0].file),
        "model": str(target),
        "adapter": source.trained,
        "files": [asdict(row) for row in made],
    }
    save_atomic(folder / REPORT, json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    return {"report": report}


def _kinds(asked: Sequence[object]) -> list[str]:
    kinds = [str(name) for name in asked] or ["Q4_K_M"]
    for name in kinds:
        if name not in BY_QUANTISATION:
            raise UnknownQuantisation(name=name, known=", ".join(kind.name for kind in QUANTISATIONS))
    return list(dict.fromkeys(kinds))


def _work(source: Source, kinds: Sequence[str], importance: bool, cache: Path) -> _Work:
    """What is to be made, after everything was checked that can be told before anything is."""
    model = outline_of(source.base.path)
    check_wanted(model, kinds, importance=importance)
    finetune = source.name if source.adapter is not None else None
    return _Work(source, model_name(source.base.path, model.weights, finetune), kinds, importance, cache)


def _key(work: _Work) -> str:
    """What the files depend on: the same key, the same F16 file to the byte."""
    source = work.source
    adapter = sha256_of(source.adapter / "adapter_model.safetensors") if source.adapter is not None else ""
    digest = identity_of(source.base.path, source.base.name).digest
    return key_of(digest, adapter, source.path, source.name, work.name.file("*"), work.importance)


def _tell_of_leftovers(request: Request, out: Path, shop: Workshop) -> None:
    if shop.files:
        request.emit("going_on", files=sorted(shop.files))
    for left in leftovers(out):
        request.emit("left", name=left.name, path=str(left.path), size=left.size)


def _make(request: Request, work: _Work, shop: Workshop) -> tuple[Merged, list[Made]]:
    source, building = work.source, shop.path
    check_room(building, outline_of(source.base.path), work.kinds, ways_of(source), set(shop.files))
    request.emit("phase", name="merge")
    whole = building / "merged"
    whole.mkdir()
    merged = merged_the_nearer_way(source, work.cache, whole, request.check)
    model_folder = inert_folder(merged.folder, building / "inert")
    request.check()
    request.emit("phase", name="convert")
    if _PLAIN not in shop.files:
        plain = building / work.name.file(_PLAIN)
        entries = entries_of(source, work.name)
        to_gguf(model_folder, plain, source.inner_name, _teller(request, "convert"), request.check, entries)
        shop.finished(_PLAIN, plain)
    matrix, texts = _importance(request, work, shop) if work.importance else (None, "")
    request.emit("phase", name="quantise")
    for kind in work.kinds:
        if kind not in shop.files:
            file = building / work.name.file(kind)
            tell = _teller(request, "quantise")
            quantise(shop.files[_PLAIN], file, kind, torch.get_num_threads(), tell, request.check, matrix)
            shop.finished(kind, file)
    request.emit("phase", name="compare")
    made = _compared(request, source, model_folder, {_PLAIN: shop.files[_PLAIN], **shop.files})
    return merged, [replace(made[kind], importance=texts if kind != _PLAIN else "") for kind in work.kinds]


def _importance(request: Request, work: _Work, shop: Workshop) -> tuple[Importance, str]:
    """The importance matrix on what the run learned from."""
    request.emit("phase", name="importance")
    rows, texts = texts_of(work.source)
    tell = _teller(request, "importance")
    found = importance_of(shop.files[_PLAIN], rows, torch.get_num_threads(), tell, request.check)
    found.save((shop.path / work.name.file("importance")).with_suffix(_MATRIX), texts)
    return found, texts


def _teller(request: Request, part: str):  # type: ignore[no-untyped-def]  # a closure over the last share that was told
    told = -1.0

    def tell(fraction: float) -> None:
        nonlocal told
        if fraction - told >= 0.02 or fraction >= 1 > told:
            told = fraction
            request.emit("progress", part=part, fraction=round(fraction, 3))

    return tell


def _compared(request: Request, source: Source, model_folder: Path, files: dict[str, Path]) -> dict[str, Made]:
    known = reference(source.base, load_model(model_folder, torch.float32))
    made: dict[str, Made] = {}
    for number, (kind, path) in enumerate(files.items()):
        request.check()
        comparison, loaded = compare(path, known)
        examined = _examined(kind, path, comparison)
        made[kind] = replace(examined, checks=check_sound(path, source.base, loaded))
        request.emit("validated", file=path.name, checks=[asdict(row) for row in made[kind].checks])
        request.emit("compared", **made[kind].as_card())
        request.emit("progress", part="compare", fraction=round((number + 1) / len(files), 3))
    return made


def _examined(kind: str, path: Path, comparison: Comparison) -> Made:
    if not comparison.ids_identical:
        raise ConversionWrong(file=path.name, detail="its tokeniser gives other ids")
    if kind == _PLAIN and comparison.top1 < _LEAST_TOP1:
        raise ConversionWrong(file=path.name, detail=f"the likeliest token agrees in {comparison.top1:.0%} only")
    with Gguf(path) as gguf:
        return Made(path.name, kind, gguf.bytes, round(gguf.bits_per_weight, 3), sha256_of(path), comparison)


def _put(building: Path, out: Path, source: Source, merged: Merged, made: Sequence[Made]) -> Path:
    """Moves the finished files to their final folder, the card last; another model of that name is left alone."""
    target = out / source.name
    card = target / CARD
    old = json.loads(card.read_text(encoding="utf-8")).get("files") if card.is_file() else []
    kept = [row for row in files_there(target, old) if row["file"] not in {new.file for new in made}]
    values = {
        "format": 1,
        "name": source.name,
        "source": source_kept(target, source.path),
        "base": source.base.name,
        **merged.as_card(),
        "made": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "files": [*kept, *(row.as_card() for row in made)],
    }
    try:
        target.mkdir(parents=True, exist_ok=True)
        for file in (*(building / row.file for row in made), *building.glob(f"*{_MATRIX}")):
            file.replace(target / file.name)
        sync_folder(target)
    except OSError as error:
        raise NotSaved(path=target, reason=error.strerror or str(error)) from error
    save_atomic(card, json.dumps(values, indent=1, ensure_ascii=False) + "\n")
    return target


def _named(out: Path, source: Source) -> Source:
    """The source under the name it will have, numbered from 2 where a model from elsewhere has that name."""
    for number in itertools.count(1):
        name = source.name if number == 1 else f"{source.name}-{number}"
        if not (out / name).exists() or source_beside(out / name) == source.path:
            return replace(source, name=name)
    raise AssertionError("numbers do not end")


def main() -> None:
    """Serves one job."""
    serve({"convert": convert}, one_job=True)
    if still_quantising():  # a cancelled one: Python must not be taken down under native code that may call it
        os._exit(0)


if __name__ == "__main__":
    main()
