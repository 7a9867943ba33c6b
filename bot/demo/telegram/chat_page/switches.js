/* What may go wrong on purpose: each switch says what it does, whether it is on, and turns off again. */
"use strict";

const EXCHANGE_FAULTS = ["exchange_down", "exchange_slow", "answers_lost", "stream_silent", "history_late", "no_new_orders"];
const TELEGRAM_FAULTS = ["telegram_down", "telegram_slow", "telegram_floods", "bot_blocked"];
const FAULT_WORDS = chinese
  ? {
    exchange_down: ["交易所宕机", "每个请求都返回 503，机器人读不到也下不了单。"],
    exchange_slow: ["交易所变慢", "每个回答都晚 3 秒。"],
    answers_lost: ["下单回执丢失", "订单已成立，但机器人收不到回执，得自己查明。"],
    stream_silent: ["实时推送中断", "连接还在，但没有任何推送；成交靠定时查询发现。"],
    history_late: ["成交记录延迟", "查询成交记录要晚 60 秒才看得到。"],
    no_new_orders: ["市场只许撤单", "新订单一律被拒绝，撤单仍可进行。"],
    telegram_down: ["Telegram 宕机", "机器人收不到也发不出消息，交易照常。"],
    telegram_slow: ["Telegram 变慢", "每个请求都晚 3 秒。"],
    telegram_floods: ["消息被限流", "Telegram 拒收机器人的消息：请 5 秒后再试。"],
    bot_blocked: ["你屏蔽了机器人", "机器人不能给你发消息，直到解除屏蔽。"],
  }
  : {
    exchange_down: ["Exchange is down", "Every call is answered with 503: the bot can neither read nor trade."],
    exchange_slow: ["Exchange is slow", "Every answer comes 3 seconds late."],
    answers_lost: ["Answers to orders get lost", "The order is placed, and the bot never hears so: it has to find out."],
    stream_silent: ["Live stream is silent", "The connection stays, nothing comes: fills are found by asking."],
    history_late: ["Fill history runs late", "A fill is in the exchange's records only 60 seconds later."],
    no_new_orders: ["Market takes no new orders", "Every new order is refused, cancelling works."],
    telegram_down: ["Telegram is down", "The bot hears and says nothing. Trading goes on."],
    telegram_slow: ["Telegram is slow", "Every answer to the bot comes 3 seconds late."],
    telegram_floods: ["Too many messages", "Telegram refuses what the bot says: wait 5 seconds and try again."],
    bot_blocked: ["You blocked the bot", "It can't write to you until you unblock it."],
  };

let faults = null;

async function readFaults() {
  const answer = await fetch("/sim/switches").catch(() => null);
  if (answer && answer.ok) renderFaults(await answer.json());
}

async function turnFault(name, on) {
  const answer = await post("switches", { name, on });
  if (answer) renderFaults(answer);
}

function renderFaults(now) {
  faults = now;
  const box = $("faults");
  if (!box.children.length) {
    box.append(make("p", "", WORDS.faultsIntro));
    for (const [title, names] of [[WORDS.exchange, EXCHANGE_FAULTS], [WORDS.telegram, TELEGRAM_FAULTS]]) {
      box.append(make("h3", "", title));
      const list = make("div", "switches");
      list.append(...names.map(faultSwitch));
      box.append(list);
    }
  }
  for (const button of box.querySelectorAll("[role=switch]")) {
    const on = Boolean(faults[button.dataset.name]);
    button.setAttribute("aria-checked", on);
    button.querySelector("small").textContent = on ? WORDS.on : WORDS.off;
  }
  renderTroubles();
}

function faultSwitch(name) {
  const button = make("button", "switch");
  const [title, about] = FAULT_WORDS[name];
  button.dataset.name = name;
  button.setAttribute("role", "switch");
  button.setAttribute("aria-label", title);
  const words = make("span");
  const said = make("span", "about", about);
  said.id = `about-${name}`;
  button.setAttribute("aria-describedby", said.id);
  words.append(make("b", "", title), said);
  button.append(words, make("small"), make("i"));
  button.onclick = () => turnFault(name, !faults[name]);
  return button;
}

/* What is on is said above the chart too, with the way out: nobody should wonder why nothing happens. */
function renderTroubles() {
  const on = Object.keys(faults || {}).filter((name) => faults[name]);
  $("troubles").hidden = !on.length;
  $("troubles").replaceChildren(make("span", "", WORDS.running(on.map((name) => FAULT_WORDS[name][0]).join(chinese ? "、" : ", "))), make("b", "", WORDS.allOff));
  renderView();
}

$("troubles").addEventListener("click", async () => {
  for (const name of Object.keys(faults).filter((one) => faults[one])) await turnFault(name, false);
});
