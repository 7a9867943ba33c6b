/* The chart: candles with price and time, the ladder, each fill where and when it happened, and the total beneath.
   Every figure is the local exchange's or the program's own; what is computed here is only where a thing stands. */
"use strict";

const AXIS = 24, TAG = 18, GAP = 26, NEAR = 2;
const TIME_STEPS = [5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 4320].map((one) => one * 60000);
const WHEN = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" };
const isBuy = (one) => one.side === "Bid";
let pointed = null;

function node(tag, attributes, text) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

/* How many candles there is room for. */
const slots = (width) => Math.max(40, Math.min(150, Math.floor(width / 5.5)));

function drawChart(svg, market, ladders) {
  const width = svg.clientWidth, height = svg.clientHeight;
  if (width < 120 || height < 160) return;
  const frame = frameOf(market, ladders, width, height);
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.replaceChildren(...priceAxis(frame), ...timeAxis(frame), ...ladder(frame), ...candles(frame), ...fills(frame), ...profit(frame), ...crosshair(frame));
  describe(svg, frame);
}

/* What is shown, and where a price and a candle stand. */
function frameOf(market, ladders, width, height) {
  const step = market.minutes * 60000;
  const shown = market.candles.slice(-slots(width - 70)).map(([at, ...four]) => [at, ...four.map(Number)]);
  const fills = market.fills.filter((one) => one.at >= shown[0][0]);
  const price = Number(market.price);
  const orders = market.orders.map((one) => ({ ...one, price: Number(one.price) })).sort((one, other) => one.price - other.price);
  const seen = [price, ...shown.flatMap(([, , high, low]) => [high, low]), ...fills.map((one) => Number(one.price))];
  const top = Math.max(...seen), bottom = Math.min(...seen), reach = (top - bottom || 1) * 0.6;
  const near = [...orders.filter(isBuy).slice(-NEAR), ...orders.filter((one) => !isBuy(one)).slice(0, NEAR)]
    .map((one) => one.price).filter((one) => one < top + reach && one > bottom - reach);
  const high = Math.max(top, ...near), low = Math.min(bottom, ...near), room = (high - low || 1) * 0.06;
  const right = width - Math.max(66, 8.4 * figure(high).length + 8);
  const below = height - AXIS, split = Math.round(below * 0.7);
  const wide = right / shown.length;
  return {
    market, ladders, width, shown, fills, price, orders, right, split, below, step, wide,
    top: high + room, bottom: low - room,
    x: (index) => (index + 0.5) * wide,
    y: (value) => 16 + (split - 22) * (1 - (value - low + room) / (high - low + 2 * room)),
    index: (at) => shown.findLastIndex(([opened]) => opened <= at),
  };
}

const across = (frame, y, kind) => node("line", { x1: 0, x2: frame.right, y1: Math.round(y) + 0.5, y2: Math.round(y) + 0.5, class: kind });

/* A round step of the axis, so that there are about so many. */
function roundStep(span, count) {
  const rough = span / Math.max(1, count), power = 10 ** Math.floor(Math.log10(rough));
  return power * [1, 2, 2.5, 5, 10].find((one) => one * power >= rough);
}

function rounds(low, high, count) {
  const step = roundStep(high - low, count), found = [];
  for (let value = Math.ceil(low / step) * step; value <= high; value += step) found.push(value);
  return found;
}

function priceAxis(frame) {
  const made = [node("text", { x: frame.right + 7, y: 10, class: "unit" }, frame.market.quote)];
  const taken = [frame.y(frame.price), 10, ...frame.orders.map((one) => frame.y(one.price))];
  for (const value of rounds(frame.bottom, frame.top, frame.split / 58)) {
    const y = frame.y(value);
    made.push(across(frame, y, "line"));
    if (taken.every((other) => Math.abs(other - y) > 13)) made.push(node("text", { x: frame.right + 7, y: y + 4, class: "tick price" }, figure(value)));
  }
  return made;
}

function timeAxis(frame) {
  const { shown, wide, below } = frame;
  const step = TIME_STEPS.find((one) => (one / frame.step) * wide >= 72) || TIME_STEPS.at(-1);
  const made = [across(frame, below, "line"), node("text", { x: frame.right + 7, y: below + 16, class: "unit" }, "UTC")];
  shown.forEach(([at], index) => {
    if (at % step) return;
    const x = frame.x(index), midnight = at % 86400000 === 0;
    made.push(node("line", { x1: x, x2: x, y1: 16, y2: below, class: "line" }));
    if (x < 18 || x > frame.right - 14) return;
    made.push(node("text", { x, y: below + 16, class: "tick time" }, moment(at, midnight ? { day: "numeric", month: "short" } : { hour: "2-digit", minute: "2-digit" })));
  });
  return made;
}

