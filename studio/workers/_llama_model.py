"""Owns one GGUF in memory through llama.cpp's low-level functions; knows tokens, not chats.

Sequence 0 is the conversation whose cache is kept between calls; the others serve `generate_many`, and their
cells are shared with sequence 0 wherever the prompts begin alike. Used from one thread only.
"""

import codecs
import contextlib
import ctypes
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import llama_cpp as ll
import numpy as np
import numpy.typing as npt

from studio.errors import Cancelled
from studio.inference.errors import AdapterNotLoaded, ContextTooSmall, DecodeFailed, KvTypeRefused, ModelNotLoaded
from studio.inference.load_settings import UNFLASHED
from studio.inference.sampling import Sampling
from studio.jobs.errors import OutOfMemory
from studio.workers._continuing import Generated, common_prefix
from studio.workers._llama_grammar import Grammar
from studio.workers._llama_lanes import Lanes
from studio.workers._llama_log import hush_after, listen
from studio.workers._llama_sampling import Handle, sampler_chain
from studio.workers._stop_flag import StopFlag

KV_TYPES = {"f16": ll.GGML_TYPE_F16, "q8_0": ll.GGML_TYPE_Q8_0, "q4_0": ll.GGML_TYPE_Q4_0}
"""How keys and values may be kept, by the names that settings use."""

_BLOCK = 32
"""Numbers that are packed together in the narrower of them."""

_FLASH = {
    None: ll.LLAMA_FLASH_ATTN_TYPE_AUTO,
    False: ll.LLAMA_FLASH_ATTN_TYPE_DISABLED,
    True: ll.LLAMA_FLASH_ATTN_TYPE_ENABLED,
}
_WAITING = 128
"""Tokens of a prompt that a GPU reads at once while a person waits: a stop is heard between two such parts."""

_ASKED = ctypes.cast((ctypes.CDLL("msvcrt") if os.name == "nt" else ctypes.CDLL(None)).strlen, ll.ggml_abort_callback)
"""Whether work is to end: the length of a flag's text, which is 0 or 1. Native, so that nothing waits for Python."""

KEPT = 0
"""The sequence whose cache is kept between calls."""


