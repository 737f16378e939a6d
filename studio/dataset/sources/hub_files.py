"""Owns which files of a repository on the Hub are a split: as its card says, else by their names.

The rules are those of the Hub's own viewer, for files that are read. Knows no network.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

from studio.dataset.sources.records import ENDINGS
from studio.errors import InputError
from studio.language import N_

_SHARD = re.compile(r"(?:.*/)?(?P<split>[^/]+?)-\d{5}-of-\d{5}(?:-[0-9a-f]+)?\.\w+\Z")
_WORDS = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "val", "dev"),
    "test": ("test", "testing", "eval", "evaluation"),
}


class NoSplit(InputError):
    """A repository has no files of a split."""

    sentence = N_("{repo} has no split “{split}” in files that are read. It has {found}. Name another under `split`.")


class SeveralConfigs(InputError):
    """A repository holds several sets, and none of them is the first choice."""

    sentence = N_("{repo} holds several sets: {found}. Write which one as `split: NAME/{split}`.")


def files_of(repo: str, names: Iterable[str], configs: object, split: str) -> list[str]:
    """The files of a split, in order of their names; raises NoSplit or SeveralConfigs."""
    readable = sorted(name for name in names if name.lower().endswith(ENDINGS) and ".." not in name.split("/"))
    config, _slash, wanted = split.rpartition("/")
    told = _told(configs)
    if told:
        patterns = _patterns(repo, told, config, wanted)
        found = [name for name in readable if any(_fits(name, pattern) for pattern in patterns.get(wanted, ()))]
        splits = sorted(patterns)
    else:
        found, splits = _by_name(readable, wanted)
    if not found:
        raise NoSplit(repo=repo, split=wanted, found=", ".join(splits) or "none")
    return found


def _told(configs: object) -> list[Mapping[str, object]]:
    """The sets that a card tells with their files."""
    if not isinstance(configs, Sequence) or isinstance(configs, str):
        return []
    return [one for one in configs if isinstance(one, Mapping) and one.get("data_files")]


def _patterns(repo: str, told: list[Mapping[str, object]], config: str, split: str) -> dict[str, list[str]]:
    """The patterns of files by split, of the set that is named or is the first choice."""
    by_name = {str(one.get("config_name", "default")): one for one in told}
    chosen = next((name for name, one in by_name.items() if one.get("default")), "default")
    name = config or (next(iter(by_name)) if len(by_name) == 1 else chosen)
    if name not in by_name:
        raise SeveralConfigs(repo=repo, found=", ".join(by_name), split=split)
    files = by_name[name]["data_files"]
    if isinstance(files, str):
        return {"train": [files]}
    if isinstance(files, Mapping):
        return {str(one): _listed(paths) for one, paths in files.items()}
    patterns: dict[str, list[str]] = {}
    for one in files if isinstance(files, Sequence) else ():
        if isinstance(one, Mapping):
            patterns.setdefault(str(one.get("split", "train")), []).extend(_listed(one.get("path")))
        else:
            patterns.setdefault("train", []).append(str(one))
    return patterns


def _listed(paths: object) -> list[str]:
    return [paths] if isinstance(paths, str) else [str(one) for one in paths] if isinstance(paths, Sequence) else []


def _fits(name: str, pattern: str) -> bool:
    return fnmatchcase(name, pattern.removeprefix("./").replace("**/", "*"))


def _by_name(names: list[str], split: str) -> tuple[list[str], list[str]]:
    """The files of a split by their names, and the splits that there are."""
    shards = {name: match["split"] for name in names if (match := _SHARD.match(name))}
    if shards:
        return [name for name, one in shards.items() if one == split], sorted(set(shards.values()))
    by_split = {one: [name for name in names if _named(name, words)] for one, words in _WORDS.items()}
    there = [one for one, found in by_split.items() if found]
    if by_split.get(split):
        return by_split[split], there
    if split == "train" and not there:
        return names, ["train"] if names else []
    return [name for name in names if _named(name, (split,))], there


def _named(name: str, words: Iterable[str]) -> bool:
    return any(re.search(rf"(?:^|[/._\- ]){re.escape(word)}(?:[/._\- 0-9]|$)", name, re.IGNORECASE) for word in words)
