"""Owns how llama.cpp draws a token: its chain of samplers for the settings of one answer."""

from typing import Any

import llama_cpp as ll

from studio.inference.sampling import Sampling

Handle = Any
"""A pointer of llama.cpp's, which the binding types now as an int, now as a ctypes pointer."""


def sampler_chain(sampling: Sampling, vocabulary: Handle) -> Handle:
    """The samplers of an answer, one after the other; the caller frees them with `llama_sampler_free`."""
    chain = ll.llama_sampler_chain_init(ll.llama_sampler_chain_default_params())
    if sampling.repeat_penalty != 1.0:
        size = ll.llama_vocab_n_tokens(vocabulary)
        ll.llama_sampler_chain_add(chain, ll.llama_sampler_init_penalties(size, 64, sampling.repeat_penalty, 0.0, 0.0))
    if sampling.temperature <= 0:
        ll.llama_sampler_chain_add(chain, ll.llama_sampler_init_greedy())
        return chain
    ll.llama_sampler_chain_add(chain, ll.llama_sampler_init_top_k(sampling.top_k))
    ll.llama_sampler_chain_add(chain, ll.llama_sampler_init_top_p(sampling.top_p, 1))
    ll.llama_sampler_chain_add(chain, ll.llama_sampler_init_min_p(sampling.min_p, 1))
    ll.llama_sampler_chain_add(chain, ll.llama_sampler_init_temp(sampling.temperature))
    ll.llama_sampler_chain_add(chain, ll.llama_sampler_init_dist(sampling.seed & 0xFFFFFFFF))
    return chain
