"""Owns what every test shares: no display is needed, properties have no deadline, and the starter model."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"  # nobody's own keyring is touched by a test

# Deadlines are timed assertions, which a loaded machine fails for no fault of the code.
settings.register_profile("lorewright", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("lorewright")

pytest_plugins = ["loopback_hub", "memory_keyring"]

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def starter() -> Path:
    """The starter model that set-up fetched."""
    path = ROOT / "models" / "SmolLM2-135M-Instruct.Q4_1.gguf"
    if not path.is_file():
        pytest.fail(f"{path} is missing; run `python3 launch.py` first")
    return path


@pytest.fixture(scope="session")
def tiny_base(starter: Path, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Hugging Face folder of a random two-layer model."""
    folder = tmp_path_factory.mktemp("base") / "tiny"
    child = [sys.executable, str(ROOT / "tests" / "workers" / "tiny_base.py"), str(starter), str(folder)]
    subprocess.run(child, check=True, capture_output=True, env={**os.environ, "PYTHONPATH": str(root)}, timeout=300)
    return folder
