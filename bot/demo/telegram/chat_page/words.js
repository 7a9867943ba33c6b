/* Small helpers, the page's own words in the reader's language, and dark or light. The chat's words are the bot's. */
"use strict";

const $ = (id) => document.getElementById(id);
const make = (tag, cls, text) => Object.assign(document.createElement(tag), cls ? { className: cls } : {}, text === undefined ? {} : { textContent: text });
const query = new URLSearchParams(location.search);
const user = Number(query.get("user")) || 4242;
const spoken = (query.get("lang") || navigator.language || "en").toLowerCase();
const language = !spoken.startsWith("zh") ? spoken.split("-")[0] : /hant|tw|hk|mo/.test(spoken) ? "zh-hant" : "zh-hans";
const chinese = language.startsWith("zh");
const locale = chinese ? (language === "zh-hant" ? "zh-TW" : "zh-CN") : "en-GB";

const ENGLISH = {
  bot: "bot", demo: "bot · demo, pretend money", typing: "typing…", connecting: "connecting…", message: "Message",
  menu: "Menu", start: "Start", edited: "edited", today: "Today", yesterday: "Yesterday", pinned: "Pinned message",
  pins: "pinned a message", intro: "What can this bot do?", nothing: "No messages here yet.", ok: "OK", send: "Send",
  photo: "Picture", down: "Go to the newest message", unblock: "Unblock", copied: "Copied", failed: "Not sent",
  open: "Show all", close: "Show less", alert: "Alert", theme: "Dark or light", market: "Market", chat: "Chat",
  paper: "DEMO · pretend money, recorded prices", chart: "Chart", faults: "Faults",
  minutes: (count) => (count < 60 ? `${count} min` : "1 h"), interval: "A candle is", speed: "Speed", view: "Shown",
  change: (change, minutes) => `${change} % in ${minutes < 60 ? `${minutes} min` : `${Math.round(minutes / 60)} h`}`,
  pause: "Pause", stands: "paused",
  bought: "bought", sold: "sold", buys: (count) => `${count} ${count === 1 ? "buy waits" : "buys wait"}`,
  sells: (count) => `${count} ${count === 1 ? "sell waits" : "sells wait"}`, level: "a level's price", stop: "stop",
  target: "target", higher: (count, price) => `↑ ${count} more ${count === 1 ? "sell" : "sells"} up to ${price}`,
  lower: (count, price) => `↓ ${count} more ${count === 1 ? "buy" : "buys"} down to ${price}`, total: (sum) => `Total since start, after fees: ${sum}`,
  noTotal: "The total begins with the first fill.", totalNow: "total",
  on: "on", off: "off", running: (names) => `On now: ${names}`, allOff: "Turn all off",
  exchange: "The exchange", telegram: "Telegram",
  faultsIntro: "Make something go wrong, and watch what the bot does about it. Nothing here is switched off by itself.",
};

const CHINESE = {
  bot: "机器人", demo: "机器人 · 演示，虚拟资金", typing: "正在输入…", connecting: "连接中…", message: "消息",
  menu: "菜单", start: "开始", edited: "已编辑", today: "今天", yesterday: "昨天", pinned: "置顶消息",
  pins: "置顶了一条消息", intro: "这个机器人能做什么？", nothing: "还没有消息。", ok: "好", send: "发送",
  photo: "图片", down: "跳到最新消息", unblock: "解除屏蔽", copied: "已复制", failed: "没有发出",
  open: "展开", close: "收起", alert: "提示", theme: "深色或浅色", market: "行情", chat: "聊天",
  paper: "演示 · 虚拟资金，历史行情", chart: "图表", faults: "故障",
  minutes: (count) => (count < 60 ? `${count} 分` : "1 时"), interval: "K 线周期", speed: "速度", view: "显示",
  change: (change, minutes) => `${minutes < 60 ? `${minutes} 分钟` : `${Math.round(minutes / 60)} 小时`} ${change}%`,
  pause: "暂停", stands: "已暂停",
  bought: "买入", sold: "卖出", buys: (count) => `${count} 个买单等待`,
  sells: (count) => `${count} 个卖单等待`, level: "网格价位", stop: "止损",
  target: "止盈", higher: (count, price) => `↑ 上方还有 ${count} 个卖单，最高 ${price}`,
  lower: (count, price) => `↓ 下方还有 ${count} 个买单，最低 ${price}`, total: (sum) => `开始以来总计，已扣手续费：${sum}`,
  noTotal: "第一笔成交后开始统计总计。", totalNow: "总计",
  on: "开", off: "关", running: (names) => `正在发生：${names}`, allOff: "全部关闭",
  exchange: "交易所", telegram: "Telegram",
  faultsIntro: "制造一个故障，看看机器人怎么应对。开关不会自己关闭。",
};

const WORDS = chinese ? CHINESE : ENGLISH;

/* Dark or light: the system's, until the person has chosen. */
const dark = matchMedia("(prefers-color-scheme: dark)");
let theme = null;
try { theme = localStorage.getItem("theme"); } catch { /* without storage nothing is remembered */ }

function showTheme() {
  document.documentElement.dataset.theme = theme || (dark.matches ? "dark" : "light");
}

function turnTheme() {
  theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  try { localStorage.setItem("theme", theme); } catch { /* likewise */ }
  showTheme();
}

dark.addEventListener("change", showTheme);
showTheme();

/* A few that exclude each other, as buttons; `value` is the pressed one. */
function choice(box, name, options, value, choose) {
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", name);
  const wanted = JSON.stringify([options, value]);
  if (box.dataset.shown === wanted) return;
  box.dataset.shown = wanted;
  const focused = [...box.children].indexOf(document.activeElement);
  box.replaceChildren(...options.map(([one, label]) => {
    const button = make("button", "", label);
    button.setAttribute("aria-pressed", one === value);
    button.onclick = () => choose(one);
    return button;
  }));
  if (focused >= 0 && box.children[focused]) box.children[focused].focus();
}
