"""A stop while a prompt is read: what stands in the cache and the list of ids are alike, and going on is as if nothing
had been."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.gguf.tiny_model import write_model

pytestmark = pytest.mark.native

CHILD = Path(__file__).with_name("stopped_child.py")


@pytest.fixture(scope="module")
def told(tmp_path_factory, root):
    path = write_model(tmp_path_factory.mktemp("tiny") / "tiny.gguf", llama__context_length=2048)
    done = subprocess.run(
        [sys.executable, str(CHILD), str(path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


@pytest.mark.parametrize("at", [0, 512, 1024])
def test_what_stands_is_what_is_said_to_stand(told, at):
    assert told[f"end {at}"] == "cancelled"
    assert told[f"kept {at}"] == at
    assert told[f"alike {at}"]


@pytest.mark.parametrize("at", [0, 512, 1024])
def test_going_on_after_a_stop_says_the_same(told, at):
    assert told[f"said {at}"] == told["fresh"]


def test_the_twin_a_list_that_says_more_than_the_cache_holds(told):
    assert told["wrong"] != told["fresh"]