/* The levels of each grid, thin; what waits at the exchange, dashed and with its price; the stop and the target. */
function ladder(frame) {
  const { y, top, bottom, right, orders } = frame, made = [];
  const inside = (value) => value > bottom && value < top;
  const prices = new Set(frame.ladders.flatMap((grid) => grid.levels.flatMap((level) => [level.buy, level.sell])).map(Number));
  for (const value of prices) if (inside(value)) made.push(across(frame, y(value), "level"));
  for (const grid of frame.ladders) {
    for (const [value, kind] of [[grid.stop_loss, "stop"], [grid.take_profit, "target"]]) {
      if (value === null || !inside(Number(value))) continue;
      made.push(across(frame, y(Number(value)), kind), node("text", { x: 6, y: y(Number(value)) - 4, class: `named ${kind}` }, `${WORDS[kind]} ${figure(Number(value))}`));
    }
  }
  const taken = [y(frame.price)];
  const byNearness = [...orders].sort((one, other) => Math.abs(one.price - frame.price) - Math.abs(other.price - frame.price));
  for (const one of byNearness.filter((order) => inside(order.price))) {
    const kind = isBuy(one) ? "buy" : "sell";
    made.push(across(frame, y(one.price), `order ${kind}`));
    if (taken.some((other) => Math.abs(other - y(one.price)) < 13)) continue;
    taken.push(y(one.price));
    made.push(node("text", { x: right + 7, y: y(one.price) + 4, class: `tick ${kind}` }, figure(one.price)));
  }
  const above = orders.filter((one) => one.price >= top), under = orders.filter((one) => one.price <= bottom);
  if (above.length) made.push(node("text", { x: 6, y: 10, class: "more" }, WORDS.higher(above.length, figure(above.at(-1).price))));
  if (under.length) made.push(node("text", { x: 6, y: frame.split - 3, class: "more" }, WORDS.lower(under.length, figure(under[0].price))));
  const here = y(frame.price);
  made.push(across(frame, here, "now"), node("rect", { x: right + 2, y: here - TAG / 2, width: frame.width - right - 3, height: TAG, rx: 5, class: "tag" }), node("text", { x: right + 7, y: here + 4, class: "tagged" }, figure(frame.price)));
  return made;
}

function candles(frame) {
  const body = Math.max(1, Math.min(11, frame.wide * 0.66));
  return frame.shown.flatMap(([, open, high, low, close], index) => {
    const x = frame.x(index), kind = close < open ? "candle down" : "candle up";
    const from = frame.y(Math.max(open, close)), to = frame.y(Math.min(open, close));
    return [
      node("line", { x1: x, x2: x, y1: frame.y(high), y2: frame.y(low), class: kind }),
      node("rect", { x: x - body / 2, y: from, width: body, height: Math.max(1, to - from), class: kind }),
    ];
  });
}

/* A triangle whose point is at the price: a buy points up from below, a sell down from above. */
function fills(frame) {
  const size = frame.wide < 4 ? 5 : 6.5;
  return frame.fills.map((one) => {
    const x = frame.x(frame.index(one.at)), y = frame.y(Number(one.price)), way = isBuy(one) ? 1 : -1;
    const mark = node("path", { d: `M${x} ${y}l${size} ${way * size * 1.5}h${-2 * size}z`, class: `fill ${isBuy(one) ? "buy" : "sell"}` });
    mark.append(node("title", {}, told(one, frame.market)));
    return mark;
  });
}

const traded = (fill, market) => `${isBuy(fill) ? WORDS.bought : WORDS.sold} ${fill.quantity} ${market.base} @ ${figure(Number(fill.price))}`;
const told = (fill, market) => `${moment(fill.at, WHEN)} UTC ${traded(fill, market)}`;

