"""Owns one model at the table: its engine, its session, and what stands in its chat. Knows no Qt.

The session lives here, with the window: when the engine dies, the model is loaded again and the play goes on
from the last turn that stands.
"""

import asyncio
import datetime
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from studio.errors import Cancelled, LorewrightError, UnexpectedFailure
from studio.inference.engine import Engine, Generation, ModelCard
from studio.inference.errors import NoTemplate
from studio.jobs.ledger import ledger
from studio.jobs.runs import slug
from studio.language import _
from studio.play.events import Acted, Changed, Phase, PlayEvent, TurnAdded
from studio.play.session import Session, open_session
from studio.rules import Rules
from studio.scenario.beginning import Played
from studio.scenario.game import Game
from studio.scenario.model import Scenario, Speaker, Turn
from studio.ui.play.openable import digest_of, open_model
from studio.ui.play.presets import Options
from studio.ui.play.seat_state import NoSession, SeatState, Speed
from studio.ui.play.transcript import Transcript, made_of, phase_words
from studio.ui.play.veil import Veil
from studio.workspace import Workspace
from studio.workspace.game import Games

Done = TypeVar("Done")


def _nothing() -> None:
    """A listener where nobody listens."""


def _no_share(_share: float) -> None:
    """A listener where nobody listens."""


