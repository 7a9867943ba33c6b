"""/invite, /members, /revoke, /bind, /unbind and /log: who else is heard, where, and who has done what."""

import re
from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from telegram import BotCommandScopeChat
from telegram.error import TelegramError

from bot.languages import LANGUAGES
from bot.telegram.answers.conversation import BUTTON_LIFE, Conversation, keyboard, nav
from bot.telegram.connection.claim import LIFE
from bot.telegram.connection.members import MOST_MEMBERS, Member
from bot.telegram.connection.roles import Role
from bot.telegram.texts import face as texts
from bot.telegram.texts.catalogue import Html, listed
from bot.telegram.typed.parsing import tidy
from strategy.model.durations import MINUTE

_LINES = 15
_LOOKS = ("[v|", "[w|")
"""A card that was opened or refreshed by a button: no deed."""
_SPEC = re.compile(r'\w+=\{"symbol":"([^"]*)".*?(?= -> |$)')
"""A whole grid among what a button was to do: its market says enough, the line before has what was asked for."""
_OUTCOMES = (
    "done",
    "refused",
    "too old",
    "forwarded",
    "edited",
    "denied",
    "limited",
    "unknown",
    "under way",
    "not written",
    "locked",
    "wrong code",
    "asked for a code",
    "failed",
)
"""That have words of their own, `outcome.<name>`."""
INVITE_EXAMPLE, REVOKE_EXAMPLE = "/invite viewer", "/revoke 123456789"


async def invite(talk: Conversation, words: str) -> None:
    """`/invite viewer` or `/invite operator`: a link that makes whoever opens it first just that."""
    word = tidy(words).strip().lower()
    given = (one for one in Role if one is not Role.OWNER)
    role = next((one for one in given if word in (one.word, *_names_of(one))), None)
    if role is None:
        talk.outcome = "refused"
        await talk.say("invite.usage", given=words or None)
    elif talk.in_group:
        talk.outcome = "refused"
        await talk.say("invite.private")
    elif len(talk.desk.access.members.people) >= MOST_MEMBERS:
        talk.outcome = "refused"
        await talk.say("invite.full", most=MOST_MEMBERS)
    else:
        code = talk.desk.access.invitations.make(role)
        link = talk.desk.link(code)
        minutes = LIFE // MINUTE
        may = talk.text(f"role.may.{role.word}")
        await talk.say("invite.made", role=role_of(talk, role), may=may, link=link, code=code, minutes=minutes)


async def members(talk: Conversation, _words: str) -> None:
    """Everybody who is heard, with a button each to shut him out; and the group."""
    access = talk.desk.access
    rows = [_line(talk, one) for one in access.members.people.values()]
    place = access.members.place
    said = texts.lines(
        talk.text("members.head", owner=access.owner),
        *(rows or [talk.text("members.none")]),
        None if place is None else talk.text("members.group", group=place.chat, topic=place.thread),
    )
    names = Counter(one.name[:20] for one in access.members.people.values())
    buttons = [
        [
            talk.once(
                talk.label("revoke").format(name=_apart(one, names)),
                "revoke",
                {"user": str(one.user)},
                group="",
                life=BUTTON_LIFE,
            )
        ]
        for one in access.members.people.values()
    ]
    await talk.send(said, keyboard(*buttons) if buttons else None)


async def revoke(talk: Conversation, words: str) -> None:
    """`/revoke 123456789`, or a name that only one has; `/revoke` alone takes back the invitations that are open."""
    wanted = tidy(words).strip()
    if not wanted:
        talk.desk.access.invitations.withdraw()
        await talk.say("revoke.invitations")
        return
    people = talk.desk.access.members.people.values()
    # A number is his whose it is: somebody else may call himself by it.
    found = [one for one in people if wanted == str(one.user)]
    found = found or [one for one in people if wanted == tidy(one.name).strip()]
    if len(found) == 1:
        await do_revoke(talk, {"user": str(found[0].user)})
    else:
        talk.outcome = "refused"
        await talk.say("revoke.unknown", given=wanted)


async def do_revoke(talk: Conversation, args: Mapping[str, str]) -> None:
    """He is not heard any more, from this moment on."""
    gone = talk.desk.access.members.remove(int(args["user"]))
    if gone is None:
        await talk.say("revoke.unknown", given=args["user"])
        return
    await talk.say("revoke.done", name=gone.name, user=gone.user)
    try:
        await talk.bot.delete_my_commands(scope=BotCommandScopeChat(gone.user))
    except TelegramError:  # he may have blocked the bot: the menu is an extra
        talk.outcome = "done, his menu stays"


