"""What a process is started into: its standard streams, proxy and certificates, how Python runs. No setting of ours.

Whoever starts us may have closed a stream, exported a proxy for a browser, or switched assertions off. What can be put
right is put right here, once, before anything else; the rest is named by its variable.
"""

import io
import os
import sys
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path

import httpx

from bot.machine.env_file import meant

FOR_LIBRARIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""What libraries of ours take from the environment; each may stand in .env as well."""
_GIVES_AWAY = ("SSLKEYLOGFILE",)
"""Set for somebody's browser, to look into its traffic: the keys of our connections would be written into it as well,
and whoever has those reads the bot's token and every signed order.
"""
_SCHEMES = {"http": "HTTP_PROXY", "https": "HTTPS_PROXY", "all": "ALL_PROXY"}


def keep_streams() -> None:
    """Nothing that is only said may stop the program, or be written into a file of ours.

    A closed stream's number would go to the next file or socket that is opened. A letter that the terminal's encoding
    lacks, as GBK and ASCII lack many of ours, is shown as a question mark.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one
    sys.stdin = sys.stdin or os.fdopen(0, "r", encoding="utf-8")
    sys.stdout = sys.stdout or os.fdopen(1, "w", encoding="utf-8")
    sys.stderr = sys.stderr or os.fdopen(2, "w", encoding="utf-8")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def say(text: str) -> None:
    """A line on the standard error. One that nobody can read any more, or behind which a disk is full, ends nothing."""
    with suppress(OSError):
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


def let_streams_go() -> None:
    """What a stream could not take is given up: at the very end Python would make its own exit status of that."""
    for number, stream in ((1, sys.stdout), (2, sys.stderr)):
        try:
            stream.flush()
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, number)
            os.close(nowhere)


def lend(environment: MutableMapping[str, str], given: Mapping[str, str]) -> None:
    """Put what .env says for libraries into the environment, which wins; and leave out what they stumble over.

    They take a value as it is, with the line end that a file of Windows gave it. httpx takes no IPv6 network in
    NO_PROXY, and no SOCKS proxy, not even beside an HTTP one that it would use.
    """
    for name in [one for every in FOR_LIBRARIES for one in _named(environment, every)]:
        environment[name] = meant(environment[name])
    for name in _GIVES_AWAY:
        environment.pop(name, None)
    known = {name.upper() for name, value in environment.items() if value}
    for name in FOR_LIBRARIES:
        if name not in known and given.get(name):
            environment[name] = given[name]
    for name in _named(environment, "NO_PROXY"):
        hosts = (host.strip().strip("[]") for host in environment[name].split(","))
        environment[name] = ",".join(host for host in hosts if host and not _is_unreadable(host))
    if any(_named(environment, "HTTPS_PROXY")):
        for name in [one for one in _named(environment, "ALL_PROXY") if _is_socks(environment[one])]:
            del environment[name]


def problems(environment: Mapping[str, str], *, asserting: bool = __debug__) -> Iterator[str]:
    """What nothing can be done about here: a line for each, without passwords."""
    if not asserting:
        yield (
            "PYTHONOPTIMIZE (or python -O) switches assertions off, and they are what stops a grid whose figures "
            "contradict each other: take it out of the environment"
        )
    for name in _SCHEMES.values():
        for given in _named(environment, name):
            if (problem := _proxy_problem(environment[given])) is not None:
                yield f"{given} {problem}"
    for name, is_there, what in (("SSL_CERT_FILE", Path.is_file, "file"), ("SSL_CERT_DIR", Path.is_dir, "folder")):
        if (path := environment.get(name)) and not is_there(Path(path)):
            yield f"{name} is {path!r}: there is no such {what}; take it out, or name one with certificates"


def _proxy_problem(address: str) -> str | None:
    if _is_socks(address):
        return (
            "is a SOCKS proxy: an HTTP one is needed, as in HTTPS_PROXY=http://127.0.0.1:7890; "
            "most programs that offer the one offer the other too"
        )
    try:
        proxy = httpx.Proxy(address if "://" in address else f"http://{address}").url
        is_good = bool(proxy.host) and proxy.port != 0
    except (ValueError, httpx.InvalidURL):  # what httpx can't read would be the end of whoever asks it for anything
        is_good = False
    return None if is_good else "is no address of a proxy: http://127.0.0.1:7890 is one"


def _named(environment: Mapping[str, str], name: str) -> Iterator[str]:
    """The names under which it is set: both cases are in use."""
    return (one for one in (name, name.lower()) if environment.get(one))


def _is_socks(address: str) -> bool:
    return address.lower().startswith("socks")


def _is_unreadable(host: str) -> bool:
    """For httpx, as it writes a host down: a network of IPv6, a bracket within, a port that is none."""
    is_address = "://" in host
    try:
        six = not is_address and host.count(":") > 1 and ip_address(host)
        return not httpx.URL(host if is_address else f"all://[{host}]" if six else f"all://*{host}").host
    except (ValueError, httpx.InvalidURL):
        return True
