"""Owns going through the choices for a native package until one is proven to work; knows no package."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.language import _
from studio.setup.choices import Choice
from studio.setup.failures import NoChoiceLeft, SetupFailed
from studio.setup.proofs import Proof


@dataclass(frozen=True, slots=True)
class Won:
    """The choice that works, what its proof reported, and why those before it did not."""

    choice: Choice
    proof: Proof
    refused: tuple[str, ...]


def first_that_works(
    choices: Sequence[Choice],
    install: Callable[[Choice], Path | None],
    prove: Callable[[], Proof],
    say: Callable[[str], None] = lambda sentence: None,
    disown: Callable[[Choice], None] = lambda choice: None,
) -> Won:
    """Installs one choice after the other until `prove` says that it works here.

    `install` raises SetupFailed where a choice cannot be had; `disown` is told of a choice that was installed and does
    not work. Raises NoChoiceLeft with every reason.
    """
    refused: list[str] = []
    for choice in choices:
        try:
            install(choice)
        except SetupFailed as error:
            refused.append(f"{choice.name}: {error}")
            say(refused[-1])
            continue
        proof = prove()
        if proof.works:
            return Won(choice, proof, tuple(refused))
        disown(choice)
        refused.append(f"{choice.name}: {proof.reason}")
        say(refused[-1])
    raise NoChoiceLeft(_("no build works here. {reasons}").format(reasons=" · ".join(refused)))
