"""Owns which checks are asked, from which value on, and what follows: the shipped table and a data set's own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import yaml

from studio.dataset.audit.sight import Found, Sight, excerpt
from studio.dataset.audit.table import TABLE, Check
from studio.dataset.description import AuditSettings
from studio.dataset.rows import Kind
from studio.dataset.verdicts import Decision, Reason
from studio.errors import InputError, did_you_mean
from studio.files import read_text
from studio.language import N_, _
from studio.resources import resource
from studio.scenario.tables import SAFE


class UnknownCheck(InputError):
    """A data set sets a check that there is not."""

    sentence = N_("The audit has no check “{name}” (in `audit: {field}:`).{question} The checks are: {known}.")


class NoThreshold(InputError):
    """A data set sets a threshold of a check that has none."""

    sentence = N_("The check “{name}” has no threshold to set. Leave it out of `audit: thresholds:`, or turn it `off`.")


@dataclass(frozen=True, slots=True)
class Limit:
    """What holds for one check."""

    decision: Decision
    limit: float
    kinds: frozenset[Kind]


@cache
def shipped() -> Mapping[str, Limit]:
    """What `resources/audit.yaml` says, in the table's order."""
    values = yaml.load(read_text(resource("audit.yaml")), SAFE)
    return {code: _limit(values[code]) for code in TABLE}


@cache
def measured() -> frozenset[str]:
    """The codes that have a threshold."""
    values = yaml.load(read_text(resource("audit.yaml")), SAFE)
    return frozenset(code for code, entry in values.items() if "limit" in entry)


def _limit(entry: Mapping[str, object]) -> Limit:
    kinds = entry.get("for", list(Kind))
    assert isinstance(kinds, list)
    return Limit(Decision(str(entry["decision"])), float(str(entry.get("limit", 0))), frozenset(map(Kind, kinds)))


@dataclass(frozen=True, slots=True)
class Limits:
    """The checks that a data set asks, by code."""

    by_code: Mapping[str, Limit]

    @classmethod
    def of(cls, settings: AuditSettings) -> "Limits":
        """The shipped ones with a data set's thresholds; raises UnknownCheck or NoThreshold."""
        for field, names in (("thresholds", tuple(settings.thresholds)), ("off", settings.off)):
            for name in names:
                if name not in TABLE and not (field == "off" and name.startswith("canon:")):
                    raise _unknown(name, field)
        for name in settings.thresholds:
            if name not in measured():
                raise NoThreshold(name=name)
        return cls(
            {
                code: Limit(limit.decision, settings.thresholds.get(code, limit.limit), limit.kinds)
                for code, limit in shipped().items()
                if code not in settings.off
            }
        )

    def reasons(self, sight: Sight) -> tuple[Reason, ...]:
        """What the checks that look at one row say of it."""
        return tuple(self._reasons(sight))

    def _reasons(self, sight: Sight) -> Iterator[Reason]:
        for code, limit in self.by_code.items():
            check = TABLE[code]
            if check.look is not None and sight.kind in limit.kinds:
                found = check.look(sight, limit.limit)
                if found is not None:
                    yield reason(check, limit, found)

    def reason(self, code: str, found: Found) -> Reason:
        """The reason of a check that takes the whole set."""
        return reason(TABLE[code], self.by_code[code], found)


def reason(check: Check, limit: Limit, found: Found) -> Reason:
    """What a check found, as a sentence."""
    sentence = _(check.sentence).format(value=found.value or 0, limit=limit.limit, what=excerpt(found.what))
    told = limit.limit if check.unit else None
    return Reason(check.code, sentence, limit.decision, found.value, told)


def _unknown(name: str, field: str) -> UnknownCheck:
    near = did_you_mean(name, TABLE)
    question = _(" Did you mean “{near}”?").format(near=near) if near else ""
    return UnknownCheck(name=name, field=field, question=question, known=", ".join(TABLE))
