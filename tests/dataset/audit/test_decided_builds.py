"""Whose verdict counts in a build: heuristics, a judge's remembered words, people, and the setting between them."""

import json
import re
from collections.abc import Callable

import pyarrow.parquet as pq
import pytest

from studio.chat import ChatTemplate
from studio.dataset.audit.judge import Judgement
from studio.dataset.audit.judgements import JudgeCache, cache_folder
from studio.dataset.audit.judging import hash_of
from studio.dataset.audit.people import PeopleFile
from studio.dataset.audit.report import audit_report
from studio.dataset.audit.rubric import rubric_named
from studio.dataset.audit.subject import subject
from studio.dataset.build import Built, Setting, build
from studio.dataset.cutting import Cutter
from studio.dataset.verdicts import Decision
from studio.resources import samples
from studio.workspace.folder import open_or_make

SOURCE = "{% for m in messages %}<{{ m.role }}>{{ m.content }}</s>{% endfor %}"
WORDS = ["armour", "arrows", "bridges", "candles", "diamonds", "embers", "ferries", "gates", "hounds", "ink"]


class Letters:
    """A tokeniser in which each word is an id."""

    def encode(self, text: str, *, special: bool) -> list[int]:
        return [len(word) for word in re.findall(r"\w+|\W", text)]

    def decode(self, ids: list[int]) -> str:
        raise NotImplementedError


def cutter(*_of: object) -> Cutter:
    return Cutter.of(ChatTemplate(SOURCE, eos="</s>", name="plain"), Letters(), 2048)


