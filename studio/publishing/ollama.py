"""Owns the Modelfile by which Ollama loads a model: its template in Go's notation, where turns end, the settings."""

from studio.chat import ChatTemplate
from studio.publishing.chat_form import ChatForm
from studio.publishing.go_template import NotTranslated, go_template

_QUOTES = '"""'


def modelfile(form: ChatForm, template: ChatTemplate, model: str, adapter: str | None, context: int) -> str:
    """The text of a Modelfile; paths are relative to it. Raises NotTranslated.

    Ollama puts the token that begins a text itself where the GGUF asks for it, so the template must not.
    """
    text = go_template(form, template.name, template.bos if template.add_bos else "")
    stop = end_of_turn(form, template)
    if _QUOTES in text or '"' in stop:
        raise NotTranslated(name=template.name, reason="a Modelfile can't hold three quotes")
    lines = [f"FROM {model}"]
    if adapter is not None:
        lines.append(f"ADAPTER {adapter}")
    lines.append(f"TEMPLATE {_QUOTES}{text}{_QUOTES}")
    if stop:
        lines.append(f'PARAMETER stop "{stop}"')
    lines += ["PARAMETER temperature 0", f"PARAMETER num_ctx {context}"]
    return "\n".join(lines) + "\n"


def end_of_turn(form: ChatForm, template: ChatTemplate) -> str:
    """The name of the token with which the model ends its turn, empty where it is not known."""
    after = form.between.get(("assistant", "user"), "").lstrip()
    return next((end for end in template.ends if after.startswith(end)), template.eos)