/* What all fills have made since the first one, coins at the price of the time. */
function profit(frame) {
  const { market, right, split, below } = frame, top = split + GAP + 4, bottom = below - 6;
  const points = market.profit.map(([at, made]) => [frame.index(at), Number(made)]).filter(([index]) => index >= 0);
  const made = [node("line", { x1: 0, x2: frame.width, y1: split + 4.5, y2: split + 4.5, class: "line" })];
  if (!points.length) return [...made, node("text", { x: 6, y: split + 20, class: "more" }, WORDS.noTotal)];
  const values = points.map(([, value]) => value);
  const { low, high } = reachOf(values), span = high - low;
  const y = (value) => bottom - ((value - low) / span) * (bottom - top);
  const base = y(Math.min(high, Math.max(low, 0)));
  const last = values.at(-1), kind = last < 0 ? "down" : "up";
  for (const value of rounds(low, high, (bottom - top) / 26)) {
    if (value) made.push(across(frame, y(value), "line"));
    if (Math.abs(y(value) - y(last)) > 14) made.push(node("text", { x: right + 7, y: y(value) + 4, class: "tick total" }, value ? signed(value) : "0"));
  }
  const way = points.map(([index, value]) => `${frame.x(index)} ${y(value)}`).join("L");
  const [first] = points[0], [end] = points.at(-1);
  if (low <= 0 && high >= 0) made.push(across(frame, y(0), "zero"));
  made.push(
    node("path", { d: `M${frame.x(first)} ${base}L${way}L${frame.x(end)} ${base}z`, class: `area ${kind}` }),
    node("path", { d: `M${way}`, class: `equity ${kind}`, "data-points": points.length }),
    node("rect", { x: right + 2, y: y(last) - TAG / 2, width: frame.width - right - 3, height: TAG, rx: 5, class: `tag ${kind}` }),
    node("text", { x: right + 7, y: y(last) + 4, class: "tagged" }, signed(last)),
    node("text", { x: 6, y: split + 20, class: "more" }, WORDS.total(`${signed(last)} ${market.quote}`)),
  );
  return made;
}

/* From where to where the total is drawn: with zero, unless that is so far off that the line would be flat. */
function reachOf(values) {
  const low = Math.min(...values), high = Math.max(...values), span = Math.max(high - low, 0.02);
  if (low <= 2 * span && high >= -2 * span) return { low: Math.min(low, 0), high: Math.max(high, 0, low + 0.02) };
  return { low: low - span / 8, high: high + span / 8 };
}

function crosshair(frame) {
  if (pointed === null) return [];
  const index = frame.index(pointed);
  if (index < 0) return [];
  return [node("line", { x1: frame.x(index), x2: frame.x(index), y1: 16, y2: frame.below, class: "cross" })];
}

/* The line above the chart: the candle that is pointed at, or what waits; and the same for who can't see it. */
function describe(svg, frame) {
  const { market, orders } = frame, buys = orders.filter(isBuy).length;
  const waiting = [WORDS.buys(buys), WORDS.sells(orders.length - buys)];
  const index = pointed === null ? -1 : frame.index(pointed);
  $("readout").replaceChildren(...(index < 0 ? [make("span", "up", waiting[0]), make("span", "down", waiting[1])] : read(frame, index).map((one) => make("span", "", one))));
  const last = market.profit.at(-1), total = last ? WORDS.total(`${signed(Number(last[1]))} ${market.quote}`) : WORDS.noTotal;
  svg.setAttribute("aria-label", [`${market.symbol} ${figure(frame.price)} ${market.quote}`, ...waiting, total].join(". "));
  $("legend").replaceChildren(...[["▲", "up", WORDS.bought], ["▼", "down", WORDS.sold], ["─", "faint", WORDS.level]].map(([sign, kind, word]) => {
    const one = make("span", "", ` ${word}`);
    one.prepend(make("b", kind, sign));
    return one;
  }));
}

function read(frame, index) {
  const { market } = frame, [at, open, high, low, close] = frame.shown[index];
  const point = market.profit.find(([opened]) => opened === at);
  return [
    `${moment(at, WHEN)} UTC`,
    `${figure(open)} → ${figure(close)} (${figure(low)}–${figure(high)})`,
    ...(point ? [`${WORDS.totalNow} ${signed(Number(point[1]))} ${market.quote}`] : []),
    ...frame.fills.filter((one) => frame.index(one.at) === index).slice(-2).map((one) => traded(one, market)),
  ];
}

function point(at) {
  pointed = at;
  if (market) drawChart($("chart"), market, ladders);
}

$("chart").addEventListener("pointermove", (event) => {
  const box = $("chart").getBoundingClientRect(), frame = frameOf(market, ladders, box.width, box.height);
  const index = Math.floor((event.clientX - box.left) / frame.wide);
  point(frame.shown[index] ? frame.shown[index][0] : null);
});
$("chart").addEventListener("pointerleave", () => point(null));
$("chart").addEventListener("blur", () => point(null));
$("chart").addEventListener("keydown", (event) => {
  const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (event.key === "Escape") point(null);
  if (!way || !market) return;
  event.preventDefault();
  const last = market.candles.at(-1)[0];
  const next = (pointed === null ? last + (way < 0 ? market.minutes * 60000 : 0) : pointed) + way * market.minutes * 60000;
  point(Math.min(last, Math.max(market.candles[0][0], next)));
});
