"""The tables choose the right build for a machine."""

from dataclasses import replace

import pytest

from studio.setup import choices
from studio.setup.cards import Card
from studio.setup.machine import Machine, architecture

AVX2 = frozenset({"sse2", "avx", "avx2", "fma", "f16c", "bmi2"})
AVX512 = AVX2 | {"avx512f", "avx512cd", "avx512vl", "avx512dq", "avx512bw"}
LINUX = Machine("Linux", "x86_64", (3, 12), features=AVX2, libc=("glibc", (2, 36)))


def names(found: tuple[choices.Choice, ...], *, built: bool) -> list[str]:
    return [choice.name for choice in found if choice.built is built]


@pytest.mark.parametrize(
    ("features", "first"),
    [
        (AVX512 | {"avx512_vnni", "avx512_bf16"}, "avx512-bf16"),
        (AVX512, "avx512"),
        (AVX2, "avx2"),
        (frozenset({"avx", "sse2"}), "avx"),
        (frozenset(), "sse"),
    ],
)
def test_the_flags_follow_the_processor(features: frozenset[str], first: str) -> None:
    found = names(choices.llama(replace(LINUX, features=features)), built=True)
    assert found[0] == first
    assert found[-1] == "sse", "the least demanding build is always the last resort"


def test_no_build_on_x86_is_native() -> None:
    listing_amx = AVX512 | {"avx512_vnni", "avx512_bf16", "amx_tile", "amx_bf16"}
    for choice in choices.llama(replace(LINUX, features=listing_amx)):
        assert not choice.built or "-DGGML_NATIVE=OFF" in choice.flags
        assert "AMX" not in " ".join(choice.flags)


def test_a_card_comes_before_the_processor_and_prebuilt_before_built() -> None:
    card = Card("nvidia", "RTX 3050", 4 << 30, (13, 1))
    found = choices.llama(replace(LINUX, cards=(card, Card("vulkan", "NVIDIA (Vulkan)")), tools=frozenset({"nvcc"})))
    assert names(found, built=False) == ["cuda", "cuda", "vulkan", "cpu"]
    assert names(found, built=True)[0] == "cuda"
    assert [choice.built for choice in found] == sorted(choice.built for choice in found)


@pytest.mark.parametrize(
    ("machine", "expected"),
    [
        (LINUX, ["cpu", "plain"]),
        (replace(LINUX, cards=(Card("nvidia", "RTX", 0, (13, 1)),)), ["cuda", "cuda", "cpu", "plain"]),
        (replace(LINUX, cards=(Card("nvidia", "GTX", 0, (12, 8)),)), ["cuda", "cpu", "plain"]),
        (replace(LINUX, cards=(Card("nvidia", "old", 0, (11, 8)),)), ["cpu", "plain"]),
        (replace(LINUX, cards=(Card("amd", "AMD gfx1100"),)), ["rocm", "cpu", "plain"]),
        (Machine("Darwin", "arm64", (3, 13), cards=(Card("metal", "Apple silicon"),)), ["mps", "plain"]),
        (Machine("Windows", "x86_64", (3, 13)), ["plain"]),
    ],
)
def test_torch_follows_the_driver(machine: Machine, expected: list[str]) -> None:
    assert [choice.name for choice in choices.torch(machine)] == expected


def test_only_the_last_build_of_torch_comes_without_an_index_of_its_own() -> None:
    found = choices.torch(replace(LINUX, cards=(Card("nvidia", "RTX", 0, (13, 0)),)))
    assert [choice.index is None for choice in found] == [False] * (len(found) - 1) + [True]


@pytest.mark.parametrize(("machine", "name"), [("AMD64", "x86_64"), ("aarch64", "arm64"), ("x86_64", "x86_64")])
def test_one_name_for_a_processor_family(machine: str, name: str) -> None:
    assert architecture(machine) == name
