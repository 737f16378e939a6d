"""How a model is loaded: what a person sets reaches the worker, and a loading that is given up leaves nothing."""

import asyncio

import psutil
import pytest

from studio.chat import ChatTemplate, Message, pieces
from studio.inference.engine import Ask, LlamaEngine, Sampling
from studio.inference.errors import KvTypeRefused, NoTemplate
from studio.inference.load_settings import LoadSettings, NotTogether
from studio.inference.templates import NoSuchTemplate, chat_template, offered, suggested
from studio.jobs.errors import BadRequest
from studio.jobs.process import WorkerProcess
from tests.gguf.tiny_model import TOKENS, write_model
from tests.inference.chats import chat


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return write_model(tmp_path_factory.mktemp("tiny") / "tiny.gguf")


def as_text(source, *messages):
    template = ChatTemplate(source, bos="<s>", eos="</s>", name="one", add_bos=False)
    told = tuple(Message(*one) for one in messages)
    return "".join(piece.text for piece in pieces(template, told, add_generation_prompt=True))


TALK = (("system", "Quiet."), ("user", "Who?"), ("assistant", "I."), ("user", "Where?"))


@pytest.mark.parametrize("one", offered(), ids=lambda one: one.name)
def test_a_template_says_all_and_a_longer_talk_goes_on_from_a_shorter(one):
    source = chat_template(one.name)
    talk = TALK if one.name not in ("gemma", "mistral") else TALK[1:]
    whole = as_text(source, *talk)
    assert all(content in whole for _role, content in talk)
    assert whole.startswith(as_text(source, *talk[:-2]))
    assert all(mark in whole for mark in one.marks)


def test_a_template_is_suggested_by_the_vocabulary():
    assert suggested(TOKENS).name == "chatml"
    assert suggested({"a", "b"}).name == "plain"
    with pytest.raises(NoSuchTemplate, match=r"chatml, .*Did you mean “plain”"):
        chat_template("plane")


def test_what_excludes_each_other_is_said_before_anything_is_loaded():
    with pytest.raises(NotTogether, match="q8_0"):
        LoadSettings(kv_type="q8_0", flash_attention=False).fields()
    assert "template" not in LoadSettings(template="chatml").fields()


@pytest.mark.native
@pytest.mark.asyncio
@pytest.mark.parametrize("kv_type", ["f16", "q8_0", "q4_0"])
async def test_settings_reach_the_model(starter, tiny, kv_type):
    """The twin: keys too narrow to be packed are refused in a sentence."""
    settings = LoadSettings(context=512, kv_type=kv_type, threads=1, gpu_layers=0)
    parts = []
    if kv_type != "f16":
        with pytest.raises(KvTypeRefused, match=kv_type):
            await LlamaEngine.load(tiny, together=1, settings=settings)
    engine = await LlamaEngine.load(starter, together=1, settings=settings, on_load=parts.append)
    try:
        assert engine.card.context == 512
        assert parts == sorted(parts)
        assert parts[-1] == 1.0
        ask = Ask(chat("Who is there?"), max_tokens=4)
        assert (await engine.answer(ask, Sampling())).ids
    finally:
        await engine.close()


@pytest.mark.native
@pytest.mark.asyncio
async def test_what_no_worker_knows_is_refused(tiny):
    worker = await WorkerProcess.start("llama")
    for wrong in ({"kv_type": "q9"}, {"flash_attention": "yes"}):
        with pytest.raises(BadRequest):
            await worker.call("load", path=str(tiny), **wrong)
    await worker.close()


@pytest.mark.native
@pytest.mark.asyncio
async def test_a_file_without_a_template_is_spoken_to_with_the_one_chosen(tmp_path):
    """The twin: where none is chosen it cannot be spoken to."""
    path = write_model(tmp_path / "mute.gguf", tokenizer__chat_template="")
    ask = Ask(chat("Who is there?"), max_tokens=2)
    for settings in (LoadSettings(context=256), LoadSettings(context=256, template="chatml")):
        engine = await LlamaEngine.load(path, together=1, settings=settings)
        try:
            if settings.template:
                assert (await engine.answer(ask, Sampling())).ids
            else:
                with pytest.raises(NoTemplate):
                    await engine.answer(ask, Sampling())
        finally:
            await engine.close()


def workers():
    """The engine workers that this process started and that run."""
    children = psutil.Process().children(recursive=True)
    return [one.pid for one in children if "studio.workers.llama" in " ".join(one.cmdline())]


@pytest.mark.native
@pytest.mark.asyncio
@pytest.mark.parametrize("late", [False, True], ids=["before hello", "while it reads"])
async def test_a_loading_that_is_given_up_ends_its_worker(starter, late):
    """The twin: one that is not given up leaves its worker running."""
    reading = asyncio.Event()
    loading = asyncio.create_task(LlamaEngine.load(starter, on_load=lambda _part: reading.set()))
    while not workers():
        await asyncio.sleep(0.01)
    if late:
        await reading.wait()
    loading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loading
    assert workers() == []
    if late:
        engine = await LlamaEngine.load(starter, context=256, together=1)
        assert len(workers()) == 1
        await engine.close()