@dataclass(slots=True)
class Seat:
    """One side of the table. `moved` is called after its state, figures or sheets changed."""

    sessions: Path
    options: Options = field(default_factory=Options)
    load_engine: Callable[[Path], Awaitable[Engine]] | None = None
    state: SeatState = SeatState.EMPTY
    path: Path | None = None
    engine: Engine | None = None
    session: Session | None = None
    transcript: Transcript = field(default_factory=Transcript)
    speed: Speed = field(default_factory=Speed)
    moved: Callable[[], object] = _nothing
    begun: Callable[[], object] = _nothing
    loading_moved: Callable[[float], object] = _no_share
    loaded: float = 0.0
    veil: Veil = field(default_factory=Veil)
    _named: str = ""
    _digest: str = ""
    _loading: "asyncio.Future[tuple[Engine, str]] | None" = None

    @property
    def card(self) -> ModelCard | None:
        """What the loaded model says of itself."""
        return self.engine.card if self.engine is not None else None

    @property
    def digest(self) -> str:
        """The SHA-256 of the model that is loaded."""
        return self._digest

    @property
    def name(self) -> str:
        """The model's name for people."""
        return self.engine.card.name if self.engine is not None else self.path.stem if self.path is not None else ""

    async def load(self, path: Path, named: str = "") -> bool:
        """Loads a GGUF, what a run has learnt, or what `named` says; the one before is let go.

        False, with a card that says why, where it cannot be loaded.
        """
        await self.leave()
        self.path, self._named, self.loaded = path, named or str(path), 0.0
        self._move(SeatState.LOADING)
        self.transcript.answered("model")
        self._tell_loading()
        try:
            self._loading = asyncio.ensure_future(self._open(path))
            engine, digest = await self._loading
        except asyncio.CancelledError:
            if self._loading is None or not self._loading.cancelled():
                raise  # it is the window that goes
            self.transcript.trouble(_("Loading was stopped."), _("Load again"))
            self._move(SeatState.LOST)
            return False
        except LorewrightError as error:
            self._lost(error)
            return False
        finally:
            self._loading = None
        self.transcript.wait(None)
        try:
            self._take(engine, path, digest)
        except NoTemplate as error:
            await engine.close()
            self._lost(error, _("Choose how to speak to it"), "settings")
            return False
        self._move(SeatState.READY)
        return True

    def _tell_loading(self) -> None:
        self.transcript.wait(phase_words(Phase("loading")), self.loaded)

    async def _open(self, path: Path) -> tuple[Engine, str]:
        if self.load_engine is not None:
            return await self.load_engine(path), await asyncio.to_thread(digest_of, path)
        return await open_model(Workspace(self.sessions.parent), self._named, self._load_came)

    def _load_came(self, share: float) -> None:
        """So much of a file is read."""
        if round(100 * share) != round(100 * self.loaded):
            self.loaded = share
            self._tell_loading()
            self.loading_moved(share)

    def _take(self, engine: Engine, path: Path, digest: str) -> None:
        """Sits an engine down; a play that has begun goes on with it."""
        if self.session is not None:
            self.session.go_on_with(engine, digest)
        self.engine, self._digest = engine, digest
        worker = getattr(engine, "worker", None)
        if worker is not None:
            ledger.may_unload(worker.pid, self.leave)

    def begin(self, scenario: Scenario, seed: int, told: Sequence[Turn] = ()) -> None:
        """Starts a play of `scenario` after the turns `told`; the one before stays on disk. Raises NoTemplate."""
        self._close_file()
        self.session = None
        self.transcript.clear()
        if self.engine is None:  # what was played before is over; the play begins when a model is there
            self.begun()
            return
        file = self._session_file(scenario)
        game = Games().of(scenario.path) if scenario.path is not None else Game.shipped()
        self.transcript.rules = Rules.of(game.words)
        self.session = open_session(
            scenario,
            self.engine,
            seed=seed,
            file=file,
            model_hash=self._digest,
            sampling=self.options.sampling,
            grammar=self.options.grammar,
            when_full=self.options.when_full,
            rules=self.transcript.rules,
            tools=game.tools,
        )
        self.speed = Speed(context=self.engine.card.context)
        self.begun()
        self.session.tell(told, self._hear)
        self.show()

    async def reopen(self, path: Path) -> None:
        """Opens a session that was kept, exactly as it stood. Raises what reading it raises; this one stays then."""
        session = await asyncio.to_thread(_reopened, path)
        made = await asyncio.to_thread(made_of, session)
        self._close_file()
        self.session = session
        self._set_options()
        self.transcript.rules = session.rules
        self.transcript.clear()
        self.transcript.keep_made(made)
        self.speed = Speed(context=self.engine.card.context if self.engine is not None else 0)
        if self.engine is not None:
            session.go_on_with(self.engine, self._digest)
        self.begun()
        self.show()
        if session.damage is not None:
            self.transcript.trouble(session.damage.sentence)
        await self._look()

    async def _look(self) -> None:
        """Finds out what the model would no longer see."""
        if self.session is not None and self.engine is not None:
            await self.session.look()
            used, context = self.session.context_used or None, self.engine.card.context
            self.speed = Speed(context_used=used, context=context, left_out=self.session.left_out)
            if self.session.due:
                self.transcript.trouble(_("The narrator has not answered yet."), _("Go on"), "stop")
            self.show()

    def set_options(self, options: Options) -> None:
        """How the narrator is asked from now on."""
        self.options = options
        self._set_options()

    def _set_options(self) -> None:
        if self.session is not None:
            self.session.sampling, self.session.grammar = self.options.sampling, self.options.grammar
            self.session.when_full = self.options.when_full

    def show(self) -> None:
        """Shows the session as it stands."""
        self.transcript.show(self.session)
        self.moved()

    def change(self, wish: Callable[[Session], Done]) -> Done:
        """Lets a person change the session, and shows what came of it. Raises what the session raises."""
        if self.session is None:
            raise NoSession
        try:
            return wish(self.session)
        finally:
            self.show()

    def _close_file(self) -> None:
        if self.session is not None and self.session.file is not None:
            self.session.file.close()

    async def close(self) -> None:
        """Lets model and session go."""
        await self.leave()
        self._close_file()
        self.session = None

    def _session_file(self, scenario: Scenario) -> Path:
        name = slug(str(scenario.metadata.get("title") or (scenario.path.stem if scenario.path else "play")))
        now = datetime.datetime.now(tz=datetime.UTC)
        return self.sessions / f"{now:%Y-%m-%d-%H%M%S-%f}-{name}.jsonl"

    async def say(self, text: str, speaker: str = "") -> None:
        """The player's line, or that of somebody else at the table, and the narrator's answer to it."""
        if self.session is not None and self._free:
            await self._narrating(self.session.say(text, self._hear, speaker))

    async def retry(self, node: int | None = None) -> None:
        """Another reply in the place of one; the old one stays beside it."""
        if self.session is not None and self._free:
            await self._narrating(self.session.retry(self._hear, node))

    async def lengthen(self) -> None:
        """The narrator goes on with the reply that stands last."""
        if self.session is None or not self._free:
            return
        if not self.session.due and self.session.tip is not None:
            self.transcript.lift(self.session.tip)
        await self._narrating(self.session.go_on(self._hear))

    @property
    def _free(self) -> bool:
        return self.state is SeatState.WAITING or self.can_play

    @property
    def due(self) -> bool:
        """Whether it is the narrator's turn, and he can take it."""
        return self.session is not None and self.session.due and (self.can_play or self.state is SeatState.WAITING)

    def played(self) -> tuple[Played, ...]:
        """The turns of the path shown that were played here."""
        nodes = self.session.played() if self.session is not None else ()
        return tuple(Played(Speaker(node.kind), node.text) for node in nodes)

    async def go_on(self) -> None:
        """The narrator's answer to what stands already, after a stop or a crash."""
        if self.session is not None and self._free:
            await self._narrating(self.session.narrate(self._hear))

    @property
    def can_play(self) -> bool:
        """Whether a line can be said now."""
        return self.session is not None and self.state is SeatState.READY

    @property
    def writes(self) -> bool:
        """Whether a reply is under way, or waits to be written or shown."""
        return self.veil.drawn or self.state in (SeatState.WRITING, SeatState.WAITING)

    def wait(self) -> None:
        """Says that it is the other side's turn to compute."""
        if self.can_play:
            self._move(SeatState.WAITING)

    def waited(self) -> None:
        """Says that the waiting is over, whether its turn came or not."""
        if self.state is SeatState.WAITING:
            self.state = SeatState.READY
        self.moved()

    async def _narrating(self, work: Coroutine[object, object, None]) -> None:
        assert self.session is not None
        self._move(SeatState.WRITING)
        try:
            await work
        except Cancelled:
            self._stopped()
        except LorewrightError as error:
            if self.engine is None or not engine_alive(self.engine):
                self._told()
                self._lost(error)
                return
            self._trouble(str(error), _("Try again") if self.session.due else "")
        except Exception as error:  # a mistake of ours, which the caller tells; the words that came are not left open
            self._trouble(str(UnexpectedFailure(detail=f"{type(error).__name__}: {error}")), _("Go on"))
            raise
        finally:
            if self.state is SeatState.WRITING:
                self.state = SeatState.READY
                self._told()

    def _stopped(self) -> None:
        """What stood when a person stopped it is part of the story; where nothing did, the narrator's turn is due."""
        if self.session is None or not self.session.due:
            return
        last = self.session.path()[-1]
        begun = last.kind == "DM" and not last.ruled
        text = _("Stopped in the middle. What is left goes on where it was.")
        self._trouble(text if begun else _("Stopped before the narrator had said anything."), _("Go on"), "stop")

    def _told(self) -> None:
        """The session stands as it is now."""
        self.veil.show(self._settle)

    def _settle(self) -> None:
        self.transcript.wait(None)
        self.transcript.break_off()
        self.show()

    def _trouble(self, text: str, action: str = "", kind: str = "warning", deed: str = "again") -> None:
        self.veil.show(lambda: self.transcript.trouble(text, action, kind, deed))

    def _hear(self, event: PlayEvent) -> None:
        self.veil.show(lambda: self._take_in(event))

    def _take_in(self, event: PlayEvent) -> None:
        if isinstance(event, Acted | Changed):
            self.transcript.show(self.session)
            return
        self.transcript.take(event)
        if isinstance(event, TurnAdded):
            self._measure(event.generation)
            self.moved()

    def _measure(self, generation: Generation | None) -> None:
        if generation is None or self.session is None or self.engine is None:
            return
        self.speed = Speed(
            tokens_per_second=generation.tokens_per_second or None,
            first_token_seconds=generation.first_token_seconds,
            context_used=generation.prompt_tokens + len(generation.ids) if generation.prompt_tokens else None,
            context=self.engine.card.context,
            left_out=self.session.left_out,
        )

    async def stop(self) -> None:
        """Ends what is being written or loaded."""
        if self._loading is not None:
            self._loading.cancel()
        elif self.engine is not None and self.state is SeatState.WRITING:
            await self.engine.stop()

    async def load_again(self) -> None:
        """Loads the same model once more and goes on where the play stands."""
        if self.path is None or not await self.load(self.path, self._named):
            return
        self.transcript.remark("success", _("The model is back. The story stands as it was."))
        if self.session is not None and self.session.due:
            await self.go_on()

    async def leave(self) -> None:
        """Lets the model go; the session stays."""
        engine, self.engine = self.engine, None
        if engine is not None:
            await engine.close()
        self._move(SeatState.EMPTY)

    def _lost(self, error: LorewrightError, action: str = "", deed: str = "again") -> None:
        self._trouble(str(error), action or _("Load again"), deed=deed)
        self._move(SeatState.LOST)

    def _move(self, state: SeatState) -> None:
        self.state = state
        self.moved()


def _reopened(path: Path) -> Session:
    """A session from its file, its sheets already followed up to where it stands."""
    session = Session.reopen(path)
    session.state()
    return session


def engine_alive(engine: Engine) -> bool:
    """Whether an engine's process still runs; one without a process always does."""
    worker = getattr(engine, "worker", None)
    return worker is None or bool(worker.alive)
