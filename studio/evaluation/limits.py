"""Owns the limits of a suite or a gate: what they say, and whether the parts of a suite measure what they are on."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import pydantic

from studio.errors import did_you_mean
from studio.evaluation.kind import Part
from studio.evaluation.kinds import KINDS
from studio.faults import Fault, found, settings_of, shown
from studio.language import N_, _


class Limit(pydantic.BaseModel):
    """One bound of a gate. `figure` is PART/NAME, for a group PART/NAME/WHAT/VALUE (`tool-calls/f1/tool/roll`).

    `surely` holds the bound against the end of the 95% interval instead of the figure; `beats` asks that the model be
    surely better than a rival (`base`, `keyword`, `commonest`) in the main figure of the part.
    """

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    figure: str = pydantic.Field(min_length=3, max_length=200, json_schema_extra={"takes": N_("PART/FIGURE")})
    at_least: float | None = None
    at_most: float | None = None
    surely: bool = False
    beats: Literal["base", "keyword", "commonest"] | None = None


def read_limits(given: object, faults: list[Fault], parts: Sequence[Part] | None = None) -> tuple[Limit, ...]:
    """The limits of a list, on figures of the `parts` where these are given; each mistake goes to `faults`."""
    if not isinstance(given, list):
        faults.append(Fault("limits", _("{given} can't be used.").format(given=shown(given)), _("a list of limits")))
        return ()
    limits = [_limit(f"limits.{number}", one, faults) for number, one in enumerate(given, 1)]
    for number, limit in enumerate(limits, 1):
        if limit is not None and parts is not None:
            faults.extend(_unmeasured(f"limits.{number}", limit, parts))
    return tuple(limit for limit in limits if limit is not None)


def measurable(limits: Sequence[Limit], parts: Sequence[Part]) -> bool:
    """Whether the parts measure all that the limits are on."""
    return not any(True for limit in limits for _fault in _unmeasured("", limit, parts))


def _unmeasured(place: str, limit: Limit, parts: Sequence[Part]) -> Iterator[Fault]:
    """What of a limit no part measures: it would be found broken after hours, whatever the model."""
    given, names = limit.figure.split("/", 3), [part.name for part in parts]
    part = next((part for part in parts if part.name == given[0]), None)
    if part is None:
        yield Fault(f"{place}.figure", _no_such(given[0], names, _("no part")), _one_of(names))
        return
    kind = KINDS[part.kind]
    inner = (ratio for grouping in kind.groupings for ratio in grouping.ratios)
    figures = list(dict.fromkeys([ratio.name for ratio in kind.ratios] + [name for name, *_rest in inner]))
    if len(given) not in (2, 4) or (figures and given[1] not in figures):
        wrong = _no_such("/".join(given[1:]), figures, _("no figure of {part}").format(part=part.name))
        yield Fault(f"{place}.figure", wrong, _one_of([f"{part.name}/{name}" for name in figures]))
    if limit.beats is not None and limit.beats not in kind.beside:
        wrong = _("{part} is not measured beside {rival}.").format(part=part.name, rival=limit.beats)
        yield Fault(f"{place}.beats", wrong, _one_of(kind.beside) if kind.beside else _("nothing here"))


def _no_such(given: str, known: Sequence[str], what: str) -> str:
    near = did_you_mean(given, known)
    wrong = _("“{given}” is {what}").format(given=given, what=what)
    return f"{wrong} ({_('did you mean {near}?').format(near=near)})." if near else f"{wrong}."


def _one_of(names: Sequence[str]) -> str:
    return _("one of {names}").format(names=", ".join(names))


def _limit(place: str, given: object, faults: list[Fault]) -> Limit | None:
    bounds = ("at_least", "at_most", "beats")
    if not isinstance(given, Mapping):
        wrong = _("{given} can't be used.").format(given=shown(given))
        faults.append(Fault(place, wrong, _("a figure with {bounds}").format(bounds=", ".join(bounds))))
        return None
    try:
        limit = Limit.model_validate({str(key): value for key, value in given.items()})
    except pydantic.ValidationError as error:
        faults.extend(placed(place, fault) for fault in found(error, settings_of(Limit)))
        return None
    if all(getattr(limit, name) is None for name in bounds):
        faults.append(Fault(place, _("it sets no bound."), _("one of {names}").format(names=", ".join(bounds))))
    return limit


def placed(place: str, fault: Fault) -> Fault:
    """A fault at its place in the file."""
    return Fault(f"{place}.{fault.setting}", fault.wrong, fault.valid)
