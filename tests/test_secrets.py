"""Keys: the environment above the keyring, only keyrings that deserve it, and no key in anything that is said."""

import io
import logging
import sys
from collections.abc import Callable, Iterator

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import chainer, fail, null
from keyring.errors import KeyringLocked, PasswordSetError

from studio import secrets
from studio.cli import main
from studio.dataset.drafting import key_from
from studio.errors import LorewrightError
from studio.secrets import Held, forget_secret, held, keep_secret, secret
from tests.servers.memory_keyring import MemoryKeyring

KEY = "sk-very-secret-1234567890"
NAME = "LOREWRIGHT_TEST_KEY"


class Locked(MemoryKeyring):
    """One that nobody unlocks, and whose complaints repeat what it was given."""

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked(f"Collection of {username} is locked!")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise PasswordSetError(f"can't keep {password}\nmore of {password}")


class PlaintextKeyring(MemoryKeyring):
    """Named as the one of keyrings.alt that writes keys for everyone to read, with a priority it has not earned."""

    priority = 9


class Doubtful(MemoryKeyring):
    """Below what the library recommends."""

    priority = 0.5


class Several(chainer.ChainerBackend):
    """Several keyrings behind one, as the library chains them."""

    viable = False
    backends: tuple[KeyringBackend, ...] = ()


@pytest.fixture(autouse=True)
def kept_apart(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No key in the environment, and the keyring of before afterwards."""
    monkeypatch.delenv(NAME, raising=False)
    before = keyring.get_keyring()
    yield
    keyring.set_keyring(before)


@pytest.fixture
def ring() -> MemoryKeyring:
    made = MemoryKeyring()
    keyring.set_keyring(made)
    return made


def test_what_is_kept_is_found_and_forgotten(ring: MemoryKeyring) -> None:
    assert secret(NAME) is None and held(NAME) is Held.NOWHERE
    keep_secret(NAME, f" {KEY}\n")
    assert ring.kept == {("lorewright", NAME): KEY}
    assert secret(NAME) == key_from(NAME) == KEY and held(NAME) is Held.KEYRING
    forget_secret(NAME)
    assert secret(NAME) is None and not ring.kept
    with pytest.raises(secrets.NotKept):
        forget_secret(NAME)


def test_the_environment_stands_above_the_keyring(ring: MemoryKeyring, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_secret(NAME, KEY)
    monkeypatch.setenv(NAME, " another ")
    assert secret(NAME) == "another" and held(NAME) is Held.ENVIRONMENT
    monkeypatch.setenv(NAME, " ")
    assert secret(NAME) == KEY


@pytest.mark.parametrize("kind", [null.Keyring, fail.Keyring, PlaintextKeyring, Doubtful])
def test_a_keyring_that_keeps_nothing_or_keeps_it_in_the_open_is_not_used(kind: Callable[[], KeyringBackend]) -> None:
    backend = kind()
    if isinstance(backend, MemoryKeyring):
        backend.kept["lorewright", NAME] = KEY  # somebody else's doing; we do not even read it
    keyring.set_keyring(backend)
    assert secret(NAME) is None
    for act in (lambda: keep_secret(NAME, KEY), lambda: forget_secret(NAME)):
        with pytest.raises(secrets.NoKeyring, match=f"Set the environment variable {NAME} instead") as caught:
            act()  # type: ignore[no-untyped-call]  # the library's own
        assert KEY not in repr(caught.value) and caught.value.exit_code == 4


def test_of_several_keyrings_the_first_that_deserves_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    open_to_all, good = PlaintextKeyring(), MemoryKeyring()
    monkeypatch.setattr(Several, "backends", (open_to_all, good))
    keyring.set_keyring(Several())  # type: ignore[no-untyped-call]  # the library's own
    keep_secret(NAME, KEY)
    assert not open_to_all.kept and good.kept == {("lorewright", NAME): KEY}
    assert secret(NAME) == KEY


def test_without_the_library_the_environment_still_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert secret(NAME) is None
    with pytest.raises(secrets.NoKeyring, match="set-up"):
        keep_secret(NAME, KEY)
    monkeypatch.setenv(NAME, KEY)
    assert secret(NAME) == KEY


def test_a_locked_keyring_is_said_so_and_no_complaint_holds_the_key(caplog: pytest.LogCaptureFixture) -> None:
    keyring.set_keyring(Locked())
    caplog.set_level(logging.DEBUG)
    with pytest.raises(secrets.KeyringFailed, match="is locked") as reading:
        secret(NAME)
    with pytest.raises(secrets.KeyringFailed, match="can't keep …") as keeping:
        keep_secret(NAME, KEY)
    told = "".join(map(repr, (reading.value, keeping.value, keeping.value.as_event(), str(keeping.value))))
    assert KEY not in told and keeping.value.__suppress_context__
    assert KEY not in caplog.text


@pytest.mark.parametrize("value", [f"{KEY}\r\nX: y", "schlüssel", "", " \n"])
def test_what_is_no_key_is_not_kept(ring: MemoryKeyring, value: str) -> None:
    with pytest.raises(LorewrightError) as caught:
        keep_secret(NAME, value)
    assert isinstance(caught.value, secrets.UnfitKey | secrets.NothingToKeep) and not ring.kept
    assert not value.strip() or value not in repr(caught.value)


@pytest.mark.parametrize("name", ["", "A B", "../x", "1A", KEY, "A" * 101])
def test_a_name_that_is_none_is_not_asked_for_nor_repeated(ring: MemoryKeyring, name: str) -> None:
    with pytest.raises(secrets.UnfitName) as caught:
        secret(name)  # somebody may have given the key itself
    assert not name or name not in str(caught.value)


def test_the_command_keeps_and_forgets_and_shows_no_key(
    ring: MemoryKeyring, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["data", "key", NAME]) == 1
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{KEY}\n"))
    assert main(["data", "key", NAME, "--keep"]) == 0
    assert ring.kept["lorewright", NAME] == KEY
    assert main(["data", "key", NAME, "--format", "json"]) == 0
    assert '"held": "keyring"' in capsys.readouterr().out
    assert main(["data", "key", NAME, "--forget"]) == 0
    assert not ring.kept
    assert main(["data", "key", NAME, "--forget"]) == 3
    told = capsys.readouterr()
    assert KEY not in told.out + told.err and "There is nothing to forget" in told.err
