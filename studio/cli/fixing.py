"""Owns `check --fix`: reads scenarios, applies what can be mended surely, saves, and says what it did."""

import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from studio.cli.output import print_line
from studio.cli.rewriting import Rewrite
from studio.errors import LorewrightError
from studio.files import read_text
from studio.language import _, plural
from studio.lint import Diagnostic
from studio.lint.fixing import mend

Judge = Callable[[Path, str], list[Diagnostic]]


def fix_files(paths: Iterable[Path], judge: Judge, failed: Callable[[LorewrightError], None]) -> None:
    """Mends each file; one that cannot be read is left for the check to tell, one that cannot be saved is told."""
    files = fixes = 0
    for path in paths:
        try:
            text = read_text(path)
        except LorewrightError:
            continue  # the check that follows says why
        mended = mend(text, partial(judge, path))
        if mended.text == text:
            continue
        try:
            Rewrite(path, text, mended.text).save()
        except LorewrightError as error:
            failed(error)
            continue
        files, fixes = files + 1, fixes + len(mended.applied)
        for one in mended.applied:
            words = {"path": path, "line": one.line, "code": one.code, "title": one.title}
            print_line(_("{path}:{line}: mended {code}: {title}").format_map(words), sys.stderr)
    counts = plural("{count} fix", "{count} fixes", fixes), plural("{count} file", "{count} files", files)
    print_line(_("{fixes} in {files}").format(fixes=counts[0], files=counts[1]), sys.stderr)
