"""/help by topic, a command that was mistyped, and the buttons that stand for commands. It is given the table."""

import re
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches

from telegram import InlineKeyboardButton

from bot.languages import LANGUAGES
from bot.telegram.answers.aliases import ALIASES
from bot.telegram.answers.command import ChatCommand, Group, Takes
from bot.telegram.answers.conversation import DANGER_LIFE, Conversation, keyboard, nav
from bot.telegram.connection.delivery import Keyboard
from bot.telegram.connection.roles import Role
from bot.telegram.texts import face as texts
from bot.telegram.texts.catalogue import Html, escape, joined
from bot.telegram.texts.guide import parameters, rich
from bot.telegram.typed.names import COMMANDS, SETTING_WORDS, called
from bot.telegram.typed.parsing import tidy, tokens

MEANT = "meant"
"""The action of a button that gives a command."""
SETTINGS = "settings"
"""The topic of the help that is about no command: the parameters of /grid."""
LANGUAGE_NAMES: Mapping[str, str] = {lang: texts.say(lang, "language.name") for lang in LANGUAGES}
BESIDE = " · "
"""Between what the ways to type a command do, in the order in which the table has them."""
_IN_A_ROW = 3
_OURS_FIRST = 0.75
"""So alike, a command of ours is meant, whatever is called more like it elsewhere."""
_LONGEST_LABEL = 60


class Helping:
    """Knows the table of commands, and says what stands in it."""

    def __init__(self, table: Callable[[], Mapping[str, ChatCommand]]) -> None:
        self._table = table

    async def show(self, talk: Conversation, words: str) -> None:
        """/help: every command; `/help look` those of a topic, with examples; `/help stop` one of them."""
        topic = tidy(words).strip().lower().removeprefix("/")
        alias = ALIASES[topic].meant.partition(" ")[0] if topic in ALIASES else topic
        command = self._table().get(alias)
        group = _topic_named(topic)
        if not topic:
            await talk.send(self.overview(talk.lang, talk.role or Role.VIEWER), _topics(talk))
        elif command is not None:
            await talk.send(about(talk.lang, command), keyboard([run_button(talk, command)]))
        elif group is not None:
            await talk.send(self._about_all(talk.lang, group), self._buttons_of(talk, group))
        elif topic in {*SETTING_WORDS, *_labels(SETTINGS)}:
            await talk.send(parameters(talk.lang), keyboard([nav("/grid", "h", "grid"), nav(talk.label("help"), "h")]))
        else:
            talk.outcome = "refused"
            await talk.send(talk.text("help.unknown", given=words), _topics(talk))

    def overview(self, lang: str, role: Role = Role.OWNER) -> Html:
        """Every command that somebody of this role may give, a line each."""
        groups = ([one for one in self._of(group) if one.needed("") <= role] for group in Group)
        return Html("\n\n".join(_lines_of(lang, own) for own in groups if own))

    async def run(self, talk: Conversation, args: Mapping[str, str]) -> None:
        """The button that gives a command."""
        await self._table()[args["command"]].answer(talk, args["words"])

    async def said(self, talk: Conversation, text: str) -> None:
        """Words that are no command, while nothing is asked: where one may be meant, it is a tap away."""
        talk.outcome = "unknown"
        first, *rest = tokens(text) or [""]
        name, digits = re.fullmatch(r"(.*?)([0-9]*)", first.lower()).groups()  # type: ignore[union-attr]  # it fits all
        command = self._table().get(COMMANDS.get(name, ""))
        if command is None:
            await talk.say("no_question")
            return
        words = " ".join((*([digits] if digits else []), *rest))
        said = talk.text("no_question.near", near=f"{command.name} {words}".strip())
        await talk.send(said, keyboard([run_button(talk, command, words)]))

    async def unknown(self, talk: Conversation, name: str, words: str) -> None:
        """A command that there is not: what was meant is asked, and never done without the tap."""
        if name in COMMANDS:
            await self.said(talk, f"{name} {words}")
            return
        talk.outcome = "unknown"
        alias, table = ALIASES.get(name), self._table()
        if alias is not None and not alias.meant:
            await talk.say("alias.none", given=name, why=rich(talk.lang, f"alias.{name}"))
            return
        own = get_close_matches(name, table, n=1, cutoff=_OURS_FIRST)
        near = next(iter(own or get_close_matches(name, [*table, *ALIASES], n=1)), None)
        meant = ALIASES[near].meant if near is not None and near in ALIASES else near
        command = table.get((meant or "").partition(" ")[0])
        if meant is None or command is None:
            await talk.say("unknown_command", given=name, near=None)
        elif near in ALIASES:  # what follows it elsewhere would mean something else here
            button = run_button(talk, command, meant.partition(" ")[2])
            key = "unknown_command" if alias is None else "alias.words"
            await talk.send(talk.text(key, given=name, near=meant), keyboard([button]))
        else:
            said = talk.text("unknown_command", given=name, near=meant)
            await talk.send(said, keyboard([run_button(talk, command, words)]))

    def _about_all(self, lang: str, group: Group) -> Html:
        return Html(
            "\n\n".join(
                [texts.say(lang, f"help.group.{group}"), *(about(lang, command) for command in self._of(group))]
            )
        )

    def _buttons_of(self, talk: Conversation, group: Group) -> Keyboard:
        buttons = [nav(f"/{command.name}", "h", command.name) for command in self._of(group)]
        rows = [buttons[at : at + _IN_A_ROW] for at in range(0, len(buttons), _IN_A_ROW)]
        return keyboard(*rows, [nav(talk.label("help"), "h")])

    def _of(self, group: Group) -> list[ChatCommand]:
        return [command for command in self._table().values() if command.group is group]


