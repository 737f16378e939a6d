"""Owns a model behind an address as a writer of lines; how it is asked stands in `studio.inference.service`."""

from dataclasses import dataclass

from studio.dataset.drafting.writers import Asked
from studio.inference.service import Service, key_from

__all__ = ["RemoteWriter", "key_from"]

_TEMPERATURE = 0.8


@dataclass(frozen=True, slots=True)
class RemoteWriter(Service):
    """A model behind an address; `name` is how it is called there."""

    async def write(self, asked: Asked) -> str:
        """The line, within the time; raises the errors of the service."""
        told = asked.messages
        answer = await self.complete(told, max_tokens=asked.max_tokens, temperature=_TEMPERATURE, seed=asked.seed)
        return answer.text
