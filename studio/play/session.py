"""Owns a session at a model: what a person says and wishes, and the file that it is opened from.

The dice, the sheets and the tree live here, with the caller; the engine only continues tokens, so that its crash
loses nothing. A die belongs to its place in the story: the same seed, depth and call give the same face, whatever
was tried there before.
"""

from dataclasses import dataclass
from pathlib import Path

from studio.errors import InputError
from studio.inference.engine import Engine, Generation, Halted
from studio.language import N_
from studio.play.dialogue import stop_of
from studio.play.editing import Editing
from studio.play.events import Changed, Listener, TurnAdded
from studio.play.health import Health
from studio.play.log import SessionFile, mended, read_session
from studio.play.narrating import Narration, check_engine
from studio.play.opening import header_of, played_by
from studio.play.records import Edit, Model, Node, Tip
from studio.rules import Rules
from studio.scenario import parse
from studio.scenario.game import Game
from studio.scenario.model import Scenario
from studio.scenario.tools import ToolTable
from studio.workspace.game import Games


class NothingMore(InputError):
    """A narrator was asked to continue a turn and ended it at once."""

    sentence = N_("The narrator has nothing to add to this turn. Say something, or ask for another version of it.")


@dataclass(slots=True, kw_only=True)
class Session(Editing, Narration):
    """A play of one scenario with a model; it is opened by `open_session`, and by `reopen` from its file."""

    @classmethod
    def reopen(
        cls, path: Path, engine: Engine | None = None, *, model: str = "", game: Game | None = None, **options: object
    ) -> "Session":
        """A session as it stood: the same tip, the same sheets, the same dice to come.

        Without an engine everything works that asks no model. Where `model`, the SHA-256 of the engine's, is another
        than wrote last, that is written down. It is played by the rules and tools it began with; where an old file does
        not say which, by those of `game`, which is that of the workspace that the file lies in where not given.
        What is damaged is moved aside and told in `damage`. Raises DamagedSession, NotSaved or what reading raises.
        """
        kept = read_session(path)
        damage = mended(path, kept.damage) if kept.damage is not None else None
        rules, tools = played_by(kept.header, Games().of(path) if game is None else game)
        scenario = parse(kept.header.scenario, tools=tools).scenario
        session = cls(
            scenario=scenario,
            header=kept.header,
            rules=rules,
            tools=tools,
            file=SessionFile.again(path, kept.header),
            tree=kept.tree,
            damage=damage,
            **options,  # type: ignore[arg-type]  # fields of Session
        )
        if engine is not None:
            session.go_on_with(engine, model or session.model)
        return session

    def go_on_with(self, engine: Engine, model: str) -> None:
        """Another engine writes from here on, with the model of this SHA-256; raises NoTemplate."""
        check_engine(engine)
        self.engine, self._fit, self.health = engine, None, Health(self.health.lines)
        if model != self.model:
            self._begin()
            self._record(Model(model=model, name=engine.card.name))

    async def go_on(self, listen: Listener) -> None:
        """The narrator continues its last turn; where it is its turn anyway, it takes it."""
        path, due = self.path(), self.due
        if due or not path or path[-1].ruled:
            return await self.narrate(listen)
        with self._at_work():
            self._begin()
            node = path[-1]
            try:
                more = await self._answer(node.parent, node.text, listen)
            except Halted as halted:
                self._continue(node, halted.written, listen)
                raise
            if not more.text.strip():
                raise NothingMore
            self._continue(node, more, listen)
            if self.due:
                await self._narrate(listen)
        return None

    def _continue(self, node: Node, more: Generation, listen: Listener) -> None:
        """Puts more behind a turn; where others follow it already, a longer version stands beside it."""
        done = len(self.state(node.id).deeds)
        longer = self.nodes[self._longer(node, more)]
        self._took(more, longer.id)
        listen(TurnAdded(longer, more))
        for deed in self.state(longer.id).deeds[done:]:
            listen(deed)
        listen(Changed())

    def _longer(self, node: Node, more: Generation) -> int:
        written = node.model_copy(update={"text": f"{node.text}{more.text}".rstrip()})
        text = self.story.spoken(self.before(node.id), written).text
        ids = (*more.opened, *more.ids) if text == written.text else None
        if not self.tree.followers(node.id):
            self._record(Edit(node=node.id, text=text, ids=ids, stop=stop_of(more), longer=True))
            return node.id
        told = {"forced": node.forced, "random": node.random, "model": self._writer, "stop": stop_of(more)}
        version = self._turn("DM", text, parent=node.parent, ids=ids, **told)
        self._record(Tip(node=node.parent))
        self._record(version)
        return version.id


def open_session(
    scenario: Scenario,
    engine: Engine,
    *,
    seed: int,
    file: Path | None = None,
    model_hash: str = "",
    rules: Rules | None = None,
    tools: ToolTable | None = None,
    **options: object,
) -> Session:
    """A new session on a scenario's SYSTEM, kept in `file` when given; options are Session's own fields."""
    check_engine(engine)
    rules, tools = rules or Rules.shipped(), tools or ToolTable.shipped()
    header = header_of(scenario, model_hash, engine.card.name, seed, rules, tools)
    kept = SessionFile(file, header) if file is not None else None
    made = {"scenario": scenario, "header": header, "engine": engine, "file": kept, "rules": rules, "tools": tools}
    return Session(**made, **options)  # type: ignore[arg-type]  # fields of Session
