import errno
import os
import stat
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio import files
from studio.errors import (
    FolderGiven,
    LorewrightError,
    NotSaved,
    NotText,
    OutsideFolder,
    PathMissing,
    TooLarge,
    UnreadableFile,
)
from studio.files import inside, read_bytes, read_text, save_atomic


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_text_is_read_as_it_was_saved(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("files") / "a.md"
    save_atomic(path, text)
    assert read_text(path) == text
    assert [file.name for file in path.parent.iterdir()] == ["a.md"]


@given(st.binary())
def test_any_bytes_are_text_or_our_error(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("files") / "a.md"
    save_atomic(path, data)
    try:
        assert read_text(path).encode() == data
    except NotText as error:
        assert data[: error.fields["position"]].decode("utf-8", "strict") is not None


def test_line_ends_and_a_byte_order_mark_are_kept(tmp_path):
    save_atomic(tmp_path / "a.md", "\ufeffa\r\nb\rc\n")
    assert (tmp_path / "a.md").read_bytes() == b"\xef\xbb\xbfa\r\nb\rc\n"
    assert read_text(tmp_path / "a.md") == "\ufeffa\r\nb\rc\n"


def test_folders_on_the_way_are_made_and_long_names_saved(tmp_path):
    path = tmp_path / "a" / "b" / ("x" * 250 + ".md")
    save_atomic(path, "x")
    assert read_text(path) == "x"


@pytest.mark.parametrize("fault", ["write", "fsync", "replace"])
def test_a_save_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, fault):
    path = tmp_path / "a.md"
    path.write_text("old")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    if fault == "fsync":
        monkeypatch.setattr(os, "fsync", full)
    elif fault == "replace":
        monkeypatch.setattr(files.Path, "replace", full)
    else:
        monkeypatch.setattr(files.Path, "chmod", full)
    with pytest.raises(NotSaved, match="No space left on device"):
        save_atomic(path, "new")
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["a.md"]


@pytest.mark.skipif(sys.platform == "win32", reason="needs RLIMIT_FSIZE")
@pytest.mark.parametrize("atomic", [True, False])
def test_a_full_disk_never_leaves_half_a_file(tmp_path, atomic):
    """In a child with a limit on file sizes; the twin writes straight into the file and loses it."""
    import resource
    import signal
    import subprocess

    path = tmp_path / "a.md"
    path.write_text("old")
    save = "save_atomic(path, text)" if atomic else "path.write_text(text)"
    code = f"from studio.files import Path, save_atomic; path, text = Path({str(path)!r}), 'x' * 9999; {save}"

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    child = subprocess.run(
        [sys.executable, "-B", "-c", code],
        preexec_fn=limit,
        capture_output=True,
        cwd=files.Path(files.__file__).parents[1],
    )
    assert child.returncode == 1
    assert (b"NotSaved" in child.stderr) == atomic
    assert (path.read_text() == "old") == atomic


def test_a_folder_that_cannot_be_synced_does_not_deny_the_save(tmp_path, monkeypatch):
    def cannot(_):
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(files, "sync_folder", cannot)
    save_atomic(tmp_path / "a.md", "new")
    assert read_text(tmp_path / "a.md") == "new"


@pytest.mark.parametrize("content", ["half \ud800 a pair", "\udcff"])
def test_text_that_is_not_unicode_is_not_saved(tmp_path, content):
    (tmp_path / "a.md").write_text("old")
    with pytest.raises(NotSaved):
        save_atomic(tmp_path / "a.md", content)
    assert (tmp_path / "a.md").read_text() == "old"


@pytest.mark.parametrize("name", ["", "a\0b.md", "file/below.md"])
def test_names_that_cannot_be_saved(tmp_path, name):
    (tmp_path / "file").write_text("old")
    with pytest.raises(NotSaved):
        save_atomic(tmp_path / name, "new")


@pytest.mark.skipif(sys.platform == "win32", reason="rights and links of Unix")
def test_rights_and_links_are_kept(tmp_path):
    script, link = tmp_path / "a.sh", tmp_path / "link.sh"
    script.write_text("old")
    script.chmod(0o750)
    link.symlink_to(script)
    save_atomic(link, "new")
    assert link.is_symlink()
    assert script.read_text() == "new"
    assert stat.S_IMODE(script.stat().st_mode) == 0o750
    mask = os.umask(0o027)
    try:
        save_atomic(tmp_path / "b.md", "x")
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "b.md").stat().st_mode) == 0o640


def test_what_cannot_be_read_says_why(tmp_path):
    (tmp_path / "a.md").write_bytes(b"ok\xff")
    (tmp_path / "big.md").write_bytes(b"x" * 11)
    for path, kind in [
        (tmp_path / "none.md", PathMissing),
        (tmp_path / "a\0b", PathMissing),
        (tmp_path, FolderGiven),
        (tmp_path / "a.md" / "below", UnreadableFile),
        (tmp_path / "a.md", NotText),
    ]:
        with pytest.raises(kind) as caught:
            read_text(path)
        assert isinstance(caught.value, LorewrightError)
    with pytest.raises(TooLarge):
        read_bytes(tmp_path / "big.md", limit=10)
    assert read_bytes(tmp_path / "big.md", limit=11) == b"x" * 11


@pytest.mark.parametrize("name", ["a.md", "sub/a.md", "sub/../a.md", "."])
def test_names_inside_a_folder(tmp_path, name):
    assert inside(tmp_path, name).is_relative_to(tmp_path.resolve())


@pytest.mark.parametrize("name", ["../a.md", "/etc/passwd", "sub/../../a.md", "out/a.md", "ring/a.md", "a\0b"])
def test_names_that_lead_out_of_a_folder(tmp_path, name):
    home = tmp_path / "home"
    home.mkdir()
    (home / "out").symlink_to(tmp_path)
    (home / "ring").symlink_to(home / "ring")
    with pytest.raises(OutsideFolder):
        inside(home, name)
