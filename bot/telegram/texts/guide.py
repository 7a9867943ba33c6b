"""The parameters of /grid as /help explains them, in the words of a language. The commands are in answers."""

import re

from bot.telegram.texts.catalogue import Html, say
from bot.telegram.texts.phrases import lines
from bot.telegram.typed.kinds import Kind, Parameter
from bot.telegram.typed.names import called, shown
from bot.telegram.typed.parameters import OF_GRID


def parameters(lang: str) -> Html:
    """What each parameter of /grid is, a line each."""
    return lines(say(lang, "help.keys"), *(_parameter(lang, one) for one in OF_GRID if not one.refines))


def rich(lang: str, key: str) -> Html:
    """A sentence of the pages, in the chat: its marks for what is typed become tags."""
    return Html(re.sub(r"`([^`]*)`", r"<code>\1</code>", say(lang, key)))


def _parameter(lang: str, one: Parameter) -> Html:
    """Its name in the language, and its own word where that is another one."""
    word = f"{one.word}={one.example}" if one.kind is Kind.YES_NO else one.word
    name = called(lang, word) if one.kind is Kind.YES_NO else shown(lang, word)
    what = say(lang, f"parameter.{one.word}.help")
    other = name != word
    line = say(lang, "help.key", name=name if other else None, word=one.word if other else word, what=what)
    return lines(line, *(_refining(lang, more) for more in OF_GRID if more.refines == one.word))


def _refining(lang: str, one: Parameter) -> Html:
    """Beside the parameter that it says more of, without marks of its own: a message may have a hundred of them."""
    name, what = shown(lang, one.word), say(lang, f"parameter.{one.word}.help")
    return say(lang, "help.more", name=name if name != one.word else None, word=one.word, what=what)
