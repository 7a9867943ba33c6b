"""Pictures and documents in a call: an uploaded part, `attach://` or a file id. Nothing is ever fetched."""

from bot.demo.telegram.chats import Bot
from bot.demo.telegram.files import StoredFile, document_json, photo_json
from bot.demo.telegram.wire import Json, Params, bad
from bot.demo.telegram.world import World


def photo(world: World, bot: Bot, params: Params) -> Json:
    return {"photo": photo_json(_file(world, bot, params, "photo"))}


def document(world: World, bot: Bot, params: Params) -> Json:
    return {"document": document_json(_file(world, bot, params, "document"))}


def edited_media(world: World, bot: Bot, params: Params) -> tuple[Params, Json]:
    """For editMessageMedia: the description as parameters of their own, and the content it names."""
    media = params.object("media", "can't parse input media JSON object")
    if media is None:
        raise bad("input media is not specified")
    kind = str(media.get("type"))
    texts = {name: value for name, value in media.items() if isinstance(value, str)}
    described = Params(texts=texts | {kind: str(media.get("media", ""))}, uploads=params.uploads)
    if kind == "photo":
        return described, photo(world, bot, described)
    if kind == "document":
        return described, document(world, bot, described)
    raise bad("can't parse input media JSON object: unsupported type")


def _file(world: World, bot: Bot, params: Params, kind: str) -> StoredFile:
    named = params.text(kind)
    upload = params.uploads.get(named.removeprefix("attach://") if named else kind)
    if upload is not None:
        if not upload.content:
            raise bad("file must be non-empty")
        return world.files.add(bot_id=bot.id, kind=kind, name=upload.name, content=upload.content)
    if not named or named.startswith("attach://"):
        raise bad(f"there is no {kind} in the request")
    if named.startswith(("http://", "https://")):
        raise bad("failed to get HTTP URL content")
    known = world.files.find(named, bot.id)
    if known is None:
        raise bad("wrong file identifier/HTTP URL specified")
    return known
