"""Owns what the parity gate's report says to people, as lines and tables; knows neither window nor terminal."""

from collections.abc import Iterator

from studio.evaluation.parity import ALL, TRAINED_ON, Calls, Measured, ParityReport, ParityStep, Reply, TokenDifference
from studio.language import N_, _

PARTS = {
    "merge": N_("Merge the adapter again"),
    "models": N_("Read the held-out talks with the model as it was trained"),
    "convert": N_("Write it as GGUF"),
    "calls": N_("Let it answer the players of the held-out talks"),
    "files": N_("Read them with {file}"),
    "base": N_("Pack the untuned base as {file} and read them with it"),
}
"""The parts of the work in their order, by the names that the worker gives them."""

_STEPS = {"trained": N_("as trained"), "merged": N_("merged")}


def part_word(part: str, file: object = None) -> str:
    """The named part of the work for people."""
    return _(PARTS[part]).format(file=file) if part in PARTS else part


def step_word(step: ParityStep) -> str:
    """A step's name for people, with what is particular about it."""
    name = _(_STEPS[step.name]) if step.name in _STEPS else step.name
    return f"{name} ({step.note})" if step.kind == "trained" and step.note else name


HEAD = (
    N_("step"), N_("same ids"), N_("same top token"), N_("mean KL (base's)"), N_("narrator's KL (base's)"),
    N_("calls right"), N_("drop"), N_("holds"),
)  # fmt: skip


def rows_of(report: ParityReport) -> list[tuple[str, ...]]:
    """A table of the report: HEAD, then a row a step."""
    return [tuple(_(word) for word in HEAD), *(_row(step) for step in report.steps)]


def _row(step: ParityStep) -> tuple[str, ...]:
    found = step.measured
    near, calls = (found.near or {}).get(ALL), found.calls
    return (
        step_word(step),
        "-" if found.ids is None else _("yes") if found.ids else _("no"),
        "-" if near is None else f"{near.top1:.4f}",
        _divergence(found, ALL),
        _divergence(found, TRAINED_ON),
        "-" if calls is None else f"{calls.right:.1%}",
        "-" if calls is None else drop_word(calls),
        _("yes") if step.passed else _("no"),
    )


def _divergence(found: Measured, where: str) -> str:
    """The divergence, and in brackets what the same packing costs the base."""
    near, base = (found.near or {}).get(where), (found.base or {}).get(where)
    told = "-" if near is None else f"{near.divergence:.5f}"
    return told if base is None else f"{told} ({base.divergence:.5f})"


def drop_word(calls: Calls) -> str:
    """How many points fewer calls are right than in the step before, with the interval."""
    return f"{100 * calls.drop:+.1f} ({100 * calls.low:+.1f} … {100 * calls.high:+.1f})"


def lines_of(report: ParityReport) -> Iterator[str]:
    """What is wrong, and the first case that differs, step by step; then the verdict."""
    for step in report.steps:
        for finding in step.findings:
            yield _("{step} does not hold: {reason}.").format(step=step_word(step), reason=finding)
        yield from difference_lines(step.measured.difference)
    for step in report.steps:
        if step.measured.calls is not None:
            yield from _reply_lines(step, step.measured.calls)
    verdict = _("The chain holds: the files are the model that was trained.")
    yield verdict if report.passed else _("The chain does not hold. Don't publish this model.")


def difference_lines(found: TokenDifference | None) -> Iterator[str]:
    """Where the ids part, token by token."""
    if found is None:
        return
    yield _("“{text}” parts at token {at}:").format(text=found.text, at=found.at)
    for word, side in ((_("expected"), found.expected), (_("found"), found.found)):
        yield f"  {word}: " + " ".join(f"{number}:{text!r}" for number, text in side)


def _reply_lines(step: ParityStep, calls: Calls) -> Iterator[str]:
    if calls.differs is not None:
        yield _("The first case in which {step} calls otherwise:").format(step=step_word(step))
        yield from _both(calls.differs)
    elif calls.shown is not None:
        yield _("The first reply that {step} words otherwise (shown, not judged):").format(step=step_word(step))
        yield from _both(calls.shown)


def _both(reply: Reply) -> Iterator[str]:
    yield _("  {scenario}, turn {turn}: {user}").format(scenario=reply.scenario, turn=reply.turn, user=_one(reply.user))
    for word, text in ((_("expected"), reply.expected), (_("before"), reply.before), (_("after"), reply.after)):
        yield f"    {word}: {_one(text)}"


def _one(text: str, most: int = 200) -> str:
    """A text as one line."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
