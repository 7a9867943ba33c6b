"""What settings and their values may be called when they are typed, and how a line is called back. No sentences.

The first Chinese name of each is the one that help, refusals and examples use; all of them are understood.
"""

import re
from collections.abc import Mapping
from functools import cache

from strategy.model.grid import Spacing
from strategy.model.market import DOLLARS, USDC, Asset

CHINESE: Mapping[str, tuple[str, ...]] = {
    "spacing": ("分布", "类型", "方式"),
    "interval": ("间隔", "价格间隔", "每格间隔"),
    "lower": ("下限", "区间下限", "最低价", "下界"),
    "upper": ("上限", "区间上限", "最高价", "上界"),
    "grids": ("格数", "网格数", "网格数量", "网格"),
    "out": ("利润", "利润率", "目标利润", "每格利润"),
    "usdc": ("金额", "每格金额", "每笔金额", "每单金额"),
    "total": ("总额", "总金额", "总资金", "投入"),
    "stop": ("止损", "止损价"),
    "take": ("止盈", "止盈价"),
    "maxloss": ("最大亏损", "亏损上限"),
    "maxpos": ("最大持仓", "最大仓位", "持仓上限"),
    "sell": ("卖出", "卖币", "触发卖出"),
    "wait": ("等待", "等待区间"),
    "daily": ("每日", "每日上限", "每日亏损", "每日亏损上限", "日亏损"),
}
_NEVER_TYPED: Mapping[str, str] = {"market": "市场", "grid": "网格"}
"""What stands alone in a line and is named in refusals only."""
_ANY_QUOTE = "money"
"""What `usdc` is called on a market that is paid in anything else than dollars."""
_ENGLISH = {"out_want": "out", "num_grids": "grids", _ANY_QUOTE: "usdc", "quote": "usdc"}
_EITHER = "间距"
"""The distance of the levels or the way they are spaced: the value says which."""
SPACINGS: Mapping[str, Spacing] = {
    "interval": Spacing.INTERVAL,
    "arithmetic": Spacing.ARITHMETIC,
    "arith": Spacing.ARITHMETIC,
    "geometric": Spacing.GEOMETRIC,
    "geo": Spacing.GEOMETRIC,
    "固定间隔": Spacing.INTERVAL,
    "固定": Spacing.INTERVAL,
    "等差": Spacing.ARITHMETIC,
    "等差网格": Spacing.ARITHMETIC,
    "等比": Spacing.GEOMETRIC,
    "等比网格": Spacing.GEOMETRIC,
}
YES_NO: Mapping[str, str] = {
    **dict.fromkeys(("yes", "on", "true", "是", "开", "要", "好"), "yes"),
    **dict.fromkeys(("no", "off", "false", "否", "不", "关", "不要"), "no"),
}
OFF = ("off", "none", "关", "无", "关闭", "取消", "不设", "没有")
ALL = ("all", "全部", "所有")
SELL = ("sell", "卖出", "卖", "卖币")

_KNOWN = {chinese: name for name, names in CHINESE.items() for chinese in names} | _ENGLISH
_CALLED_BACK = {"yes": "是", "no": "否", "off": "关", "arithmetic": "等差", "geometric": "等比", "sell": "卖出"}


def setting_of(name: str, value: str) -> str:
    """The setting that is meant by a name; what is unknown stays as it is."""
    typed = name.lower()
    if typed == _EITHER:
        return "spacing" if value.lower() in SPACINGS else "interval"
    return _KNOWN.get(typed, typed)


def shown(lang: str, name: str, quote: Asset = USDC) -> str:
    """What a setting is called in a language, on a market that is paid in `quote`."""
    if lang == "en" and name == "usdc" and quote not in DOLLARS:
        return _ANY_QUOTE
    if lang != "zh":
        return name
    return CHINESE[name][0] if name in CHINESE else _NEVER_TYPED.get(name, name)


def called(lang: str, line: str) -> str:
    """A line as its reader would type it: `usdc=50 wait=yes` is `金额=50 等待=是`. Commands stay as they are."""
    return _pattern().sub(lambda found: _called(lang, found), line)


def _called(lang: str, found: re.Match[str]) -> str:
    if lang != "zh":
        return found[0]
    value = "固定间隔" if found[0] == "spacing=interval" else _CALLED_BACK.get(found[2], found[2])
    return f"{shown(lang, found[1])}={value}"


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile(rf"\b({'|'.join(CHINESE)})=([\w.%-]*)")
