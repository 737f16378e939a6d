"""Builds: what goes in, stays out and why; the same inputs give the same bytes; what was changed is refused."""

import datetime
import hashlib
import json
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from studio.chat import ChatTemplate
from studio.dataset.build import Built, NothingToBuild, Setting, build
from studio.dataset.builds import Build, BuildChanged, BuildHasErrors, NoBuild, NoDescription, builds_of, find_build
from studio.dataset.comparing import compare
from studio.dataset.cutting import Cutter
from studio.dataset.description import Description
from studio.dataset.learning import gather_build
from studio.dataset.manifest import BadManifest
from studio.errors import Cancelled, NotSaved
from studio.workspace import Workspace
from studio.workspace.folder import open_or_make

CHATML = ChatTemplate(
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}",
    eos="<|im_end|>",
    name="chatml",
)
SHEET = """<SYSTEM>
# Role
You are the Dungeon Master of {where}.

# World
Low hills and wet roads.

# Location
{where}, at dusk.

# Party

## Wren
- Player Character
- Ranger
- Level 3
- Health: 24/26
- Skills: Stealth +6
</SYSTEM>

"""
TURNS = """<User>I keep low and slip past the {where} gate.</User>

<DM>{one}

[roll: stealth]</DM>

<TOOLCALL>stealth: 13 + 6(skill) = *19*</TOOLCALL>

<DM>*SUCCESS* {two}</DM>
"""
PLACES = ("Gant", "Ossel", "Reedmere", "Thistlegate", "Orrin", "Malvane", "Lantern Reach", "Saltmouth")
NOW = datetime.datetime(2026, 11, 21, tzinfo=datetime.UTC)


class Words:
    """A tokeniser in which each word and each mark is an id."""

    def encode(self, text: str, *, special: bool) -> list[int]:
        return [int(hashlib.md5(word.encode()).hexdigest()[:6], 16) for word in re.findall(r"\w+|[^\w\s]", text)]

    def spans(self, text: str) -> list[tuple[int, int]]:
        return [match.span() for match in re.finditer(r"\w+|[^\w\s]", text)]

    def decode(self, ids: list[int]) -> str:
        raise NotImplementedError


