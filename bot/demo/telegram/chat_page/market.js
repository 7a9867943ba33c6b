/* The market beside the phone, where a demo has one: what /sim/market and /sim/grids say, and the speed. */
"use strict";

const INTERVALS = [1, 5, 15, 60];
const SPEEDS = [0, 1, 60, 200, 900];
let minutes = 1;
let shownView = "chart";
let market = null;
let ladders = [];
let waking = null;

const figure = (value) => value.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: Math.abs(value) < 10 ? 4 : 2 });
/* With its sign, rounded down as the chat does it. */
const signed = (value) => {
  const cut = Math.floor(value * 100 + 1e-6) / 100;
  return `${cut < 0 ? "−" : "+"}${Math.abs(cut).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
};
const moment = (at, how) => new Date(at).toLocaleString(locale, { timeZone: "UTC", ...how });

async function ask(path) {
  const answer = await fetch(path).catch(() => null);
  return { code: answer ? answer.status : 0, got: answer && answer.ok ? await answer.json().catch(() => null) : null };
}

async function watchMarket() {
  for (;;) {
    const { code, got } = await ask(`/sim/market?minutes=${minutes}`);
    const there = Boolean(got && got.candles && got.candles.length);
    if (there) {
      ladders = ((await ask("/sim/grids")).got || { grids: [] }).grids.filter((grid) => grid.symbol === got.symbol);
      market = got;
      showMarket(true);
      renderMarket();
      await readFaults();
    } else if (code === 404) showMarket(false);
    // A server that has no market says so with 404, and won't have one in a second either.
    await new Promise((done) => { waking = done; setTimeout(done, there ? 1000 : code === 404 ? 30000 : 3000); });
  }
}

function showMarket(there) {
  $("market").hidden = $("to-market").hidden = !there;
  document.body.classList.toggle("demo", there);
  if (view) renderStatus(view.typing);
  if (!there) document.body.classList.remove("market-open");
}

function renderMarket() {
  const since = market.candles.at(-Math.min(slots($("chart").clientWidth - 70), market.candles.length));
  const price = Number(market.price), first = Number(since[1]), change = (price / first - 1) * 100;
  $("symbol").textContent = `${market.base} / ${market.quote}`;
  $("mode").textContent = WORDS.paper;
  $("price").textContent = figure(price);
  $("price").append(
    make("small", change < 0 ? "down" : "up", WORDS.change(signed(change), Math.round((market.time - since[0]) / 60000))),
    make("small", "faint", `${moment(market.time, WHEN)} UTC`),
  );
  choice($("interval"), WORDS.interval, INTERVALS.map((one) => [one, WORDS.minutes(one)]), minutes, (one) => { minutes = one; waking(); });
  const speeds = SPEEDS.includes(market.speed) ? SPEEDS : [...SPEEDS, market.speed].sort((one, other) => one - other);
  choice($("speed"), WORDS.speed, speeds.map((one) => [one, one ? `×${one}` : WORDS.pause]), market.speed, async (one) => {
    if (await post("speed", { speed: one })) waking();
  });
  renderView();
  drawChart($("chart"), market, ladders);
}

function renderView() {
  const on = Object.values(faults || {}).filter(Boolean).length;
  const views = [["chart", WORDS.chart], ["faults", on ? `${WORDS.faults} · ${on}` : WORDS.faults]];
  choice($("view"), WORDS.view, views, shownView, (one) => { shownView = one; renderView(); if (market) drawChart($("chart"), market, ladders); });
  $("plot").hidden = shownView !== "chart";
  $("faults").hidden = shownView !== "faults";
}

$("to-market").addEventListener("click", () => { document.body.classList.add("market-open"); if (market) renderMarket(); $("to-chat").focus(); });
$("to-chat").addEventListener("click", () => { document.body.classList.remove("market-open"); $("to-market").focus(); });
for (const button of document.querySelectorAll(".theme")) button.addEventListener("click", turnTheme);
new ResizeObserver(() => { if (market) drawChart($("chart"), market, ladders); }).observe($("chart"));

follow();
watchMarket();
addEventListener("resize", renderDown);
