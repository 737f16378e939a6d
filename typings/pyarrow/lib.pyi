"""Arrow's exceptions under their other name."""

from pyarrow import ArrowException as ArrowException
from pyarrow import ArrowInvalid as ArrowInvalid