def _lines_of(lang: str, own: Sequence[ChatCommand]) -> Html:
    """The commands of a group."""
    numbered = " ".join(f"/{command.name}" for command in own if command.takes is Takes.GRID)
    return texts.lines(
        texts.say(lang, f"help.group.{own[0].group}"),
        *(line(lang, command, "help") for command in own),
        texts.say(lang, "help.number", commands=numbered) if numbered else None,
    )


def about(lang: str, command: ChatCommand) -> Html:
    """One command: each way to type it with what that does, and who may give it."""
    does = rich(lang, f"command.{command.name}.page").split(BESIDE)
    return texts.lines(
        Html(f"<b>/{command.name}</b> {line(lang, command, 'menu')}"),
        *(
            Html(f"<code>{escape(called(lang, typed))}</code> – {what}")
            for typed, what in zip(command.usage, does, strict=True)
        ),
        None if command.needs is Role.OWNER else texts.say(lang, f"help.may.{command.needs.word}"),
    )


def line(lang: str, command: ChatCommand, what: str) -> Html:
    """What a command is called in a language: in the menu, in the help."""
    return texts.say(lang, f"command.{command.name}.{what}", languages=joined(lang, "or", LANGUAGE_NAMES.values()))


def run_button(talk: Conversation, command: ChatCommand, words: str = "") -> InlineKeyboardButton:
    """A button that stands for a command. What does something at once works once, and not for long."""
    label = f"/{command.name} {words}".strip()
    if command.name == "panic":
        return nav(label, "w", "panic")
    if not words and not command.at_once:
        return nav(label, "k", command.name)
    shown = label if len(label) <= _LONGEST_LABEL else f"{label[: _LONGEST_LABEL - 1]}…"
    return talk.once(shown, MEANT, {"command": command.name, "words": words}, group="", life=DANGER_LIFE)


def _topics(talk: Conversation) -> Keyboard:
    topics = [nav(talk.label(f"help.{topic}"), "h", topic) for topic in (*Group, SETTINGS)]
    return keyboard(*(topics[at : at + _IN_A_ROW] for at in range(0, len(topics), _IN_A_ROW)))


def _topic_named(word: str) -> Group | None:
    return next((group for group in Group if word in {group, *_labels(group)}), None)


def _labels(topic: str) -> set[str]:
    """What a topic is called in any language."""
    return {texts.button(lang, f"help.{topic}").lower() for lang in LANGUAGES}
