"""An answer held to a grammar: it keeps to it, a wrong grammar is an error, and the worker lives on."""

import json

import pytest
import pytest_asyncio

from studio.errors import Cancelled
from studio.inference.engine import LlamaEngine
from studio.inference.errors import GrammarRefused
from studio.inference.sampling import Sampling

pytestmark = [pytest.mark.native, pytest.mark.asyncio(loop_scope="module")]

VERDICT = r"""
root ::= "{\"reason\": \"" char{1,40} "\", \"score\": " [0-4] ", \"verdict\": " ("\"keep\"" | "\"bin\"") "}"
char ::= [^"\\\x00-\x1F\x7F]
"""
QUESTION = "Is this a good answer? Say so in JSON.\n"
STORY = "The lantern swung. Behind the door of the inn somebody was counting coins, slowly, as if each had a name. "


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def engine(starter):
    engine = await LlamaEngine.load(starter, context=512)
    yield engine
    await engine.close()


async def said(engine, text, **sampling):
    (ids,) = await engine.tokenise([(text, False)])
    return await engine.generate(ids, Sampling(**{"max_tokens": 120, **sampling}))


@pytest.mark.parametrize("sampling", [{}, {"temperature": 1.3, "seed": 4}, {"repeat_penalty": 1.3}])
async def test_an_answer_keeps_to_its_grammar(engine, sampling):
    """The twin: without the grammar it is no JSON."""
    answer = await said(engine, QUESTION, grammar=VERDICT, **sampling)
    assert answer.stop == "end"
    assert set(json.loads(answer.text)) == {"reason", "score", "verdict"}
    free = await said(engine, QUESTION, **{**sampling, "max_tokens": 30})
    with pytest.raises(ValueError, match=r"Expecting|Extra data"):
        json.loads(free.text)


async def test_what_is_chosen_is_the_likeliest_that_fits(engine):
    free = await said(engine, QUESTION + STORY, max_tokens=8)
    held = await said(engine, QUESTION + STORY, max_tokens=8, grammar="root ::= [^\\x00]*")
    assert held.ids == free.ids
    other = await said(engine, "Two and two make", max_tokens=8, grammar='root ::= " four" | " fish"')
    assert other.text == " four"


async def test_the_cache_is_used_beside_a_grammar(engine):
    first = await said(engine, STORY * 2 + "Good?", grammar=VERDICT, max_tokens=8)
    again = await said(engine, STORY * 2 + "Good?", grammar=VERDICT, max_tokens=8)
    other = await said(engine, STORY * 2 + "Bad?", grammar=VERDICT, max_tokens=8)
    assert again.reused == first.prompt_tokens - 1
    assert again.ids == first.ids
    assert other.reused >= first.prompt_tokens - 3


async def test_an_answer_that_is_cut_says_so(engine):
    cut = await said(engine, QUESTION, grammar=VERDICT, max_tokens=5)
    assert cut.stop == "length"
    assert len(cut.ids) == 5


async def test_a_stop_leaves_the_worker_ready(engine):
    (ids,) = await engine.tokenise([(STORY, False)])
    reply = await engine.worker.request(
        "generate", ids=ids, sampling={"max_tokens": 400, "grammar": "root ::= [a-z ]+ [0-9]"}
    )
    await anext(aiter(reply))
    await reply.cancel()
    with pytest.raises(Cancelled):
        await reply.result()
    assert (await said(engine, QUESTION, grammar='root ::= "a"')).stop == "end"


WRONG = {
    "": "it is empty",
    " \n": "it is empty",
    "root ::= other": "Undefined rule identifier 'other'",
    "rot ::= [a-z]": "does not contain a 'root' symbol",
    "root = [a-z]": "expecting ::= at",
    'root ::= "half': "unexpected end of input",
    'root ::= root "a"': "left recursion",
    'root ::= "a"{99999}': "exceeds sane defaults",
    'root ::= "a"{3,1}': "{3,1} asks for",
    'root ::= "a"\0': "NUL",
    "root ::= " + "(" * 5000 + '"a"' + ")" * 5000: "deep",
    "# " + "x" * 70_000: "characters",
    "root ::= [\\x00]": "no word of the model's fits",
}


@pytest.mark.parametrize("grammar", WRONG, ids=range(len(WRONG)))
async def test_a_wrong_grammar_is_an_error_with_its_reason_and_the_worker_lives(engine, grammar):
    with pytest.raises(GrammarRefused) as caught:
        await said(engine, QUESTION, grammar=grammar)
    assert WRONG[grammar] in str(caught.value)
    assert (await said(engine, "Once", max_tokens=2)).ids
