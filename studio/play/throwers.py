"""Owns whose throw a result is: of the narrator's calls, of dice that a person threw, of an act. Decides nothing."""

from studio.play.book import Book
from studio.play.records import Node
from studio.scenario.calls import find_calls


def thrower(book: Book, node: Node) -> str:
    """Who threw what a result tells; empty for what is no result, and where it is not known."""
    if node.kind != "TOOLCALL":
        return ""
    answered = book.state(node.id).answered
    if answered is not None:
        return answered.actor or ""
    place, at = 0, node.parent
    while at is not None and book.nodes[at].kind == "TOOLCALL":
        place, at = place + 1, book.nodes[at].parent
    above = book.nodes[at] if at is not None else None
    calls = find_calls(_asking(book, above), book.tools, book.party.names)
    if place >= len(calls):
        return ""
    return calls[place].actor or book.scenario.player or ""


def _asking(book: Book, above: Node | None) -> str:
    """The text whose calls results answer: the rules' turn for a step, else what an act asks for."""
    if above is None:
        return ""
    act = book.state(above.id).act
    return above.text if above.ruled else act.asked if act is not None else ""
