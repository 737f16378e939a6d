"""What the tests of the llama worker share: a worker that is asked, and answers that are compared."""

import numpy as np

from studio.inference import engine as _engine  # noqa: F401  # registers the errors that the worker names
from studio.jobs.process import WorkerProcess

PROMPT = "The old mill stands above the river. Wren looks at the wheel and says:"
STORY = "The lantern swung. Behind the door of the inn somebody was counting coins, slowly, as if each had a name. "


async def load(path, **fields) -> WorkerProcess:
    worker = await WorkerProcess.start("llama")
    try:
        await worker.call("load", path=str(path), **{"context": 512, "threads": 2, **fields})
    except BaseException:
        await worker.kill()
        raise
    return worker


async def ids_of(worker, *texts, special=False):
    return (await worker.call("tokenise", parts=[[text, special] for text in texts]))["ids"]


async def generate(worker, ids, **sampling):
    return await worker.call("generate", ids=ids, sampling={"max_tokens": 12, **sampling})


async def scores(worker, ids, start, folder):
    file = folder / "scores"
    await worker.call("score", ids=ids, start=start, file=str(file))
    return np.load(file)


async def agree(worker, prompt, one, other, folder):
    """Whether two greedy answers are the same, or part where two tokens are all but equally likely.

    llama.cpp rounds otherwise when it reads one token than when it reads many: that is looked up, not guessed.
    """
    if one == other:
        return True
    at = next((i for i, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), None)
    if at is None:
        return False
    row = (await scores(worker, [*prompt, *one[: at + 1]], len(prompt) + at, folder))[0]
    return row.max() - min(row[one[at]], row[other[at]]) < 0.25
