"""Owns the data card: what a person should know of a build before a model learns from it, in Markdown.

The front matter is that of a data set's README on the Hugging Face Hub. Everything in it stands in the manifest.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import yaml

from studio.dataset.leaking import said
from studio.dataset.manifest import Manifest
from studio.language import _, plural

_SHOWN = 20


def card_of(manifest: Manifest, name: str) -> str:
    """The card of a build, which is called `name`."""
    return "\n".join([*_front(manifest), *_body(manifest, name)]).rstrip() + "\n"


def _front(manifest: Manifest) -> Iterator[str]:
    values: dict[str, object] = {"license": _licence(manifest), "pretty_name": manifest.title or manifest.name}
    values["tags"] = ["lorewright", "text-games"]
    yield "---"
    yield yaml.safe_dump(values, sort_keys=False, allow_unicode=True).rstrip()
    yield "---"
    yield ""


def _licence(manifest: Manifest) -> str:
    """As the Hub names it: one that holds for all rows, else that there are several, or that one is not known."""
    licences = set(manifest.licences)
    if "" in licences:
        return "unknown"
    return licences.pop().lower() if len(licences) == 1 else "other"


def _body(manifest: Manifest, name: str) -> Iterator[str]:
    counts, calls = manifest.counts, manifest.calls
    yield f"# {manifest.title or manifest.name}"
    yield ""
    yield _("Build `{name}` of `{data}`, made with Lorewright {version}.").format(
        name=name, data=manifest.name, version=manifest.program
    )
    yield ""
    examples = plural("{count} example to train on", "{count} examples to train on", counts["training"])
    tokens = plural("{count} token in all", "{count} tokens in all", counts["tokens"])
    called = plural("{count} tool call", "{count} tool calls", calls["in"])
    sentence = _("{examples} and {validation} to validate with, {tokens}; {calls}.")
    yield sentence.format(examples=examples, validation=counts["validation"], tokens=tokens, calls=called)
    if counts["synthetic"]:
        yield plural("{count} of the examples is synthetic.", "{count} of the examples are synthetic.",
                     counts["synthetic"])  # fmt: skip
    yield ""
    yield f"## {_('Sources')}"
    yield ""
    yield from _table(
        (_("Source"), _("Where"), _("Weight"), _("Licence"), _("Read"), _("In"), _("Passes")),
        [
            (one.name, one.place, f"{one.weight:g}", one.licence or _("not stated"), one.rows, one.kept, one.passes)
            for one in manifest.sources
        ],
    )
    for one in manifest.sources:
        if one.note:
            yield f"- {one.name}: {one.note}"
    yield ""
    yield said(manifest.leakage)
    yield ""
    yield from _reasons(_("What is not in it"), manifest.out)
    yield from _reasons(_("What a person should look at"), manifest.flagged)
    yield from _problems(_("Errors, which kept something out"), manifest.errors, manifest.problems)
    warnings = max(sum(one.warnings for one in manifest.sources), len(manifest.warnings))
    yield from _problems(_("Warnings"), warnings, manifest.warnings)


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(_cell(value) for value in row)} |"
    yield ""


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")


def _reasons(title: str, counted: Mapping[str, int]) -> Iterator[str]:
    if counted:
        yield f"## {title}"
        yield ""
        ordered = sorted(counted.items(), key=lambda one: (-one[1], one[0]))
        yield from _table((_("Why"), _("How many")), ordered)


def _problems(title: str, count: int, problems: Sequence[Mapping[str, object]]) -> Iterator[str]:
    if not count:
        return
    yield f"## {title} ({count})"
    yield ""
    for problem in problems[:_SHOWN]:
        yield f"- `{problem['path']}:{problem['line']}` {problem['code']}: {_cell(problem['message'])}"
    if count > _SHOWN:
        yield "- " + plural("and {count} more", "and {count} more", count - _SHOWN)
    yield ""
