"""The tree of a session: whatever is done and taken back, it is what the events of its file come to."""

import random
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.errors import InputError
from studio.play.book import NothingToUndo
from studio.play.log import read_session
from studio.play.records import Model, TurnKind
from studio.play.session import Session
from studio.rules import HandChange, Throw
from studio.rules.combat import Deed
from tests.play.table import same, session_of

SAYINGS = (
    "I wait.",
    "Fog.\n\n[roll: stealth]",
    "[damage: Wren 3] It hurts. [roll: perception for Bog Brigand]",
    "[heal: Wren 2]",
    "[give: Wren Rope x2] [take: Wren Crown]",
    "[roll: initiative]\n[begin combat]",
    "[end combat]",
    "[roll: ]",
    "*SUCCESS* On.",
)
KINDS: tuple[TurnKind, ...] = ("User", "DM", "TOOLCALL")
DEEDS = (Deed("begin"), Deed("next"), Deed("end"), Deed("damage", who="Wren", dice="2d6"))


def _insert(session: Session, dice: random.Random) -> None:
    session.insert(_any(session, dice, or_none=True), dice.choice(KINDS), dice.choice(SAYINGS))


def _append(session: Session, dice: random.Random) -> None:
    session.insert(session.tip, dice.choice(KINDS), dice.choice(SAYINGS))


def _say(session: Session, _dice: random.Random) -> None:
    session._begin()
    session._record(session._turn("User", "Another way."))


def _any(session: Session, dice: random.Random, *, or_none: bool = False) -> int | None:
    return dice.choice([*session.nodes, *([None] if or_none or not session.nodes else [])])


def _on_a_turn(do: Callable[[Session, int, random.Random], object]) -> Callable[[Session, random.Random], None]:
    def done(session: Session, dice: random.Random) -> None:
        if (node := _any(session, dice)) is not None:
            do(session, node, dice)

    return done


OPERATIONS: dict[str, Callable[[Session, random.Random], object]] = {
    "insert": _insert,
    "append": _append,
    "say": _say,
    "back_to": _on_a_turn(lambda session, node, _dice: session.back_to(node)),
    "edit": _on_a_turn(lambda session, node, dice: session.edit(node, dice.choice(SAYINGS))),
    "delete": _on_a_turn(lambda session, node, _dice: session.delete(node)),
    "show": _on_a_turn(lambda session, node, _dice: session.show(node)),
    "mark": _on_a_turn(lambda session, node, dice: session.mark(node, dice.choice(("good", "bad", None)))),
    "correct": _on_a_turn(lambda session, node, dice: session.correct(node, dice.choice(SAYINGS))),
    "hand": lambda session, dice: session.hand(HandChange("Wren", "health", delta=dice.randint(-9, 9))),
    "throw": lambda session, dice: session.throw(Throw(skill="stealth", who="Wren"), tell=dice.random() < 0.5),
    "act": lambda session, dice: session.act(dice.choice(DEEDS)),
    "act_by_rules": lambda session, _dice: session.act_by_rules(),
    "undo": lambda session, _dice: session.undo(),
    "redo": lambda session, _dice: session.redo(),
}


def _do(session: Session, name: str, dice: random.Random) -> None:
    try:
        OPERATIONS[name](session, dice)
    except InputError:  # the rules, or the tree, refuse it: nothing has changed
        pass


@given(names=st.lists(st.sampled_from([*OPERATIONS]), min_size=1, max_size=40), seed=st.integers(0, 1 << 16))
@settings(max_examples=40)
def test_any_operations_are_what_their_file_comes_to(names: list[str], seed: int) -> None:
    dice = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s.jsonl"
        session = session_of(path)
        for name in names:
            _do(session, name, dice)
            _check_tree(session)
        again = Session.reopen(path)
        same(session, again)
        assert again.damage is None
        again.close()
        session.close()


def _check_tree(session: Session) -> None:
    """Every turn stands beneath its parent, once, and the tip is one of them."""
    for at in (None, *session.nodes):
        for child in session.tree.children(at):
            assert session.nodes[child].parent == at
    assert sorted(session.tree.beneath(session.tree.children(None))) == sorted(session.nodes)
    assert session.tip is None or session.tip in session.nodes
    for sheet in session.party.sheets:
        assert sheet.health is None or 0 <= sheet.health[0] <= sheet.health[1]


def _standing(session: Session) -> tuple[object, ...]:
    tree = session.tree
    below = {at: tree.children(at) for at in (None, *tree.nodes) if tree.children(at)}
    return dict(tree.nodes), tree.tip, below, dict(tree.marks), dict(tree.corrections), session.state()


@given(names=st.lists(st.sampled_from([*OPERATIONS]), min_size=1, max_size=40), seed=st.integers(0, 1 << 16))
@settings(max_examples=40)
def test_what_is_taken_back_is_taken_back_exactly(names: list[str], seed: int) -> None:
    dice, session = random.Random(seed), session_of()
    done: list[tuple[int, tuple[object, ...]]] = []
    undone: list[tuple[object, ...]] = []
    for name in [*names, *["undo"] * len(names), *["redo"] * len(names)]:
        before = _standing(session)
        _do(session, name, dice)
        last = session.tree.to_undo
        if name == "undo" and done:
            assert _standing(session) == done.pop()[1]
            undone.append(before)
        elif name == "redo" and undone:
            assert _standing(session) == undone.pop()
            assert last is not None
            done.append((last.op, before))
        elif name not in ("undo", "redo") and last is not None and (not done or done[-1][0] != last.op):
            done.append((last.op, before))
            undone.clear()
        elif name in ("undo", "redo"):
            assert _standing(session) == before


