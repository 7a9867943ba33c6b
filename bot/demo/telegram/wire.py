"""How a Bot API call is read and answered: parameters, errors, the envelope. No state and no method's own rules."""

import json
from dataclasses import dataclass, field
from typing import Any, TypeVar

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import Receive, Scope, Send

Json = dict[str, Any]
T = TypeVar("T")

MAX_UPLOAD = 50 * 1024 * 1024


class ApiError(Exception):
    """A refusal in Telegram's own words; `code` is both the HTTP status and the `error_code`."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


def bad(reason: str) -> ApiError:
    return ApiError(400, f"Bad Request: {reason}")


def forbidden(reason: str) -> ApiError:
    return ApiError(403, f"Forbidden: {reason}")


def conflict(reason: str) -> ApiError:
    return ApiError(409, f"Conflict: {reason}")


def too_many(seconds: int) -> ApiError:
    return ApiError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


def whole(value: object, default: int = 0) -> int:
    """The whole number in a JSON value or text; Telegram reads anything else as nothing."""
    try:
        return int(str(value))
    except ValueError:
        return default


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """A call's parameters as Telegram sees them: text, with objects as JSON text, and uploaded files apart."""

    texts: dict[str, str] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str:
        return self.texts.get(name, "")

    def has(self, name: str) -> bool:
        return bool(self.texts.get(name))

    def flag(self, name: str) -> bool:
        return self.text(name).strip().lower() in ("true", "yes", "1")

    def integer(self, name: str, default: int = 0) -> int:
        """A missing or unreadable number is the default, as at Telegram."""
        return whole(self.texts.get(name), default)

    def object(self, name: str, refusal: str) -> Json | None:
        """The JSON object in the parameter, None if there is none; `refusal` is what anything else gets."""
        return self._parsed(name, dict, refusal)

    def array(self, name: str, refusal: str) -> list[Any] | None:
        """The JSON array in the parameter, None if there is none; `refusal` is what anything else gets."""
        return self._parsed(name, list, refusal)

    def _parsed(self, name: str, kind: type[T], refusal: str) -> T | None:
        if not self.has(name):
            return None
        try:
            value = json.loads(self.text(name))
        except ValueError:
            raise bad(refusal) from None
        if not isinstance(value, kind):
            raise bad(refusal)
        return value

    def described(self) -> dict[str, str]:
        """For the record of calls: files by name and size, not by content."""
        files = {name: f"<{file.name}, {len(file.content)} bytes>" for name, file in self.uploads.items()}
        return self.texts | files


async def read_params(request: Request) -> Params:
    """Merge the query, and a JSON, urlencoded or multipart body, whatever the HTTP verb is."""
    if int(request.headers.get("content-length") or 0) > MAX_UPLOAD:
        raise ApiError(413, "Request Entity Too Large")
    texts = dict(request.query_params)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        return Params(texts=texts | _json_texts(await request.body()))
    if kind not in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return Params(texts=texts)
    return await _read_form(request, texts)


async def _read_form(request: Request, texts: dict[str, str]) -> Params:
    uploads = {}
    try:
        async with request.form() as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    uploads[name] = Upload(name=value.filename or name, content=await value.read())
                else:
                    texts[name] = value
    except HTTPException as error:
        raise bad(f"can't parse the request body: {error.detail}") from None
    return Params(texts=texts, uploads=uploads)


def _json_texts(body: bytes) -> dict[str, str]:
    try:
        values = json.loads(body or b"{}")
    except ValueError:
        raise bad("can't parse JSON object") from None
    if not isinstance(values, dict):
        raise bad("expected an Object")
    return {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in values.items()
        if value is not None
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a call gets: a result, a refusal, an outage page (502, not JSON) or a connection that breaks off."""

    code: int = 200
    result: Any = None
    description: str = ""
    parameters: dict[str, int] = field(default_factory=dict)
    broken: bool = False

    @classmethod
    def refusal(cls, error: ApiError) -> "Answer":
        return cls(code=error.code, description=error.description, parameters=error.parameters)

    def response(self) -> Response:
        if self.broken:
            return _BrokenOff()
        if self.code == 502:
            return HTMLResponse("<html><head><title>502 Bad Gateway</title></head></html>", status_code=502)
        if self.code == 200:
            return JSONResponse({"ok": True, "result": self.result})
        body: Json = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            body["parameters"] = self.parameters
        retry_after = self.parameters.get("retry_after")
        headers = {"Retry-After": str(retry_after)} if retry_after is not None else None
        return JSONResponse(body, status_code=self.code, headers=headers)


class _BrokenOff(Response):
    """Promises a body and never sends it: the HTTP server then closes the connection."""

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        headers = [(b"content-length", b"1"), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
