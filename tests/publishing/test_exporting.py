"""The export of a workspace: what people wrote goes along; models, keys and what lies elsewhere do not."""

import stat
import zipfile
from pathlib import Path

import pytest

from studio.errors import InputError
from studio.publishing.exporting import ExportExists, NothingToExport, export
from studio.publishing.zips import ZipDamaged, unpack, write_zip
from studio.workspace import Workspace

KEY = "sk-" + "a1B2" * 8


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    root = tmp_path / "inn"
    for name, text in {
        "lorewright.yaml": "format: 1\n",
        "scenarios/combat/weir.md": "<SYSTEM>A weir.</SYSTEM>",
        "scenarios/.hidden.md": "no",
        "datasets/tavern/1a2b/rows.jsonl": "{}",
        "results/one.jsonl": "{}",
        "runs/2026-train/config.yaml": "name: tavern\n",
        "runs/2026-train/adapter/adapter_model.safetensors": "weights",
        "runs/2026-train/checkpoints/step-1/optimizer.bin": "weights",
        "models/tavern/card.json": "{}",
        "models/tavern/tavern-Q4_K_M.gguf": "weights",
        "models/.published/tavern/0001/tavern.gguf": "weights",
        "scenarios/stray.gguf": "weights",
        "datasets/judge.env": f"OPENAI_API_KEY={KEY}",
        "datasets/notes.yaml": f"service:\n  api_key: {KEY}\n",
        "corrections.jsonl": "{}",
        "ratings.jsonl": "{}",
        "rubrics/mine.yaml": "format: 1\n",
        "drafts/one.md": "{}",
        "schemas/order.json": "{}",
        "models/.published/tavern/0001/card.json": "{}",
        ".lorewright/queue.json": "{}",
        ".git/config": "no",
        "elsewhere.txt": "no",
    }.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "secret.md").write_text("outside")
    (root / "scenarios" / "link.md").symlink_to(tmp_path / "secret.md")
    (root / "sessions").symlink_to(tmp_path)
    return Workspace(root)


def test_an_export_holds_what_people_made_and_nothing_else(workspace: Workspace, tmp_path: Path) -> None:
    done = export(workspace, tmp_path / "inn.zip")
    with zipfile.ZipFile(done.path) as archive:
        names = archive.namelist()
        assert not any(KEY.encode() in archive.read(name) for name in names)
    assert names == [f"inn/{name}" for name in done.names]
    assert done.names == (
        "corrections.jsonl",
        "datasets/tavern/1a2b/rows.jsonl",
        "drafts/one.md",
        "lorewright.yaml",
        "models/.published/tavern/0001/card.json",
        "models/tavern/card.json",
        "ratings.jsonl",
        "results/one.jsonl",
        "rubrics/mine.yaml",
        "runs/2026-train/config.yaml",
        "scenarios/combat/weir.md",
        "schemas/order.json",
    )
    assert {one.name for one in done.left_out} == {
        "datasets/judge.env",
        "datasets/notes.yaml",
        "scenarios/link.md",
        "scenarios/stray.gguf",
    }


def test_the_same_workspace_gives_the_same_zip(workspace: Workspace, tmp_path: Path) -> None:
    one, other = export(workspace, tmp_path / "one.zip"), export(workspace, tmp_path / "other.zip")
    assert one.path.read_bytes() == other.path.read_bytes()
    with pytest.raises(ExportExists):
        export(workspace, tmp_path / "one.zip")


def test_an_empty_workspace_is_told(tmp_path: Path) -> None:
    (tmp_path / "lorewright.yaml").write_text("format: 1\n")
    with pytest.raises(NothingToExport):
        export(Workspace(tmp_path), tmp_path / "out.zip")
    assert not (tmp_path / "out.zip").exists()


@pytest.mark.parametrize("name", ["../out.txt", "/out.txt", "a/../../out.txt", "C:/out.txt", "a\\..\\..\\out.txt"])
def test_a_zip_cannot_write_elsewhere(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        archive.writestr(zipfile.ZipInfo(name), "x")
    (tmp_path / "in").mkdir()
    with pytest.raises(InputError, match="leads out"):
        unpack(tmp_path / "bad.zip", tmp_path / "in")
    assert list((tmp_path / "in").iterdir()) == []


def test_links_doubles_and_damage_in_a_zip_are_told(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(ZipDamaged, match="is a link"):
        unpack(tmp_path / "link.zip", tmp_path / "in")
    with zipfile.ZipFile(tmp_path / "double.zip", "w") as archive:
        archive.writestr("a.txt", "1")
        archive.writestr("A.txt", "2")
    with pytest.raises(ZipDamaged, match="one name"):
        unpack(tmp_path / "double.zip", tmp_path / "in")
    (tmp_path / "text").write_text("words " * 100)
    write_zip(tmp_path / "good.zip", [("text", tmp_path / "text")])
    data = bytearray((tmp_path / "good.zip").read_bytes())
    data[40] ^= 0xFF
    (tmp_path / "cut.zip").write_bytes(data)
    with pytest.raises(ZipDamaged):
        unpack(tmp_path / "cut.zip", tmp_path / "in")