@pytest.fixture
def made(tmp_path) -> Callable[..., Built]:
    """A build of ten pairs, of which a judge bins the second and third and has not yet read the last."""
    workspace = open_or_make(tmp_path / "ws")
    lines = [
        {
            "instruction": f"What do {word} do on stage {place}?",
            "response": f"On stage {place} the {word} hold for {place} turns and cost {place * 7} coins.",
        }
        for place, word in enumerate(WORDS, start=1)
    ]
    lines[4]["response"] = "I'm sorry, but as an AI language model I cannot help with that."
    (workspace.root / "pairs.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    (workspace.root / "judge.gguf").write_bytes(b"GGUF, whose words are remembered")
    described = workspace.root / "datasets" / "d.yaml"

    def make(authority: str, judge: bool = True) -> Built:
        asked = "judge: {model: judge.gguf, rubric: instruction}" if judge else ""
        audit = f"audit:\n  authority: {authority}\n  off: [near-duplicate]\n  {asked}\n"
        described.write_text("sources: [{name: pairs, file: pairs.jsonl}]\n" + audit, encoding="utf-8")
        return build("d", workspace, cutter, Setting(processes=1))

    make.root = workspace.root
    make("person", judge=False)
    rubric, folder = rubric_named("instruction"), cache_folder(workspace.root)
    cache = JudgeCache(folder, rubric, hash_of(workspace.root / "judge.gguf", folder))
    make.keys = [row.key for row in subject("d", workspace.root, cutter_of=cutter).rows]
    for place, key in enumerate(make.keys[:-1]):
        says, score = (Decision.BIN, 0) if place in (1, 2) else (Decision.KEEP, 4)
        cache.keep(Judgement(key, says, {one.name: score for one in rubric.criteria}, "Because."))
    return make


def out(built: Built) -> int:
    return sum(built.build.manifest.out.values())


def test_the_setting_says_whose_word_counts(made) -> None:
    assert {name: out(made(name)) for name in ("heuristics", "judge", "both", "person")} == {
        "heuristics": 1,  # the refusal
        "judge": 2,  # what it bins; the row that it has not read is flagged
        "both": 0,
        "person": 2,
    }
    people = PeopleFile(made.root)
    people.add(made.keys[1], Decision.KEEP)
    people.add(made.keys[0], Decision.BIN)
    people.add(made.keys[7], Decision.BIN)
    assert {name: out(made(name)) for name in ("heuristics", "judge", "both", "person")} == {
        "heuristics": 1,
        "judge": 2,
        "both": 0,
        "person": 3,
    }


def test_a_row_without_the_judges_word_is_listed_and_flagged(made) -> None:
    built = made("judge")
    (warning,) = [one for one in built.problems if one.code == "unjudged"]
    assert "1 of 10 rows" in warning.sentence
    assert not warning.error
    assert built.build.manifest.flagged["unjudged"] == 1
    assert not [one for one in made("person", judge=False).problems if one.code == "unjudged"]


def test_a_verdict_on_a_row_is_one_on_the_builds_row_also_where_it_was_cut(tmp_path) -> None:
    """The twin: read whole, the talk is another row than its parts."""
    workspace = open_or_make(tmp_path / "ws")
    said = "the {} gates open at dawn and close when the lamps are lit again"
    turns = [{"role": ("user", "assistant")[n % 2], "content": said.format(n)} for n in range(40)]
    (workspace.root / "chat.jsonl").write_text(json.dumps({"messages": turns}), encoding="utf-8")
    audit = "audit: {off: [repetition, compression, repeated-lines, near-duplicate, system-echo]}\n"
    described = "sources: [{name: chat, file: chat.jsonl}]\nmax_length: 256\nsplit: {validation: 0}\n"
    (workspace.root / "datasets" / "d.yaml").write_text(described + audit, encoding="utf-8")

    def short(*_of: object) -> Cutter:
        return Cutter.of(ChatTemplate(SOURCE, eos="</s>", name="plain"), Letters(), 256)

    built = build("d", workspace, short, Setting(processes=1))
    keys = pq.read_table(built.build.path / "rows.parquet")["key"].to_pylist()
    assert len(keys) > 3
    assert {row.key for row in subject("d", workspace.root, cutter_of=short).rows} == set(keys)
    assert not {row.key for row in subject("d", workspace.root).rows} & set(keys)
    people = PeopleFile(workspace.root)
    people.add(keys[0], Decision.BIN)
    assert out(build("d", workspace, short, Setting(processes=1))) == 1


def test_spelling_canon_and_people_are_heard_on_variants_too(tmp_path) -> None:
    folder = tmp_path / "ws" / "scenarios" / "combat"
    folder.mkdir(parents=True)
    for path in sorted(samples().glob("combat/[a-d]*.md")):
        text = path.read_text(encoding="utf-8").replace("</DM>", " The sky is gray.</DM>", 1)
        (folder / path.name).write_text(text, encoding="utf-8")
    workspace = open_or_make(tmp_path / "ws")

    def variants(canon: str = "") -> tuple[dict[str, str], list[str]]:
        audit = f"audit: {{spelling: british, canon: [{canon}], off: [near-duplicate]}}\n"
        described = f"sources: [{{name: s, scenarios: scenarios}}]\naugment: {{copies: 1, kinds: [cast]}}\n{audit}"
        (workspace.root / "datasets" / "d.yaml").write_text(described, encoding="utf-8")
        built = build("d", workspace, cutter, Setting(processes=1))
        rows = [one.row for one in built.build.rows() if one.row.synthetic]
        return {row.key: row.trained_text for row in rows}, [one.code for one in built.problems if not one.error]

    found, _codes = variants()
    assert found and not any("gray" in text for text in found.values())
    first, *rest = found
    PeopleFile(workspace.root).add(first, Decision.BIN, "dull")
    left, codes = variants()
    assert list(left) == rest and "person" in codes
    told = " ".join(path.read_text(encoding="utf-8") for path in folder.iterdir())
    name = next(word for word in re.findall(r"[A-Z][a-z]{3,}", left[rest[0]]) if word not in told)
    rule = f"format: 1\nrules:\n- {{name: stranger, must not mention: {name}, reason: Nobody is called so here.}}\n"
    (workspace.root / "canon.yaml").write_text(rule, encoding="utf-8")
    left, codes = variants("canon.yaml")
    assert rest[0] not in left and "canon:stranger" in codes


def test_a_twin_comes_back_when_the_row_that_stood_for_it_is_binned(made) -> None:
    """Of three rows that say the same, the next stands for the others once a person bins the one that stood for it."""
    path = made.root / "pairs.jsonl"
    answer = "The heron keeps the lock, and nobody passes it before the third bell has rung."
    asked = ("Who keeps the lock?", "Who keeps the lock now?", "Tell me who keeps the lock.")
    path.write_text("\n".join(json.dumps({"instruction": one, "response": answer}) for one in asked), encoding="utf-8")
    (made.root / "datasets" / "d.yaml").write_text(
        "sources: [{name: pairs, file: pairs.jsonl}]\n"
        "audit: {thresholds: {near-duplicate: 0.3}}\nsplit: {validation: 0}\n",
        encoding="utf-8",
    )
    workspace = open_or_make(made.root)
    found = subject("d", workspace.root, cutter_of=cutter)

    def stays() -> list[int]:
        built = build("d", workspace, cutter, Setting(processes=1))
        keys = pq.read_table(built.build.path / "rows.parquet")["key"].to_pylist()
        report = audit_report(found, workspace.root)
        kept = [key for key, one in report.decided.items() if one.decision is not Decision.BIN]
        assert kept == keys, "the audit and the build say the same"
        return [row.place.line for row in found.rows if row.key in keys]

    people = PeopleFile(made.root)
    assert stays() == [1]
    people.add(found.rows[0].key, Decision.BIN)
    assert stays() == [2]
    people.add(found.rows[1].key, Decision.BIN)
    assert stays() == [3]
    people.undo_all((found.rows[0].key, found.rows[1].key))
    assert stays() == [1]
