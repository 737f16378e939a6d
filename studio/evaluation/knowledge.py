"""Owns the kind `knowledge`: the questions of a canon put to a model, its answers held against the canon's rules.

What is denied in a data set is denied in an answer, too: every rule of the files binds each answer, the one whose
question it is whatever the answer mentions. How rules are written stands in `studio/dataset/audit/canon_file.py`.
"""

import hashlib
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

import pydantic

from studio.chat import Message
from studio.dataset.audit.canon import CODE, Canon, InRange, Rule, numbers
from studio.dataset.audit.canon_file import read_canon
from studio.errors import InputError
from studio.evaluation.kind import CaseResult, Context, Kind, Part, PartSettings, Place, Ratio
from studio.evaluation.knowledge_rivals import NOTES, helped, rules
from studio.evaluation.rivals import Answering, Forbearing, Prompting, Rival
from studio.inference.protocol import Ask
from studio.language import N_, _, plural

NAME = "knowledge"
_TOGETHER = 16
_TRIED = 20
"""Answers that are tried for the one that would be right most often whatever is asked."""


class NothingAsked(InputError):
    """No rule of the canon has a question."""

    sentence = N_("No rule in {files} has a question, so nothing can be asked. Give a rule `ask: What does a … cost?`.")


class KnowledgeSettings(PartSettings):
    """The files of the canon by their paths from the workspace's folder; what stands above each question as SYSTEM; the
    most tokens of an answer."""

    canon: tuple[Path, ...] = pydantic.Field(
        min_length=1, json_schema_extra={"takes": N_("a list of paths of canon files")}
    )
    system: str = pydantic.Field("", max_length=20_000)
    tokens: int = pydantic.Field(160, ge=1, le=2000)


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a rule. `bound` is all that its answer must keep to."""

    rule: Rule
    number: int
    text: str
    system: str
    tokens: int
    bound: Canon

    @property
    def id(self) -> str:
        """The rule's name, and which of its questions it is, from 1."""
        return f"{self.rule.name}#{self.number}"

    @property
    def group(self) -> str:
        """Its rule: a rule's questions are asked together."""
        return self.rule.name

    @property
    def digest(self) -> str:
        """The SHA-256 of what it asks and expects."""
        rules = [asdict(rule) for rule in self.bound.rules]
        told = [self.text, self.system, self.tokens, rules, dict(self.bound.aliases or {})]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()

    @property
    def ask(self) -> Ask:
        """The chat that is put to the model."""
        system = (Message("system", self.system),) if self.system else ()
        return Ask((*system, Message("user", self.text, 0)), max_tokens=self.tokens)


def _cases(part: Part, place: Place) -> Sequence[Question]:
    settings = cast(KnowledgeSettings, part.settings)
    canon = read_canon(place.path(path) for path in settings.canon)
    found = [
        Question(rule, number, text, settings.system, settings.tokens, canon.answering(rule.name))
        for rule in canon.rules
        for number, text in enumerate(rule.ask, 1)
    ]
    if not found:
        raise NothingAsked(files=", ".join(path.as_posix() for path in settings.canon))
    return found


async def _measure(engine: Answering, cases: Sequence[Question], context: Context) -> AsyncIterator[CaseResult]:
    for start in range(0, len(cases), _TOGETHER):
        part = cases[start : start + _TOGETHER]
        answers = await Forbearing(engine).answer_many([one.ask for one in part])
        for question, answer in zip(part, answers, strict=True):
            yield result_of(question, answer.text)
        if context.told is not None:
            context.told(start + len(part), len(cases))


def result_of(question: Question, answer: str) -> CaseResult:
    """The result of an answer; an empty one knows nothing, whatever it leaves unsaid."""
    rule, said = question.rule, answer.strip()
    broken = question.bound.check_text(said)
    codes = {reason.code for reason in broken}
    sentences = [{"code": reason.code, "sentence": reason.sentence} for reason in broken]
    if rule.number is not None and not _gives(said, rule.number):
        told = _("It gives no number from {low:g} to {high:g}.").format(low=rule.number.low, high=rule.number.high)
        codes.add(f"{CODE}{rule.name}")
        sentences.append({"code": f"{CODE}{rule.name}", "sentence": told})
    own = f"{CODE}{rule.name}" in codes
    return CaseResult(
        id=question.id,
        kind=NAME,
        right=bool(said) and not codes,
        scores={
            "own": float(bool(said) and not own),
            "denied": float(bool(codes - {f"{CODE}{rule.name}"})),
            "empty": float(not said),
        },
        expected=expected(rule),
        got=said,
        groups={"rule": rule.name},
        detail={"question": question.text, "broken": sentences},
    )


def _gives(said: str, number: InRange) -> bool:
    """Whether it says a number that is right; the question has named what it is the number of."""
    return any(number.low <= value <= number.high for _start, _end, value in numbers(said))


def expected(rule: Rule) -> str:
    """What a right answer has, for people."""
    told = []
    if rule.must:
        told.append(_("mentions {phrases}").format(phrases=_(" or ").join(f"“{one}”" for one in rule.must)))
    if rule.must_not:
        told.append(_("does not mention {phrases}").format(phrases=", ".join(f"“{one}”" for one in rule.must_not)))
    if rule.number is not None:
        told.append(_range(rule.number))
    return "; ".join(told)


def _range(number: InRange) -> str:
    near = _(" or ").join(f"“{one}”" for one in number.near)
    within = plural("within {count} word", "within {count} words", number.within)
    told = _("numbers {within} of {near} are {low:g} to {high:g}")
    return told.format(within=within, near=near, low=number.low, high=number.high)


def _rivals(part: Part, place: Place) -> Sequence[Rival]:
    questions = _cases(part, place)
    phrases = Counter(phrase for one in questions for phrase in _phrases(one.rule))
    tried = [phrase for phrase, _count in phrases.most_common(_TRIED)]
    return rules(tried, lambda text: sum(bool(result_of(one, text).right) for one in questions))


def _phrases(rule: Rule) -> Iterator[str]:
    """What would be right of a rule, in as few words as can be."""
    yield from rule.must[:1]
    if rule.number is not None:
        yield f"{rule.number.near[0]}: {rule.number.low:g}"


def _prompting(_part: Part, _place: Place) -> Prompting:
    return helped()


KNOWLEDGE = Kind(
    name=NAME,
    title=N_("Knowledge"),
    settings=KnowledgeSettings,
    cases=_cases,
    measure=_measure,
    ratios=(
        Ratio("right", N_("right"), lambda result: (float(bool(result.right)), 1.0)),
        Ratio("own", N_("keeps to the rule it was asked about"), lambda result: (result.scores["own"], 1.0)),
        Ratio("denied", N_("breaks another rule"), lambda result: (result.scores["denied"], 1.0), less=True),
        Ratio("empty", N_("says nothing"), lambda result: (result.scores["empty"], 1.0), less=True),
    ),
    rivals=_rivals,
    prompting=_prompting,
    notes=NOTES,
)