def cutter_of(description: Description, _root: Path) -> Cutter:
    return Cutter(lambda: (CHATML, Words()), description.max_length, "words")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Eight scenarios and a data set of them."""
    (tmp_path / "ws" / "scenarios" / "exploration").mkdir(parents=True)
    made = open_or_make(tmp_path / "ws")
    for where in PLACES:
        write(made, f"{where.lower().replace(' ', '-')}.md", told(where))
    describe(made)
    return made


WORDS = re.findall(
    r"\w+",
    """stone lamp water bell gate reed mill road hill fog crow salt rope wool iron door yard cart mule barn ferry wall
    tower bridge candle smoke bread knife boot cloak rain wind frost harbour orchard ditch hedge cellar roof""",
)


def told(where: str) -> str:
    return (SHEET + TURNS).format(where=where, **prose(where))


def prose(where: str) -> dict[str, str]:
    """Words that no other place has in this order."""
    chance = random.Random(where)
    return {name: f"{' '.join(chance.choices(WORDS, k=25 + len(where))).capitalize()}." for name in ("one", "two")}


def changed_of(where: str) -> str:
    return told(where).replace("[roll: stealth]", "A bell rings.\n\n[roll: stealth]")


def write(workspace: Workspace, name: str, text: str) -> Path:
    path = workspace.scenarios / "exploration" / name
    path.write_text(text, encoding="utf-8")
    return path


def describe(workspace: Workspace, more: str = "") -> None:
    text = f"sources:\n- {{name: scenarios, scenarios: scenarios, weight: 5, licence: CC0-1.0}}\n{more}"
    (workspace.root / "datasets" / "play.yaml").write_text(text, encoding="utf-8")


def made(workspace: Workspace, **setting: object) -> Built:
    return build("play", workspace, cutter_of, Setting(clock=lambda: NOW, processes=1, **setting))  # type: ignore[arg-type]


def test_all_that_is_read_is_in_or_out_with_a_reason(workspace: Workspace, root: Path) -> None:
    write(workspace, "held.md", "---\ntags: [held-out]\n---\n" + told("Held"))
    write(workspace, "draft.md", "---\ntags: [synthetic]\n---\n" + told("Draft"))
    write(workspace, "broken.md", told("Broken") + "<DM>never closed")
    write(workspace, "twice.md", told("Gant"))
    (workspace.scenarios / "latin.md").write_bytes(b"<SYSTEM>caf\xe9</SYSTEM>")
    found = made(workspace)
    manifest = found.build.manifest
    assert manifest.counts["read"] == 9 and manifest.counts["in"] == 8
    assert manifest.out == {"duplicate": 1, "held-out": 1, "unaccepted": 1}
    assert manifest.calls == {"read": 9, "in": 8, "out": 1}
    assert {(one.place.path, one.error) for one in found.errors} == {
        ("scenarios/exploration/broken.md", True), ("scenarios/latin.md", True),
    }  # fmt: skip
    assert next(one for one in found.errors if "broken" in one.place.path).place.line > 20
    assert manifest.held_out == ("scenarios/exploration/held.md",)
    assert manifest.licences == {"CC0-1.0": 8}
    sha256 = hashlib.sha256((workspace.scenarios / "exploration" / "gant.md").read_bytes()).hexdigest()
    assert manifest.inputs["scenarios"]["scenarios/exploration/gant.md"] == sha256
    schema = json.loads((root / "resources/schemas/data-manifest.schema.json").read_text("utf-8"))
    jsonschema.validate(json.loads((found.build.path / "manifest.json").read_text("utf-8")), schema)
    lines = (found.build.path / "out.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["code"] for line in lines] == ["duplicate"]
    card = found.build.card()
    assert "license: cc0-1.0\n" in card and "| CC0-1.0 |" in card and "broken.md" in card


def test_rows_carry_side_weight_length_and_verdict(workspace: Workspace) -> None:
    found = made(workspace).build
    rows = list(found.rows())
    assert {one.side for one in rows} == {"training", "validation"}
    assert all(one.tokens > 50 for one in rows)
    assert all(one.weight > 0 for one in rows if one.side == "training")
    assert all(one.weight == 0 for one in rows if one.side == "validation")
    assert {one.verdict for one in rows} <= {"keep", "flag"}
    assert rows[0].row.facts["skill"] == ("stealth",) and rows[0].row.calls == 1


def contents(build: Build) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in build.path.iterdir()}


def test_the_same_inputs_give_the_same_bytes_read_or_remembered(workspace: Workspace) -> None:
    describe(workspace, "augment: {copies: 1}\naudit: {spelling: british}\n")
    first = made(workspace).build
    before = contents(first)
    again = made(workspace).build
    assert again.path == first.path and contents(again) == before
    shutil.rmtree(first.path)
    assert contents(made(workspace, remember=False).build) == before
    write(workspace, "gant.md", changed_of("Gant"))
    changed = made(workspace).build
    assert changed.path != first.path
    shutil.rmtree(workspace.private / "data")
    assert contents(made(workspace).build) == contents(changed)
    for path in (workspace.private / "data" / "play").glob("*.json"):
        path.write_bytes(path.read_bytes()[:-9])  # torn by a crash
    assert contents(made(workspace).build) == contents(changed)


def test_only_what_changed_is_read_again(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    made(workspace)
    read: list[str] = []
    from studio.dataset.sources import scenarios

    checked: Callable[..., object] = scenarios._checked
    monkeypatch.setattr(scenarios, "_checked", lambda *given: (read.append(given[1].name), checked(*given))[1])
    write(workspace, "gant.md", changed_of("Gant"))
    made(workspace)
    assert read == ["gant.md"]


def test_a_long_scenario_comes_in_rows_and_what_fits_in_none_is_listed(workspace: Workspace) -> None:
    waded = TURNS.format(where="Long", **prose("far")).replace("slip", "wade " * 30)
    endless = f"<User>And?</User>\n<DM>{'It rains on Long. ' * 120} [roll: stealth]</DM>\n"
    write(workspace, "long.md", told("Long") + waded * 2 + endless)
    describe(workspace, "max_length: 320\n")
    found = made(workspace)
    rows = [one.row for one in found.build.rows() if one.row.place.path.endswith("long.md")]
    assert len(rows) > 1 and len({row.group for row in rows}) == 1
    assert [one["code"] for one in found.build.manifest.warnings if one["code"] == "too-long"] == ["too-long"]
    assert not found.errors
    assert len({one.side for one in found.build.rows() if one.row in rows}) == 1


def test_a_sheet_that_cannot_be_written_keeps_a_long_scenario_out_with_what_to_do(workspace: Workspace) -> None:
    gift = "<User>Food?</User>\n<DM>He shares. [give: Wren bread, cheese]</DM>\n"
    write(workspace, "long.md", told("Long").replace("\n<User>", gift + "\n<User>", 1) + TURNS.format(
        where="Long", **prose("far")).replace("slip", "wade " * 150))  # fmt: skip
    describe(workspace, "max_length: 320\n")
    found = made(workspace)
    assert [(one.code, one.place.path) for one in found.errors] == [("sheet", "scenarios/exploration/long.md")]
    assert "“bread, cheese” would not be read as inventory" in found.errors[0].sentence


def test_what_a_person_binned_is_out_and_stays_out(workspace: Workspace) -> None:
    from studio.dataset.audit.people import PeopleFile
    from studio.dataset.verdicts import Decision

    key = next(made(workspace).build.rows()).row.key
    PeopleFile(workspace.root).add(key, Decision.BIN, "too plain")
    found = made(workspace).build
    assert found.manifest.out == {"person": 1}
    assert key not in {one.row.key for one in found.rows()}


def test_a_build_that_was_changed_is_refused(workspace: Workspace) -> None:
    found = made(workspace).build
    table = pq.read_table(found.path / "rows.parquet")
    pq.write_table(table.slice(1), found.path / "rows.parquet")
    with pytest.raises(BuildChanged, match=r"rows\.parquet"):
        gather_build(find_build(workspace, "play"), CHATML, Words(), 2048)
    mended = made(workspace).build  # building again puts a whole one in its place
    mended.verify()
    manifest = mended.path / "manifest.json"
    manifest.write_text(manifest.read_text("utf-8").replace('"errors": 0', '"errors":  0'), encoding="utf-8")
    with pytest.raises(BuildChanged, match="manifest"):
        find_build(workspace, "play")
    manifest.write_text("{}", encoding="utf-8")
    with pytest.raises(BadManifest):
        find_build(workspace, "play")


def test_a_model_is_trained_on_the_training_side_by_weight(workspace: Workspace) -> None:
    found = made(workspace).build
    given = gather_build(found, CHATML, Words(), 2048)
    sides = [one.side for one in found.rows()]
    assert len(given.examples) == sides.count("training") and len(given.validation) == sides.count("validation")
    assert all(example.trained and example.decisive for example in given.examples)
    assert given.sources == ("scenarios",) * len(given.examples)
    short = gather_build(found, CHATML, Words(), max(len(one.ids) for one in given.examples) - 1)
    assert short.refused and "tokens" in short.refused[0].reason


def test_errors_keep_a_build_from_training_unless_allowed(workspace: Workspace) -> None:
    write(workspace, "broken.md", told("Broken") + "<DM>never closed")
    found = made(workspace).build
    with pytest.raises(BuildHasErrors, match=r"broken\.md"):
        gather_build(found, CHATML, Words(), 2048)
    assert gather_build(found, CHATML, Words(), 2048, allow_errors=True).examples


def test_two_builds_are_compared_row_by_row(workspace: Workspace) -> None:
    before = made(workspace).build
    write(workspace, "gant.md", changed_of("Gant"))
    write(workspace, "new.md", told("Newbridge"))
    (workspace.scenarios / "exploration" / "ossel.md").unlink()
    after = made(workspace).build
    found = compare(before, after)
    assert [row.place.path for row in found.added] == ["scenarios/exploration/new.md"]
    assert [row.place.path for row in found.removed] == ["scenarios/exploration/ossel.md"]
    assert [one.after.place.path for one in found.changed] == ["scenarios/exploration/gant.md"]
    assert found.same + len(found.moved) == 6
    assert compare(after, after).equal
    assert builds_of(workspace, "play") == (after.path, before.path)
    assert find_build(workspace, f"play/{before.path.name[:5]}").path == before.path


def test_settings_are_compared_each_by_its_name(workspace: Workspace) -> None:
    describe(workspace, "- {name: pairs, file: pairs.jsonl, weight: 1}\nmax_length: 900\n")
    before = made(workspace).build
    describe(workspace, "- {name: pairs, file: pairs.jsonl, weight: 2}\n- {name: play, sessions: sessions}\n")
    assert compare(before, made(workspace).build).settings == {
        "max_length": (900, 2048),
        "sources.pairs.weight": (1.0, 2.0),
        "sources.play": (None, {"name": "play", "sessions": "sessions", "shape": "auto", "split": "train",
                                "weight": 1.0, "reasoning": True}),
    }  # fmt: skip


def test_names_that_are_not_there_are_told_with_what_is(workspace: Workspace) -> None:
    with pytest.raises(NoDescription, match="Did you mean “play”"):
        build("plays", workspace, cutter_of)
    with pytest.raises(NoBuild, match="data build play"):
        find_build(workspace, "play")


def test_nothing_at_all_is_an_error_and_leaves_no_folder(workspace: Workspace) -> None:
    shutil.rmtree(workspace.scenarios)
    with pytest.raises(NothingToBuild, match="scenarios"):
        made(workspace)
    assert builds_of(workspace, "play") == ()


def test_stopping_leaves_nothing_half(workspace: Workspace) -> None:
    with pytest.raises(Cancelled):
        made(workspace, stopped=lambda: True)
    assert not (workspace.root / "datasets" / "play").exists()


def test_tools_of_the_game_that_cannot_be_used_are_told(workspace: Workspace) -> None:
    (workspace.root / "tools.yaml").write_text("roll: [", encoding="utf-8")
    found = made(workspace)
    assert [(one.code, one.place.path) for one in found.errors] == [("OwnToolsDamaged", "tools.yaml")]


def test_a_disk_that_takes_nothing_leaves_the_last_build(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    before = made(workspace).build

    def full(*_given: object, **_more: object) -> None:
        raise OSError(28, "No space left on device")

    write(workspace, "gant.md", changed_of("Gant"))
    with monkeypatch.context() as patched, pytest.raises(NotSaved, match="No space left"):
        patched.setattr("studio.dataset.writing.pq.write_table", full)
        made(workspace)
    assert find_build(workspace, "play").path == before.path
    before.verify()
    assert {path.name for path in before.path.parent.iterdir()} == {before.path.name, "builds.jsonl"}


def test_where_a_workspace_lies_is_in_no_build(workspace: Workspace, tmp_path: Path) -> None:
    (workspace.root / "broken.parquet").write_bytes(b"PAR1" + b"x" * 99 + b"PAR1")
    sources = "- {name: a, file: gone.jsonl}\n- {name: b, file: broken.parquet}\n- {name: c, file: ../c.csv}\n"
    describe(workspace, sources)
    shutil.copytree(workspace.root, tmp_path / "elsewhere" / "copy")
    one, other = made(workspace), made(open_or_make(tmp_path / "elsewhere" / "copy"))
    assert [problem.code for problem in one.errors] == ["PathMissing", "DamagedTable", "OutsideFolder"]
    assert one.build.path.name == other.build.path.name
    for file in one.build.path.iterdir():
        assert file.read_bytes() == (other.build.path / file.name).read_bytes()
        assert str(tmp_path).encode() not in file.read_bytes()


def test_a_link_in_a_folder_leads_to_nothing_outside_the_workspace(workspace: Workspace, tmp_path: Path) -> None:
    for folder, name in (("scenarios", "secret.md"), ("files", "secret.jsonl"), ("sessions", "secret.jsonl")):
        (tmp_path / name).write_text(told("Elsewhere"), encoding="utf-8")
        (workspace.root / folder).mkdir(exist_ok=True)
        (workspace.root / folder / name).symlink_to(tmp_path / name)
    (workspace.scenarios / "again.md").symlink_to(workspace.scenarios / "exploration" / "gant.md")
    describe(workspace, "- {name: files, file: files}\n- {name: play, sessions: sessions}\n")
    found = made(workspace)
    assert [(one.source, one.code) for one in found.errors] == [
        ("scenarios", "OutsideFolder"), ("files", "OutsideFolder"), ("play", "OutsideFolder")
    ]  # fmt: skip
    assert found.build.manifest.out == {"duplicate": 1}  # a link inside the workspace is a file like any other


def test_a_long_talk_comes_in_rows_and_each_call_is_counted_once(workspace: Workspace) -> None:
    call = {"function": {"name": "lookup", "arguments": {"what": "gate"}}}
    talk = []
    for where in PLACES:
        words = prose(where)
        talk += [{"role": "user", "content": words["one"]}, {"role": "assistant", "content": words["two"]}]
    talk[1]["tool_calls"] = talk[-1]["tool_calls"] = [call]
    talk[3]["content"] += " [roll: stealth]"
    talk[5]["weight"] = 0
    lines = json.dumps({"messages": talk}) + "\n"
    (workspace.root / "talk.jsonl").write_text(lines, encoding="utf-8")
    describe(workspace, "- {name: talk, file: talk.jsonl}\nmax_length: 150\n")
    found = made(workspace)
    rows = [row.row for row in found.build.rows() if row.row.source == "talk"]
    assert len(rows) > 2 and len({row.group for row in rows}) == 1
    assert sorted(tool for row in rows for tool in row.facts.get("tool", ())) == ["lookup", "lookup", "roll"]
    assert sum(row.calls for row in rows) == 3
    assert [tool for row in rows for tool in row.facts.get("skill", ())] == ["stealth"]


def test_a_source_that_is_missing_does_not_keep_the_others_out(workspace: Workspace) -> None:
    describe(workspace, "- {name: pairs, file: pairs.jsonl}\n")
    found = made(workspace)
    assert found.build.manifest.counts["in"] == 8
    assert [(one.source, one.code) for one in found.errors] == [("pairs", "PathMissing")]
    assert isinstance(found.build.table(), pa.Table)
