"""Owns the table of the kinds of measuring that a suite may name; knows none of them from inside."""

from studio.evaluation.corrected import CORRECTED
from studio.evaluation.decisions import DECISIONS
from studio.evaluation.kind import Kind
from studio.evaluation.knowledge import KNOWLEDGE
from studio.evaluation.speed import SPEED
from studio.evaluation.stress import STRESS
from studio.evaluation.tool_call_kind import TOOL_CALLS
from studio.evaluation.trust import TRUST

KINDS: dict[str, Kind] = {
    kind.name: kind for kind in (TOOL_CALLS, DECISIONS, KNOWLEDGE, STRESS, TRUST, SPEED, CORRECTED)
}
"""Every kind by the name that a suite's part gives."""
