"""The rules of a market that is only played: as kept, as the local exchange has them, or as given."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from bot.history.files import WrongHistory
from bot.history.kept import kept_as
from bot.owner.proposal import market_named
from exchange.paper.listing import default_markets
from strategy.model.market import Asset, Market, Symbol
from strategy.model.money import amount, plain

FILE = "market.json"
_RULES = ("tick_size", "step_size", "min_quantity", "min_price", "max_price", "max_quantity", "band_low", "band_high")


def market_of(name: str, folder: Path, given: Mapping[str, Decimal]) -> Market:
    """The market of this name. `given` are rules that count before those that are known."""
    known = {market.symbol: market for market, _ in default_markets().values()}
    kept = folder / kept_as(re.sub("[-/]", "_", name), folder) / FILE
    if kept.is_file():  # those of others do not matter, also where they can't be read
        own = read_rules(kept)
        known[own.symbol] = own
    market = market_named(name, known)
    if market is not None:
        return replace(market, **given)  # type: ignore[arg-type]  # rules are decimals
    symbol = name.upper().replace("-", "_").replace("/", "_")
    base, _, quote = symbol.partition("_")
    if not (base and quote) or not {"tick_size", "step_size"} <= given.keys():
        msg = f"The rules of {name} are not known. Give them with --tick and --step, as for ETH_USDC --tick 0.01 "
        msg += f"--step 0.0001, or fetch them along with its prices: packgrid candles {symbol}"
        raise WrongHistory(msg)
    rules = {"min_quantity": given["step_size"], **given}
    return _market(Symbol(symbol), Asset(base), Asset(quote), rules)


def read_rules(path: Path) -> Market:
    """The rules of a market as they were when its prices were fetched."""
    try:
        known = json.loads(path.read_text("utf-8"))
        rules = {name: amount(known[name]) for name in _RULES if known.get(name) is not None}
        names = Symbol(known["symbol"]), Asset(known["base"]), Asset(known["quote"])
        return _market(*names, rules)
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError) as wrong:
        msg = f"{path} can't be read: {wrong}. Delete it: `packgrid candles {path.parent.name}` writes it anew."
        raise WrongHistory(msg) from None


def _market(symbol: Symbol, base: Asset, quote: Asset, rules: Mapping[str, Decimal]) -> Market:
    return Market(symbol=symbol, base=base, quote=quote, **rules)  # type: ignore[arg-type]  # likewise


def write_rules(folder: Path, market: Market) -> None:
    """Keep them beside the prices."""
    rules = {name: plain(value) for name in _RULES if (value := getattr(market, name)) is not None}
    known = {"symbol": market.symbol, "base": market.base, "quote": market.quote, **rules}
    path = folder / market.symbol / FILE
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_suffix(f".{os.getpid()}")  # who reads it sees the old one or the new one
    beside.write_text(json.dumps(known, indent=1) + "\n", "utf-8")
    beside.replace(path)
