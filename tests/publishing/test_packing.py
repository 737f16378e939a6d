"""A game pack: what is in it, that it is checked, and that its Python sample runs without the studio."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from studio.cli import main
from studio.files import sha256_of
from studio.gguf.errors import NotAGguf
from studio.inference.errors import ModelNotLoaded
from studio.publishing.candidate import Candidate
from studio.publishing.licence import NoLicence, licence_of
from studio.publishing.packing import CHECKSUMS, PackExists, Wanted, make_pack
from studio.publishing.verifying import NotAPack, verify
from studio.publishing.zips import write_zip
from studio.resources import resource
from tests.gguf.tiny_model import write_model

SAMPLE = """
import runpy, sys
sys.argv = ["play.py", "--golden"]
try:
    runpy.run_path("samples/python/play.py", run_name="__main__")
finally:
    print("STUDIO" if any(name.split(".")[0] == "studio" for name in sys.modules) else "ALONE")
"""


def schema(name: str) -> dict[str, object]:
    """The schema of what a command prints."""
    found: dict[str, object] = json.loads((resource("schemas") / f"{name}.schema.json").read_text("utf-8"))
    return found


def copied(pack: Path, tmp_path: Path) -> Path:
    """The pack to change; the model is the same file under another name."""
    return Path(shutil.copytree(pack, tmp_path / "pack", copy_function=_linked))


def _linked(source: str, target: str) -> None:
    if source.endswith(".gguf"):
        os.link(source, target)
    else:
        shutil.copy2(source, target)


def signed(folder: Path) -> None:
    """Writes the checksums of the files as they are now."""
    names = [line.split("  ", 1)[1] for line in (folder / CHECKSUMS).read_text().splitlines()]
    lines = [f"{sha256_of(folder / name)}  {name}\n" for name in names if (folder / name).is_file()]
    (folder / CHECKSUMS).write_text("".join(lines))


def test_a_pack_names_all_its_parts(pack: Path) -> None:
    about = json.loads((pack / "pack.json").read_text())
    told = [about["model"]["file"], about["chat"]["template"], about["chat"]["form"], *about["licence"]["files"],
            about["tools"]["schemas"], about["tools"]["grammar"], about["tools"]["loop"], about["golden"],
            about["evaluation"], about["compatibility"], "licences/NOTICE.txt", "samples/python/play.py",
            "samples/csharp/LorewrightModel.cs", "samples/godot/lorewright_model.gd"]  # fmt: skip
    assert [name for name in told if not (pack / name).is_file()] == []
    assert "Apache License" in (pack / about["licence"]["files"][0]).read_text()
    loop = json.loads((pack / about["tools"]["loop"]).read_text())
    assert {row["next"] for row in loop["rows"]} | {loop["start"]} == set(loop["states"])
    assert {row["do"] for row in loop["rows"]} == set(loop["actions"])
    for tool in json.loads((pack / about["tools"]["schemas"]).read_text())["tools"]:
        jsonschema.validate(tool["example"]["call"]["arguments"], tool["parameters"])
    report = json.loads((pack / about["compatibility"]).read_text())
    jsonschema.validate({"pack": str(pack), "compatibility": report}, schema("pack"))
    engines = report["engines"]
    assert [(one["engine"], one["loaded_here"]) for one in engines] == [
        ("llama.cpp", True),
        ("Ollama", False),
        ("Cactus 2", False),
    ]
    assert (pack / "compatibility" / "Modelfile").read_text().startswith("FROM ../model/model.gguf\nTEMPLATE ")


async def test_an_unchanged_pack_passes_and_another_answer_does_not(pack: Path, tmp_path: Path) -> None:
    assert [check.problems for check in await verify(pack)] == [(), (), (), ()]
    folder = copied(pack, tmp_path)
    golden = json.loads((folder / "golden" / "transcripts.json").read_text())
    step = golden["transcripts"][0]["steps"][0]
    step["expected_ids"][2] += 1
    (folder / "golden" / "transcripts.json").write_text(json.dumps(golden))
    signed(folder)
    *rest, transcripts = await verify(folder)
    assert all(check.passed for check in rest)
    assert "reply 1 differs at token 3" in transcripts.problems[0]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda folder: (folder / "tools" / "loop.json").write_text("{}"), "tools/loop.json is not what was packed"),
        (lambda folder: (folder / "chat" / "form.json").unlink(), "chat/form.json is missing"),
        (lambda folder: (folder / "samples" / "more.py").write_text(""), "samples/more.py was not packed"),
        (lambda folder: _drop_line(folder, "golden/"), "golden/transcripts.json has no checksum"),
        (lambda folder: shutil.rmtree(folder / "licences"), "the licence of the base is missing"),
    ],
)
async def test_what_was_changed_is_told_and_nothing_is_loaded(pack: Path, tmp_path: Path, change, told: str) -> None:
    folder = copied(pack, tmp_path)
    change(folder)
    checks = await verify(folder)
    assert [check.what for check in checks] == ["files", "licence"]
    assert any(told in problem for check in checks for problem in check.problems)


def _drop_line(folder: Path, start: str) -> None:
    lines = (folder / CHECKSUMS).read_text().splitlines(keepends=True)
    (folder / CHECKSUMS).write_text("".join(line for line in lines if f"  {start}" not in line))


def test_what_verifying_prints_keeps_to_its_schema(
    pack: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copied(pack, tmp_path)
    (folder / "tools" / "loop.json").write_text("{}")
    assert main(["verify", str(folder), "--format", "json"]) == 1
    told = json.loads(capsys.readouterr().out)
    jsonschema.validate(told, schema("verify"))
    assert [check["passed"] for check in told["checks"]] == [False, True]


async def test_a_checksum_cannot_name_a_file_outside(pack: Path, tmp_path: Path) -> None:
    folder = copied(pack, tmp_path)
    with (folder / CHECKSUMS).open("a") as stream:
        stream.write(f"{'0' * 64}  ../../outside\n")
    with pytest.raises(Exception, match="points outside"):
        await verify(folder)


async def test_a_zip_is_checked_like_a_folder(pack: Path, tmp_path: Path) -> None:
    names = [path.relative_to(pack).as_posix() for path in pack.rglob("*") if path.is_file()]
    write_zip(tmp_path / "weir.zip", [(f"weir/{name}", pack / name) for name in sorted(names) if "loop" not in name])
    checks = await verify(tmp_path / "weir.zip")
    assert checks[0].problems == ("tools/loop.json is missing",)
    (tmp_path / "other").mkdir()
    with pytest.raises(NotAPack, match=r"pack\.json is missing"):
        await verify(tmp_path / "other")


def test_the_python_sample_says_the_same_without_the_studio(pack: Path, tmp_path: Path) -> None:
    folder = copied(pack, tmp_path)
    done = subprocess.run(
        [sys.executable, "-P", "-c", SAMPLE], cwd=folder, capture_output=True, text=True, timeout=600, check=False
    )
    assert "ALONE" in done.stdout and done.returncode == 0, done.stdout + done.stderr
    assert "The Weir, reply 1: prompt same, tokens same, calls same" in done.stdout


async def test_without_a_licence_there_is_no_pack(starter_candidate: Candidate, wanted: Wanted, tmp_path: Path) -> None:
    unknown = tmp_path / "unknown.gguf"
    unknown.write_bytes(b"GGUF")
    stray = replace(starter_candidate, model=unknown, base=None, base_name="Somebody's model")
    with pytest.raises(NoLicence, match="Somebody's model"):
        await make_pack(stray, wanted, tmp_path / "pack")
    assert not (tmp_path / "pack").exists()
    given = tmp_path / "TERMS.txt"
    given.write_text("You may.")
    assert licence_of(stray, [given]).texts == (("TERMS.txt", "You may."),)


def test_a_bases_own_licence_and_notice_go_along(starter_candidate: Candidate, tmp_path: Path) -> None:
    (tmp_path / "LICENSE").write_text("Theirs.")
    (tmp_path / "NOTICE.txt").write_text("Say our name.")
    (tmp_path / "weights.txt").write_text("no")
    found = licence_of(replace(starter_candidate, base=tmp_path))
    assert dict(found.texts) == {"LICENSE": "Theirs.", "NOTICE-2.txt": "Say our name."}, (
        "NOTICE.txt is the studio's own"
    )


def test_a_policy_of_use_goes_along_and_is_no_licence(starter_candidate: Candidate, tmp_path: Path) -> None:
    base, unknown = tmp_path / "base", tmp_path / "unknown.gguf"
    base.mkdir()
    unknown.write_bytes(b"GGUF")
    (base / "USE_POLICY.md").write_text("Do no harm.")
    theirs = replace(starter_candidate, model=unknown, base=base, base_name="theirs")
    with pytest.raises(NoLicence, match="theirs"):
        licence_of(theirs)
    (base / "LICENSE.txt").write_text("You may.")
    assert [name for name, _text in licence_of(theirs).texts] == ["LICENSE.txt", "USE_POLICY.md"]


def test_what_is_given_goes_beside_what_is_found(starter_candidate: Candidate, tmp_path: Path) -> None:
    base, given = tmp_path / "base", tmp_path / "given"
    for folder in (base, given):
        folder.mkdir()
        (folder / "LICENSE").write_text(folder.name)
    (given / "NOTICE").write_text("Name them, too.")
    theirs = replace(starter_candidate, base=base, base_name="theirs")
    assert dict(licence_of(theirs, [given / "NOTICE"]).texts) == {"NOTICE": "Name them, too.", "LICENSE": "base"}
    assert dict(licence_of(theirs, [given / "LICENSE"]).texts) == {"LICENSE": "given", "LICENSE-2": "base"}
    (base / "LICENSE").unlink()
    unknown = tmp_path / "unknown.gguf"
    unknown.write_bytes(b"GGUF")
    with pytest.raises(NoLicence):
        licence_of(replace(theirs, model=unknown), [given / "NOTICE"])


async def test_a_model_that_does_not_load_is_told_by_its_own_place(
    starter_candidate: Candidate, wanted: Wanted, tmp_path: Path
) -> None:
    strange = write_model(tmp_path / "strange.gguf", general__architecture="frobnicator")
    with pytest.raises(ModelNotLoaded, match=re.escape(str(strange))):
        await make_pack(replace(starter_candidate, model=strange), wanted, tmp_path / "pack")
    assert [path.name for path in tmp_path.iterdir()] == ["strange.gguf"]


async def test_what_fails_half_way_leaves_nothing(starter_candidate: Candidate, wanted: Wanted, tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"no model")
    with pytest.raises(NotAGguf):
        await make_pack(replace(starter_candidate, model=broken), wanted, tmp_path / "pack")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken.gguf"]
    (tmp_path / "pack").mkdir()
    with pytest.raises(PackExists):
        await make_pack(starter_candidate, wanted, tmp_path / "pack")


@pytest.mark.parametrize("sample", ["csharp/LorewrightModel.cs", "godot/lorewright_model.gd", "python/play.py"])
def test_brackets_of_the_samples_close(pack: Path, sample: str) -> None:
    text = (pack / "samples" / sample).read_text(encoding="utf-8")
    comment = "// " if sample.endswith("cs") else "# "
    code = _without_texts("\n".join(line.split(comment)[0] for line in text.splitlines()))
    for opening, closing in ("()", "[]", "{}"):
        assert code.count(opening) == code.count(closing)


def _without_texts(code: str) -> str:
    return re.sub(r'"""(?s:.*?)"""|\'(?:\\.|[^\'\\\n])*\'|"(?:\\.|[^"\\\n])*"', '""', code)