async def bind(talk: Conversation, _words: str) -> None:
    """In a group, or a topic of one: the bot answers there, each by his own role."""
    if not talk.in_group:
        talk.outcome = "refused"
        await talk.say("bind.private")
        return
    talk.desk.access.members.bind(talk.place)
    await talk.say("bind.done")
    talk.desk.renew_menus(talk.bot)


async def unbind(talk: Conversation, _words: str) -> None:
    """No group is answered any more."""
    place = talk.desk.access.members.place
    talk.desk.access.members.bind(None)
    await talk.say("unbind.none" if place is None else "unbind.done")


async def log(talk: Conversation, words: str) -> None:
    """The last deeds, the newest first; the words are a number, before which they are, and come from the button."""
    wanted = tidy(words).strip()
    if wanted and not (wanted.isascii() and wanted.isdigit() and len(wanted) < 18):
        talk.outcome = "refused"
        await talk.say("usage.alone", command="log", given=words)
        return
    taken = talk.desk.notebook.asked_for(_LINES, before=int(wanted) if wanted else None)
    rows = [
        talk.text("log.line", at=_clock(talk, one.at), who=_who(talk, one.user_id), **_deed(talk, one.what))
        for one in taken
        if not one.what.startswith(_LOOKS)
    ]
    older = [nav(talk.label("older"), "v", "log", str(taken[-1].id))] if len(taken) == _LINES else []
    said = texts.lines(talk.text("log.head"), *(rows or [talk.text("log.none")]))
    await talk.send(said, keyboard(older) if older else None)


async def join(talk: Conversation, member: Member) -> None:
    """Somebody has just become a member: he hears what he may do, and the owner hears of him."""
    talk.role = member.role
    may = talk.text(f"role.may.{member.role.word}")
    await talk.say("joined", role=role_of(talk, member.role), may=may)
    talk.desk.renew_menus(talk.bot)
    owner = talk.desk.access.owner
    if owner is not None:
        lang = talk.desk.language_for()
        role = texts.say(lang, f"role.{member.role.word}")
        await talk.tell(owner, texts.say(lang, "joined.owner", name=member.name, user=member.user, role=role))


async def tell_owner(talk: Conversation) -> None:
    """What a member has just done to the owner's trading: whoever finds his grid stopped knows by whom."""
    owner, member = talk.desk.access.owner, talk.desk.access.members.people.get(talk.user)
    if owner is None or member is None:
        return
    lang = talk.desk.language_for()
    role = texts.say(lang, f"role.{member.role.word}")
    deeds = (" ".join((f"/{command}", *map(str, grids))) for command, grids in talk.deeds.items())
    said = listed(lang, (Html(f"<code>{one}</code>") for one in deeds))
    await talk.tell(owner, texts.say(lang, "member.did", name=member.name, role=role, what=Html(said)))


def role_of(talk: Conversation, role: Role) -> Html:
    """The role in words."""
    return talk.text(f"role.{role.word}")


def _names_of(role: Role) -> list[str]:
    """What it is called in each language."""
    return [texts.say(lang, f"role.{role.word}").lower() for lang in LANGUAGES]


def _apart(one: Member, names: Mapping[str, int]) -> str:
    """His name on a button; with his number where another is called the same."""
    name = one.name[:20]
    return name if names[name] == 1 else f"{name} ({one.user})"


def _line(talk: Conversation, one: Member) -> Html:
    role = role_of(talk, one.role)
    return talk.text("members.line", name=one.name, user=one.user, role=role, since=_clock(talk, one.since))


def _who(talk: Conversation, user: int) -> Html | str:
    member = talk.desk.access.members.people.get(user)
    if user == talk.desk.access.owner:
        return talk.text("role.owner")
    return str(user) if member is None else member.name


def _deed(talk: Conversation, recorded: str) -> dict[str, str | None]:
    """What was asked for, and what came of it in words; `done, his menu stays` and `failed 1f2e3d` are more exact."""
    recorded = _SPEC.sub(r"\1", recorded)
    what, _, outcome = recorded.rpartition(" -> ")
    known = next((one for one in _OUTCOMES if outcome.startswith(one)), None)
    if known is None:
        return {"what": recorded, "outcome": None}
    said = talk.text(f"outcome.{known.replace(' ', '_')}")
    return {"what": what, "outcome": said if known != "failed" else f"{said} {outcome.removeprefix(known).strip()}"}


def _clock(talk: Conversation, at: int) -> str:
    return datetime.fromtimestamp(at / 1000, talk.trader.zone).strftime("%m-%d %H:%M")
