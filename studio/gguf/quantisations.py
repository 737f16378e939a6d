"""Owns the table of quantisations that llama.cpp offers: names, its number of each, and what each is said to cost.

What a quantisation costs a model is told in nats a token. The figures are others' measurements, which order the rows
until a model has its own: for K and plain quantisations the rise of perplexity of Llama 3 8B in the help of llama.cpp's
own `llama-quantize` (base 6.2316); for IQ rows what Llama 3.2 3B Instruct loses more than in Q4_K_M, both with an
importance matrix, added to the figure for Q4_K_M (huggingface.co/ThomasBaruzier/Llama-3.2-3B-Instruct-GGUF,
perplexity.md). None where nobody has measured one.
"""

from dataclasses import dataclass

from studio.language import N_


@dataclass(frozen=True, slots=True)
class Quantisation:
    """One way to pack weights.

    `name` as llama.cpp spells it, `base` the type that most tensors get, `number` llama.cpp's file type, `loss` in nats
    a token by the sources above; `usual` marks the few that most people choose among.
    """

    name: str
    base: str
    number: int
    loss: float | None
    about: str
    usual: bool = False


_TERNARY = N_("for models that were trained with weights of three values; ruins others")
_IQ = N_("packs tighter than Q of its size, slower without a graphics card")
_OLD = N_("an older form, quick on phones")

QUANTISATIONS = (
    Quantisation("F32", "F32", 0, 0.0, N_("twice the size of F16 and no better, for tools that read nothing else")),
    Quantisation("BF16", "BF16", 32, 0.0, N_("16 bits with fewer digits than F16 and a wider range")),
    Quantisation("F16", "F16", 1, 0.0, N_("as trained, nothing lost"), usual=True),
    Quantisation("Q8_0", "Q8_0", 7, 0.0004, N_("hardly to be told from the original"), usual=True),
    Quantisation("Q6_K", "Q6_K", 18, 0.0035, N_("very close"), usual=True),
    Quantisation("Q5_1", "Q5_1", 9, 0.0169, _OLD),
    Quantisation("Q5_K_M", "Q5_K", 17, 0.0091, N_("close, smaller"), usual=True),
    Quantisation("Q5_K_S", "Q5_K", 16, 0.0167, N_("a little smaller than Q5_K_M")),
    Quantisation("Q5_0", "Q5_0", 8, 0.0209, _OLD),
    Quantisation("Q4_1", "Q4_1", 3, 0.0699, _OLD),
    Quantisation("Q4_K_M", "Q4_K", 15, 0.0278, N_("the usual choice"), usual=True),
    Quantisation("Q4_K_S", "Q4_K", 14, 0.0422, N_("a little smaller than Q4_K_M")),
    Quantisation("IQ4_NL", "IQ4_NL", 25, 0.034, _IQ),
    Quantisation("Q4_0", "Q4_0", 2, 0.0725, _OLD),
    Quantisation("IQ4_XS", "IQ4_XS", 30, 0.0345, _IQ),
    Quantisation("MXFP4_MOE", "MXFP4", 38, None, N_("for models made of experts; others come out as Q8_0")),
    Quantisation("Q3_K_L", "Q3_K", 13, 0.0855, N_("small, a little better than Q3_K_M")),
    Quantisation("Q3_K_M", "Q3_K", 12, 0.1002, N_("small, loses some sense"), usual=True),
    Quantisation("IQ3_M", "IQ3_S", 27, 0.079, _IQ),
    Quantisation("IQ3_S", "IQ3_S", 26, 0.110, _IQ),
    Quantisation("Q3_K_S", "Q3_K", 11, 0.2325, N_("smaller than Q3_K_M and worse")),
    Quantisation("IQ3_XS", "IQ3_S", 22, 0.135, _IQ),
    Quantisation("IQ3_XXS", "IQ3_XXS", 23, 0.150, _IQ),
    Quantisation("Q2_K", "Q2_K", 10, 0.4479, N_("smallest, tool calls suffer"), usual=True),
    Quantisation("Q2_K_S", "Q2_K", 21, 0.4128, N_("smaller than Q2_K; tool calls suffer")),
    Quantisation("IQ2_M", "IQ2_S", 29, 0.285, N_("two bits: tool calls suffer")),
    Quantisation("IQ2_S", "IQ2_XS", 28, 0.374, N_("two bits: tool calls suffer")),
    Quantisation("IQ2_XS", "IQ2_XS", 20, 0.479, N_("two bits: tool calls suffer")),
    Quantisation("Q2_0", "Q2_0", 41, None, _TERNARY),
    Quantisation("IQ2_XXS", "IQ2_XXS", 19, 0.812, N_("two bits: tool calls suffer")),
    Quantisation("TQ2_0", "TQ2_0", 37, None, _TERNARY),
    Quantisation("IQ1_M", "IQ1_M", 31, 1.543, N_("hardly a bit and a half: what is left is mostly noise")),
    Quantisation("TQ1_0", "TQ1_0", 36, None, _TERNARY),
    Quantisation("IQ1_S", "IQ1_S", 24, 2.437, N_("hardly a bit and a half: what is left is mostly noise")),
    Quantisation("Q1_0", "Q1_0", 40, None, N_("for models that were trained with weights of one bit; ruins others")),
)
"""What is offered, from the largest to the smallest of a model with wide rows."""

BY_QUANTISATION = {kind.name: kind for kind in QUANTISATIONS}
"""By name."""

USUAL_ONES = tuple(kind for kind in QUANTISATIONS if kind.usual)
"""The few that most people choose among."""