def test_versions_of_a_turn_stand_beside_each_other_and_are_gone_through() -> None:
    session = session_of()
    first = session.insert(None, "User", "I look.")
    one = session.insert(first, "DM", "Fog.")
    session.back_to(first)
    session._begin()
    session._record(session._turn("DM", "Rain."))
    other = session.tip
    assert other is not None and session.siblings(one) == (one, other) == session.siblings(other)
    session.show(one)
    assert [node.text for node in session.path()] == ["I look.", "Fog."]
    after = session.insert(one, "User", "On.")
    session.show(other)
    session.show(one)
    assert session.tip == after, "the last turn beneath that version"
    session.undo()
    assert session.tip == after, "looking around is taken back as one"


def test_a_step_between_does_not_part_versions() -> None:
    session = session_of()
    first = session.insert(None, "DM", "Fog.")
    one = session.insert(first, "User", "I wait.")
    session.back_to(first)
    session.hand(HandChange("Wren", "health", delta=-1))
    session._begin()
    session._record(session._turn("User", "I go."))
    assert session.tip is not None
    assert session.siblings(one) == (one, session.tip) == session.siblings(session.tip)


def test_an_edited_call_is_rolled_anew_and_another_word_leaves_the_dice() -> None:
    session = session_of()
    user = session.insert(None, "User", "I creep.")
    roll = session.insert(user, "DM", "You crouch. [roll: stealth]")
    assert [node.kind for node in session.path()] == ["User", "DM", "TOOLCALL"]
    line = session.path()[2].text
    session.edit(roll, "You bend low. [roll: stealth]")
    assert session.path()[2].text == line
    session.edit(roll, "You listen. [roll: perception]\n[roll: insight]")
    assert [node.text.split(":")[0] for node in session.path()[2:]] == ["perception", "insight"]
    session.edit(roll, "You wait.")
    assert [node.kind for node in session.path()] == ["User", "DM"]
    session.undo()
    session.undo()
    assert session.path()[2].text == line


def test_an_edited_result_is_taken_as_it_stands() -> None:
    session = session_of()
    session.insert(None, "DM", "[roll: stealth]")
    result = session.path()[1]
    session.edit(result.id, "stealth: 1 + 6(skill) = *7*")
    assert session.state().opening == "*FAILED*"
    session.edit(result.id, "stealth: 20 + 6(skill) = *26*")
    assert session.state().opening == "*SUCCESS*"


def test_a_deleted_turn_leaves_what_follows_and_the_dice_of_the_rest() -> None:
    session = session_of()
    for place, (kind, text) in enumerate(
        (("User", "I go."), ("DM", "[damage: Wren 5]"), ("User", "On."), ("DM", "[roll: stealth]"))
    ):
        session.insert(session.tip, "User" if kind == "User" else "DM", text)
        assert place < 4
    line, hurt = session.path()[-1].text, session.path()[1]
    session.delete(hurt.id)
    wren = session.party.find("Wren")
    assert wren is not None and wren.health == (24, 26)
    assert session.path()[-1].text == line
    session.insert(session.tip, "DM", "[roll: stealth]")
    assert session.path()[-1].text != line or session.path()[-2].random != session.path()[2].random
    assert len({node.random for node in session.path() if node.kind == "DM"}) == 2


def test_nothing_to_take_back_is_a_sentence() -> None:
    session = session_of()
    with pytest.raises(NothingToUndo, match="nothing"):
        session.undo()
    with pytest.raises(NothingToUndo):
        session.redo()
    with pytest.raises(KeyError):
        session.back_to(7)


def test_states_of_a_long_session_are_compared_without_going_back_to_the_first_turn() -> None:
    one, other = session_of(), session_of()
    for session in (one, other):
        for _number in range(700):
            session._begin()
            session._record(session._turn("DM", "[roll: stealth]"))
            session._tell_results(lambda _event: None)
    assert one.state() == other.state() and repr(one.state())


def test_a_long_session_opens_in_one_walk(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    session = session_of(path)
    for number in range(300):
        session._begin()
        session._record(session._turn("User", f"I go on, {number}."))
        session._record(session._turn("DM", "A stone falls. [damage: Wren 1] [heal: Wren 1]"))
    kept = read_session(path)
    steps = 0
    upwards = kept.tree.upwards

    def counted(node: int | None):  # type: ignore[no-untyped-def]
        nonlocal steps
        for one in upwards(node):
            steps += 1
            yield one

    kept.tree.upwards = counted  # type: ignore[method-assign]
    again = Session(scenario=session.scenario, header=kept.header, tree=kept.tree)
    for node in again.path():
        again.state(node.id)
    same(session, again)
    assert steps <= 2 * 600, "the path is walked once, not once a turn"


def test_a_correction_names_the_model_that_wrote_the_reply_also_after_a_switch() -> None:
    session = session_of()
    old = session.insert(None, "DM", "Fog.")
    session._record(Model(model="bb", name="other"))
    new = session._turn("DM", "Mist.", model="bb")
    session._record(new)
    assert (session.correct(old, "Rain.").model, session.correct(old, "Rain.").name) == ("aa", "tiny")
    assert (session.correct(new.id, "Hail.").model, session.correct(new.id, "Hail.").name) == ("bb", "other")
