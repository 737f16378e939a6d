"""Owns which texts an importance matrix is computed on: what a run learned from, or the samples for a bare base.

Of a run's settings those are read that say what it learned from and how its texts were cut, also where an older version
wrote others beside them.
"""

from studio.dataset import gather
from studio.jobs.runs import CONFIG, Run
from studio.language import _
from studio.resources import samples
from studio.training.checkpoints import run_of
from studio.training.config import TrainingConfig, read_config
from studio.training.material import gathered
from studio.workers._merge import Source

_LONGEST = 2048


def texts_of(source: Source) -> tuple[list[list[int]], str]:
    """The token ids of each text, and what they are in words; raises what reading them raises."""
    run = run_of(source.path) or source.path
    base = source.base
    if source.adapter is None or not (run / CONFIG).is_file():
        files = sorted(samples().glob("**/*.md"))
        found = gather(files, base.template, base.tokeniser, _LONGEST)
        return [list(example.ids) for example in found.examples], _("the sample scenarios")
    told = Run(run).config()
    config = read_config({key: value for key, value in told.items() if key in TrainingConfig.model_fields})
    examples = gathered(config, base).gathered.examples
    return [list(example.ids) for example in examples], _("what {run} learned from").format(run=run.name)