class LlamaModel:
    """A loaded model with one context; `close` frees both."""

    def __init__(
        self,
        path: Path,
        *,
        context: int,
        sequences: int,
        threads: int,
        gpu_layers: int,
        adapter: Path | None,
        kv_type: str = "f16",
        flash_attention: bool | None = None,
        told: Callable[[float], None] | None = None,
    ) -> None:
        """Loads a GGUF; `told` hears the fraction that is read, and may raise to give it up."""
        listen()
        ll.llama_backend_init()
        self.path = path
        self.model = self._load(path, gpu_layers, told)
        self.vocab = ll.llama_model_get_vocab(self.model)
        self.context_size: int = min(context, ll.llama_model_n_ctx_train(self.model))
        self._idle = StopFlag()
        self._stop: threading.Event = self._idle
        self.context = self._open(sequences, threads, kv_type, flash_attention)
        self.waiting_size = _WAITING if gpu_layers else self.batch_size
        self.sequences = sequences
        self.memory = ll.llama_get_memory(self.context)
        self.kept: list[int] = []
        self.rewinds: bool = not (ll.llama_model_is_recurrent(self.model) or ll.llama_model_is_hybrid(self.model))
        """Whether a sequence's end can be cut off, or its beginning copied: not where it is one running state."""
        self.lanes = Lanes(self.context, sequences, rewinds=self.rewinds)
        self.vocabulary: int = ll.llama_vocab_n_tokens(self.vocab)
        self._batch = ll.llama_batch_init(self.batch_size, 0, 1)
        if adapter is not None:
            self._put_adapter(adapter)

    batch_size = 512

    @staticmethod
    def _load(path: Path, gpu_layers: int, told: Callable[[float], None] | None) -> Handle:
        parameters = ll.llama_model_default_params()
        parameters.n_gpu_layers = gpu_layers
        given_up: list[BaseException] = []

        def hear(fraction: float, _data: object) -> bool:
            try:
                if told is not None:
                    told(fraction)
            except BaseException as error:
                given_up.append(error)
            return not given_up

        heard = ll.llama_progress_callback(hear)
        parameters.progress_callback = heard
        model = ll.llama_model_load_from_file(os.fsencode(path), parameters)
        if given_up:
            raise given_up[0]
        if not model:
            raise ModelNotLoaded(path=path)
        return model

    def _open(self, sequences: int, threads: int, kv_type: str, flash_attention: bool | None) -> Handle:
        narrow = [width for width in self._head_widths() if width % _BLOCK]
        if kv_type != "f16" and narrow:
            ll.llama_model_free(self.model)
            raise KvTypeRefused(kv_type=kv_type, width=narrow[0])
        parameters = ll.llama_context_default_params()
        parameters.n_ctx = self.context_size
        parameters.n_batch = self.batch_size
        parameters.n_ubatch = UNFLASHED if flash_attention is False else self.batch_size
        parameters.n_seq_max = sequences
        parameters.kv_unified = True
        parameters.n_threads = parameters.n_threads_batch = threads
        parameters.type_k = parameters.type_v = KV_TYPES[kv_type]
        parameters.flash_attn_type = _FLASH[flash_attention]
        context = ll.llama_init_from_model(self.model, parameters)
        if not context:
            ll.llama_model_free(self.model)
            raise OutOfMemory(detail=f"for a context of {self.context_size} tokens")
        return context

    def _head_widths(self) -> list[int]:
        """How wide a head's keys and values are."""
        usual = ll.llama_model_n_embd(self.model) // max(1, ll.llama_model_n_head(self.model))
        family = self.metadata("general.architecture")
        told = (self.metadata(f"{family}.attention.{name}_length") for name in ("key", "value"))
        return [int(width) if width and width.isdecimal() else usual for width in told]

    def _put_adapter(self, path: Path) -> None:
        adapter = ll.llama_adapter_lora_init(self.model, os.fsencode(path))
        if not adapter:
            self.close()
            raise AdapterNotLoaded(path=path)
        scales = (ctypes.c_float * 1)(1.0)
        adapters = (ll.llama_adapter_lora_p_ctypes * 1)(adapter)
        ll.llama_set_adapters_lora(self.context, adapters, 1, scales)

    def close(self) -> None:
        """Frees context and model."""
        ll.llama_batch_free(self._batch)
        ll.llama_free(self.context)
        ll.llama_model_free(self.model)

    # -- text and tokens

    def tokenise(self, text: str, *, special: bool) -> list[int]:
        """The ids of a text, nothing added; `special` reads control tokens as such."""
        data = text.encode("utf-8", "replace")
        room = len(data) + 8
        ids = (ll.llama_token * room)()
        count = ll.llama_tokenize(self.vocab, data, len(data), ids, room, False, special)
        return list(ids[: max(count, 0)])

    def piece(self, token: int) -> bytes:
        """The bytes that a token stands for, control tokens by their names."""
        size = 64
        while True:
            buffer = ctypes.create_string_buffer(size)
            count = ll.llama_token_to_piece(self.vocab, token, buffer, size, 0, True)
            if count >= 0:
                return buffer.raw[:count]
            size = -count

    def metadata(self, key: str) -> str | None:
        """One value of the GGUF's metadata as text."""
        size = 4096
        while True:
            buffer = ctypes.create_string_buffer(size)
            count = ll.llama_model_meta_val_str(self.model, key.encode(), buffer, size)
            if count < 0:
                return None
            if count < size:
                return buffer.value.decode("utf-8", "replace")
            size = count + 1

    def ends_generation(self, token: int) -> bool:
        """Whether the model says with this token that it has finished: by an end, or by what begins another's turn.

        A control token within an answer would be a turn of somebody else's when it is sent back.
        """
        return bool(ll.llama_vocab_is_eog(self.vocab, token) or ll.llama_vocab_is_control(self.vocab, token))

    # -- decoding

    @contextlib.contextmanager
    def stoppable(self, cancelled: threading.Event) -> Iterator[None]:
        """While inside, llama.cpp asks `cancelled` between the parts of its graph, if it is one that it can ask.

        It asks some 500 times a token; asking Python each time would take 3% of a small model's time.
        """
        self._stop = cancelled
        hush_after(cancelled)
        flag = cancelled if isinstance(cancelled, StopFlag) else self._idle
        ll.llama_set_abort_callback(self.context, _ASKED, ctypes.addressof(flag.byte))
        try:
            yield
        finally:
            self._stop = self._idle
            hush_after(self._idle)
            ll.llama_set_abort_callback(self.context, _ASKED, ctypes.addressof(self._idle.byte))

    def read(
        self,
        tokens: Sequence[int],
        at: int,
        sequence: int,
        logits: str = "last",
        on_read: Callable[[int], None] | None = None,
        size: int = 512,
    ) -> None:
        """Puts tokens into the cache of a sequence from position `at`; logits of the "last" or "all".

        `on_read` hears how long the sequence is after each part of `size` tokens.
        """
        for start in range(0, len(tokens), size):
            part = tokens[start : start + size]
            last = start + len(part) == len(tokens)
            rows = [
                (token, at + start + i, sequence, logits == "all" or (last and i == len(part) - 1))
                for i, token in enumerate(part)
            ]
            self.decode(rows)
            if on_read is not None:
                on_read(at + start + len(part))

    def decode(self, rows: Sequence[tuple[int, int, int, bool]]) -> None:
        """Decodes one batch of (token, position, sequence, wants logits); raises Cancelled or DecodeFailed."""
        batch = self._batch
        batch.n_tokens = len(rows)
        for i, (token, position, sequence, wanted) in enumerate(rows):
            batch.token[i], batch.pos[i], batch.logits[i] = token, position, wanted
            batch.n_seq_id[i], batch.seq_id[i][0] = 1, sequence
        status = ll.llama_decode(self.context, batch)
        if status == 2 or self._stop.is_set():
            raise Cancelled
        if status != 0:
            raise DecodeFailed(status=status, tokens=len(rows))

    def logits(self, row: int) -> npt.NDArray[np.float32]:
        """The logits of a row of the last batch, float32 of the vocabulary's size; valid until the next decode."""
        pointer = ll.llama_get_logits_ith(self.context, row)
        return np.ctypeslib.as_array(pointer, shape=(self.vocabulary,))

    def forget(self) -> None:
        """Empties the cache."""
        self.lanes.forget()
        ll.llama_memory_clear(self.memory, False)
        self.kept = []

    def prepare(self, prompt: Sequence[int], room: int, on_read: Callable[[int], None] | None = None) -> int:
        """Brings the kept sequence to `prompt`; returns how many tokens were reused. At least one is read.

        Where it is stopped, what was read by then stays in the cache, and in `kept`.
        """
        self.check_room(len(prompt) + room)
        self.lanes.make_room(len(prompt) + room, self.context_size)
        self.cut(min(common_prefix(self.kept, prompt), len(prompt) - 1))
        common = len(self.kept)

        def stands(length: int) -> None:
            self.kept = list(prompt[:length])
            if on_read is not None:
                on_read(length)

        try:
            stands(common)
            self.read(prompt[common:], common, KEPT, on_read=stands, size=self.waiting_size)
        except BaseException:
            self.cut(len(self.kept))  # llama.cpp keeps what it had read of a part that was stopped
            raise
        return common

    def check_room(self, needed: int) -> None:
        """Raises ContextTooSmall where that many tokens do not fit."""
        if needed > self.context_size:
            raise ContextTooSmall(needed=needed, context=self.context_size)

    def cut(self, length: int) -> None:
        """Drops what the kept sequence holds past `length`; all of it where a model can't drop its end alone."""
        if ll.llama_memory_seq_rm(self.memory, KEPT, length, -1):
            self.kept = self.kept[:length]
        else:
            self.forget()

    def generate(
        self,
        prompt: Sequence[int],
        sampling: Sampling,
        on_token: Callable[[int], None],
        stops: frozenset[int],
        on_read: Callable[[int], None] | None = None,
    ) -> Generated:
        """Continues `prompt` until the model ends it, a stop token, or `max_tokens`.

        With a grammar the model can end it only where the grammar is complete; raises GrammarRefused.
        """
        started = time.perf_counter()
        grammar = Grammar(self.vocab, sampling.grammar) if sampling.grammar is not None else None
        chain = sampler_chain(sampling, self.vocab)
        ids: list[int] = []
        first = stop = None
        try:
            self.lanes.make_room(len(prompt) + sampling.max_tokens, self.context_size)
            reused = self.prepare(prompt, 1, on_read)
            while stop is None:
                token = self._sample(chain, grammar, sampling)
                first = first or time.perf_counter() - started
                if self.ends_generation(token) or token in stops:
                    stop = "end"
                    break
                ids.append(token)
                on_token(token)
                if len(ids) >= sampling.max_tokens:
                    stop = "length"
                elif len(self.kept) + 1 >= self.context_size:
                    stop = "context"
                else:
                    self.append(token)
        finally:
            ll.llama_sampler_free(chain)
            if grammar is not None:
                grammar.close()
        return Generated(ids, stop, len(prompt), reused, first or 0.0, time.perf_counter() - started)

    def _sample(self, chain: Handle, grammar: Grammar | None, sampling: Sampling) -> int:
        if grammar is None:
            return int(ll.llama_sampler_sample(chain, self.context, -1))
        return grammar.choose(chain, self.logits(-1), sampling)

    def scores(self, ids: Sequence[int], start: int) -> Iterator[npt.NDArray[np.float32]]:
        """The logits for each id from `start` on, a row at a time; the cache is empty before and after."""
        self.forget()
        for at in range(0, len(ids), self.batch_size):
            part = ids[at : at + self.batch_size]
            self.read(part, at, KEPT, logits="all")
            for i in range(max(0, start - at - 1), min(len(part), len(ids) - 1 - at)):
                yield self.logits(i)[None]
        self.forget()

    def stream(self) -> "TextStream":
        """A new text."""
        return TextStream(self)

    def append(self, token: int) -> None:
        """Puts one token at the end of the kept sequence."""
        position = len(self.kept)
        try:
            self.decode([(token, position, KEPT, True)])
        except BaseException:
            self.cut(position)
            raise
        self.kept.append(token)


class TextStream:
    """Turns token bytes into text that is never cut inside a character."""

    def __init__(self, model: LlamaModel) -> None:
        self._model = model
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def add(self, token: int) -> str:
        """The characters that this token completes."""
        return self._decoder.decode(self._model.piece(token))

    def end(self) -> str:
        """What is left, a broken character as U+FFFD."""
        return self._decoder.decode(b"", final=True)
