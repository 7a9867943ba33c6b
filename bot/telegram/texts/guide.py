"""The parameters of /grid as /help explains them, in the words of a language. The commands are in answers."""

from bot.telegram.texts.catalogue import Html, say
from bot.telegram.texts.phrases import lines
from bot.telegram.typed.names import called, shown
from bot.telegram.typed.parameters import OF_GRID, Kind, Parameter


def parameters(lang: str) -> Html:
    """What each parameter of /grid is, a line each."""
    return lines(say(lang, "help.keys"), *(_parameter(lang, one) for one in OF_GRID))


def _parameter(lang: str, one: Parameter) -> Html:
    """Its name in the language, and its own word where that is another one."""
    word = f"{one.word}={one.example}" if one.kind is Kind.YES_NO else one.word
    name = called(lang, word) if one.kind is Kind.YES_NO else shown(lang, word)
    what = say(lang, f"parameter.{one.word}.help")
    other = name != word
    return say(lang, "help.key", name=name if other else None, word=one.word if other else word, what=what)
