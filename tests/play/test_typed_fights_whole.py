"""Whatever is said and done in a typed fight: it reopens alike, is undone exactly, and can be saved."""

import asyncio
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from studio.errors import LorewrightError
from studio.lint import Severity, check
from studio.play.saving import NothingToSave, as_scenario
from studio.play.session import Session
from studio.rules.combat import Deed
from studio.scenario import parse
from tests.play.table import same
from tests.play.told import nobody
from tests.play.typed import GOBLINS, playing

REPLIES = st.lists(
    st.sampled_from([
        "You swing.\n\n[roll: attack]", "[roll: attack adv for Bog Brigand]", " It reels. [damage: Bog Witch 3]", "",
        "[roll: stealth]\n[roll: attack]", " *SUCCESS* So it goes.\n\n[damage: Wren 2]", "Done. [end combat]",
        "[roll: initiative]\n[begin combat]", "You wait.", "[roll: attack]\n[damage: Bog Brigand 40]\nIt falls.",
        "[condition: Wren stunned]", "[roll: attack for Nobody]", "[roll: attack", "[heal: Wren 9]",
    ]),
    min_size=1, max_size=6,
)  # fmt: skip
LINES = st.sampled_from(["I swing at the witch.", "I stab it with my shortsword!", "Wait.", "Brigand, Witch: yield."])
OPS = st.one_of(
    st.tuples(st.just("say"), LINES, REPLIES),
    st.tuples(st.just("say"), LINES, REPLIES),
    st.tuples(st.sampled_from(["retry", "go", "narrate"]), st.just(""), REPLIES),
    st.tuples(st.just("edit"), st.sampled_from(["On.", "Now. [roll: attack]", "[roll: stealth]"]), st.integers(0, 40)),
    st.tuples(st.just("act"), st.sampled_from(["begin", "rules", "next", "end"]), st.just(0)),
    st.tuples(st.sampled_from(["delete", "undo", "redo"]), st.just(""), st.integers(0, 40)),
)


async def do(session: Session, name: str, words: str, more: object) -> None:
    """One thing that is said or done."""
    if isinstance(more, list):
        session.engine.lines = iter(more)  # type: ignore[union-attr]  # the engine of these tests
        doing = {"say": lambda: session.say(words, nobody), "retry": lambda: session.retry(nobody),
                 "go": lambda: session.go_on(nobody), "narrate": lambda: session.narrate(nobody)}  # fmt: skip
        await doing[name]()
        return
    path = session.path()
    assert isinstance(more, int)
    if name == "act":
        session.act_by_rules() if words == "rules" else session.act(Deed(words))
    elif name in ("undo", "redo"):
        session.undo() if name == "undo" else session.redo()
    elif path:
        node = path[more % len(path)].id
        session.edit(node, words) if name == "edit" else session.delete(node)


def holds(session: Session) -> None:
    """Fails where what was done does not stand as it should."""
    assert session.file is not None
    again = Session.reopen(session.file.path)
    same(session, again)
    again.close()
    turns = {node.id: (session.nodes[node.id], session.state(node.id)) for node in session.steps()}
    if session.can_undo:
        session.undo()
        session.redo()
        assert {node.id: (session.nodes[node.id], session.state(node.id)) for node in session.steps()} == turns
    try:
        saved = as_scenario(session)
    except NothingToSave:
        return
    assert [one for one in check(parse(saved.text)) if one.severity is Severity.ERROR] == []


@settings(max_examples=25)
@given(st.lists(OPS, min_size=1, max_size=8), st.integers(0, 5), st.booleans())
def test_whatever_happens_in_a_typed_fight_stands(ops: list[tuple[str, str, object]], seed: int, begun: bool) -> None:
    async def play(session: Session) -> None:
        for name, words, more in ops:
            try:
                await do(session, name, words, more)
            except LorewrightError:
                continue
            written = not {"edit", "delete"} & {one for one, _words, _more in ops}
            if session.party.combat is not None and name == "say" and written:
                who = session.party.combat.whose
                assert who == "Wren" or session.state().loop.over, "a person is to act after every line"
        holds(session)

    with tempfile.TemporaryDirectory() as folder:
        session = playing(path=Path(folder) / "s.jsonl", seed=seed, text=GOBLINS)
        if begun:
            session.act(Deed("begin"))
        asyncio.run(play(session))
        session.close()
