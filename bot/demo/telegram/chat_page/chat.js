/* The chat: what /sim/chat shows, as Telegram would. No trading logic may go in here. */
"use strict";

let view = null;
let seenAnswers = null;
let unread = 0;
let missed = 0;
let commands = "";
let sticking = true;
let typingTimer = 0;
const shown = new Map();
const busy = new Map();

document.documentElement.lang = chinese ? locale : "en";
$("input").placeholder = WORDS.message;
for (const one of document.querySelectorAll("[data-word]")) one.setAttribute("aria-label", WORDS[one.dataset.word]);
$("menu-button").lastElementChild.textContent = WORDS.menu;
$("alert").querySelector("button").textContent = WORDS.ok;

/* ---- talking to the server ---- */

async function post(what, body) {
  const answer = await fetch(`/sim/${what}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ user_id: user, ...body }) }).catch(() => null);
  const got = answer ? await answer.json().catch(() => ({})) : {};
  if (!answer || !answer.ok) toast(got.error || WORDS.failed);
  return answer && answer.ok ? got : null;
}

async function say(text) {
  if (!text.trim()) return;
  scrollDown();
  await post("message", { text, language_code: language });
}

async function follow() {
  for (;;) {
    try {
      const since = view ? `?since=${view.version}&wait=25` : "";
      const answer = await fetch(`/sim/chat/${user}${since}`);
      if (!answer.ok) throw new Error(answer.status);
      const fresh = await answer.json();
      const changed = !view || fresh.version !== view.version || $("status").textContent === WORDS.connecting;
      view = fresh;
      if (changed) render();
    } catch {
      $("status").textContent = WORDS.connecting;
      await new Promise((done) => setTimeout(done, 1000));
    }
  }
}

/* ---- the chat ---- */

function render() {
  $("name").textContent = view.bot.name;
  $("avatar").textContent = [...view.bot.name][0] || "?";
  renderStatus(view.typing);
  clearTimeout(typingTimer);
  if (view.typing) typingTimer = setTimeout(() => renderStatus(false), 5000);
  renderPinned();
  renderComposer();
  renderMessages();
  tellAnswers();
  document.title = (missed ? `(${missed}) ` : "") + view.bot.name;
}

function renderStatus(typing) {
  $("status").textContent = typing ? WORDS.typing : document.body.classList.contains("demo") ? WORDS.demo : WORDS.bot;
  $("status").classList.toggle("live", typing);
}

function renderMessages() {
  const first = shown.size === 0;
  const messages = view.messages.filter((one) => !one.deleted);
  const wanted = [];
  messages.forEach((message, index) => {
    const before = messages[index - 1], after = messages[index + 1];
    if (!before || day(before) !== day(message)) wanted.push(["day" + day(message), dayChip, message]);
    if (message.pins !== null) { wanted.push([message.message_id, serviceLine, message]); return; }
    const last = !after || after.from !== message.from || after.date - message.date > 300 || day(after) !== day(message);
    wanted.push([message.message_id, bubbleRow, { ...message, last }]);
  });
  if (!messages.length) wanted.push(["intro", intro, view.bot]);
  place($("log"), wanted);
  for (const quote of $("log").querySelectorAll("blockquote.expandable:not(.measured)")) fold(quote);
  const news = messages.filter((one) => one.from === "bot" && one.pins === null && !known.has(one.message_id)).length;
  messages.forEach((one) => known.add(one.message_id));
  if (document.hidden && !first) missed += news;
  if (sticking) scrollDown(first || document.hidden);
  else unread += news;
  renderDown();
}
const known = new Set();

/* Keep each element whose content is the same; build the others in their place. */
function place(log, wanted) {
  const keys = new Set(wanted.map(([key]) => key));
  for (const [key, old] of shown) if (!keys.has(key)) { old.element.remove(); shown.delete(key); }
  let at = log.firstElementChild;
  for (const [key, build, data] of wanted) {
    const text = JSON.stringify(data), old = shown.get(key);
    let element = old && old.element;
    if (!old || old.text !== text) {
      const fresh = build(data);
      if (old) {
        if (at === element) at = fresh;
        element.replaceWith(fresh);
        fresh.style.animation = "none";
        if (data.edit_date && JSON.parse(old.text).html !== data.html) fresh.classList.add("flash");
      }
      element = fresh;
      shown.set(key, { element, text });
    }
    if (at !== element) log.insertBefore(element, at);
    at = element.nextElementSibling;
  }
}

function day(message) {
  return new Date(message.date * 1000).toDateString();
}

function dayChip(message) {
  const date = new Date(message.date * 1000), today = new Date();
  const yesterday = new Date(today - 864e5);
  const named = { [today.toDateString()]: WORDS.today, [yesterday.toDateString()]: WORDS.yesterday }[date.toDateString()];
  return make("div", "day", named || date.toLocaleDateString(locale, { day: "numeric", month: "long" }));
}

/* What happened to the chat, told between the messages. */
function serviceLine(message) {
  const line = make("div", "day service", `${view.bot.name} ${WORDS.pins}`);
  line.onclick = () => jump(message.pins);
  return line;
}

function intro(bot) {
  const card = make("div");
  card.id = "intro";
  card.append(make("b", "", bot.description ? WORDS.intro : ""), bot.description || WORDS.nothing);
  return card;
}

function bubbleRow(message) {
  const row = make("article", `row ${message.from}${message.last ? " last" : ""}`);
  row.dataset.id = message.message_id;
  const bubble = make("div", "bubble");
  const replied = view.messages.find((one) => one.message_id === message.reply_to && !one.deleted);
  if (replied) {
    const quote = make("button", "quote", replied.text || replied.caption || WORDS.photo);
    quote.onclick = () => jump(replied.message_id);
    bubble.append(quote);
  }
  if (message.photo) bubble.append(photo(message));
  if (message.document) bubble.append(file(message.document));
  const text = make("div", "text");
  // The server builds this from escaped text and entities; no tag in it comes from anybody's message.
  text.innerHTML = message.html;
  for (const block of text.querySelectorAll("pre, blockquote")) trimAround(block);
  for (const time of text.querySelectorAll(".date_time")) time.textContent = timeOf(time) || time.textContent;
  text.append(meta(message));
  bubble.append(text);
  if (message.reactions.length) bubble.append(make("span", "reactions", message.reactions.join(" ")));
  row.append(bubble);
  if (message.buttons.length) row.append(keys(message));
  return row;
}

/* A block ends its line by itself: the line break before and after it would show as an empty line. */
function trimAround(block) {
  const before = block.previousSibling, after = block.nextSibling;
  if (before && before.nodeType === 3) before.data = before.data.replace(/\n$/, "");
  if (after && after.nodeType === 3) after.data = after.data.replace(/^\n/, "");
}

/* What is longer than three lines folds, once it is in its place and has its width; what was opened stays so through an edit. */
const opened = new Set();
function fold(quote) {
  quote.classList.add("measured", "folded");
  const row = quote.closest(".row");
  const key = `${row.dataset.id} ${[...row.querySelectorAll(".expandable")].indexOf(quote)}`;
  if (quote.scrollHeight <= quote.clientHeight + 4 && !opened.has(key)) return void quote.classList.remove("folded");
  const unfold = make("button", "unfold");
  const show = () => {
    quote.classList.toggle("open", opened.has(key));
    unfold.setAttribute("aria-expanded", opened.has(key));
    unfold.setAttribute("aria-label", opened.has(key) ? WORDS.close : WORDS.open);
  };
  quote.append(unfold);
  quote.onclick = (event) => {
    if (event.target.closest("a, code") || getSelection().toString()) return;
    if (!opened.delete(key)) opened.add(key);
    show();
  };
  show();
}

/* A moment in the reader's zone and language: t a time, T with seconds, d a day, D a long one, w the weekday, r how long ago. */
function timeOf(element) {
  const at = Number(element.dataset.unix) * 1000, form = element.dataset.format || "";
  if (!at || !form) return "";
  if (form === "r") return ago(at);
  const how = {
    ...(form.includes("w") ? { weekday: "short" } : {}),
    ...(form.includes("d") ? { day: "2-digit", month: "2-digit", year: "numeric" } : {}),
    ...(form.includes("D") ? { day: "numeric", month: "long", year: "numeric" } : {}),
    ...(/t/i.test(form) ? { hour: "2-digit", minute: "2-digit" } : {}),
    ...(form.includes("T") ? { second: "2-digit" } : {}),
  };
  return new Date(at).toLocaleString(locale, how);
}

function ago(at) {
  const minutes = Math.round((at - Date.now()) / 60000), say = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  return Math.abs(minutes) < 90 ? say.format(minutes, "minute") : Math.abs(minutes) < 2880 ? say.format(Math.round(minutes / 60), "hour") : say.format(Math.round(minutes / 1440), "day");
}

function meta(message) {
  const time = new Date(message.date * 1000).toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit" });
  const line = make("span", "meta", (message.edited ? `${WORDS.edited} ` : "") + time);
  if (message.from === "user") line.insertAdjacentHTML("beforeend", '<svg viewBox="0 0 16 10" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="m1 5.5 3 3 6.5-7M7.5 8l.5.5 6.5-7"/></svg>');
  return line;
}

function photo(message) {
  const button = make("button", "photo" + (message.html ? "" : " alone"));
  const image = Object.assign(new Image(), { src: message.photo, alt: message.caption || WORDS.photo });
  image.width = message.photo_size.width;
  image.height = message.photo_size.height;
  image.style.aspectRatio = `${image.width} / ${image.height}`;
  image.onload = () => { if (sticking) scrollDown(true); };
  button.append(image);
  button.onclick = () => {
    Object.assign($("viewer").firstElementChild, { src: message.photo, alt: image.alt });
    $("viewer").showModal();
  };
  return button;
}

function file(about) {
  const link = Object.assign(make("a", "file"), about.url ? { href: about.url, download: about.name } : {});
  link.innerHTML = '<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="M12 4v12m-5-5 5 5 5-5M5 20h14"/></svg>';
  const words = make("span");
  const size = about.size < 1024 ? `${about.size} B` : about.size < 1048576 ? `${(about.size / 1024).toFixed(1)} KB` : `${(about.size / 1048576).toFixed(1)} MB`;
  words.append(make("b", "", about.name), make("small", "", size));
  link.append(words);
  return link;
}

function keys(message) {
  const box = make("div", "keys");
  for (const row of message.buttons) {
    const line = make("div");
    for (const one of row) line.append(key(message, one));
    box.append(line);
  }
  return box;
}

function key(message, one) {
  const button = make("button", `key ${["primary", "success", "danger"].includes(one.style) ? one.style : ""}`, one.label);
  if (one.url) button.classList.add("out");
  if (one.copy) button.classList.add("copies");
  button.onclick = async () => {
    if (one.url) return void window.open(one.url, "_blank", "noopener,noreferrer");
    if (one.copy) return copy(one.copy);
    button.classList.add("busy");
    setTimeout(() => button.classList.remove("busy"), 10000);
    const got = await post("click", { data: one.data, message_id: message.message_id });
    if (got) busy.set(got.callback_query_id, button);
    else button.classList.remove("busy");
    settle();
  };
  return button;
}

/* An answer can overtake the reply that tells which query it answers. */
function settle() {
  for (const answer of view.answers) {
    const button = busy.get(answer.callback_query_id);
    if (button) { button.classList.remove("busy"); busy.delete(answer.callback_query_id); }
  }
}

function tellAnswers() {
  const old = seenAnswers;
  seenAnswers = new Set(view.answers.map((one) => one.callback_query_id));
  settle();
  if (!old) return;
  for (const answer of view.answers) {
    if (old.has(answer.callback_query_id) || !answer.text) continue;
    if (answer.show_alert) {
      $("alert").firstElementChild.textContent = answer.text;
      if (!$("alert").open) $("alert").showModal();
    } else toast(answer.text);
  }
}

function renderPinned() {
  const pinned = view.messages.find((one) => one.message_id === view.pinned_message_id);
  $("pinned").hidden = !pinned;
  if (!pinned) return;
  $("pinned").querySelector("b").textContent = WORDS.pinned;
  $("pinned").querySelector("i").textContent = (pinned.text || pinned.caption || WORDS.photo).replace(/\s+/g, " ");
  $("pinned").onclick = () => jump(pinned.message_id);
}

function jump(id) {
  const old = shown.get(id);
  if (!old) return;
  old.element.scrollIntoView({ block: "center", behavior: "smooth" });
  old.element.classList.remove("flash");
  requestAnimationFrame(() => old.element.classList.add("flash"));
}

function scrollDown(instantly) {
  unread = 0;
  sticking = true;
  const log = $("log");
  log.scrollTo({ top: log.scrollHeight, behavior: instantly || matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth" });
  renderDown();
}

function farFromEnd() {
  const log = $("log");
  return log.scrollHeight - log.scrollTop - log.clientHeight;
}

function renderDown() {
  $("down").hidden = sticking || farFromEnd() < 160;
  $("down").firstElementChild.textContent = unread || "";
}

let toastTimer = 0;
function toast(text) {
  $("toast").textContent = text;
  $("toast").classList.add("on");
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => $("toast").classList.remove("on"), Math.max(2600, text.length * 60));
}

function copy(text) {
  if (navigator.clipboard) navigator.clipboard.writeText(text).then(() => toast(WORDS.copied), () => {});
}

/* ---- what is done in it ---- */

$("down").addEventListener("click", () => scrollDown());
$("log").addEventListener("scroll", () => {
  if (farFromEnd() < 80) unread = 0;
  renderDown();
});
// Who scrolls by hand decides whether the chat keeps to its end; a chat that grows while it scrolls does not.
for (const kind of ["wheel", "touchmove", "keyup", "pointerup"]) $("log").addEventListener(kind, () => setTimeout(() => { sticking = farFromEnd() < 80; }, 60), { passive: true });
new ResizeObserver(() => { if (sticking) scrollDown(true); }).observe($("log"));
$("log").addEventListener("click", (event) => {
  const command = event.target.closest(".command");
  if (command) return void say(command.dataset.command);
  const hidden = event.target.closest(".spoiler");
  if (hidden) return void hidden.classList.toggle("open");
  const code = event.target.closest(".text code");
  if (code && !getSelection().toString()) copy(code.textContent);
});
$("log").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches(".command")) event.target.click();
});
for (const dialog of [$("alert"), $("viewer")]) dialog.addEventListener("click", (event) => { if (event.target.tagName !== "P") dialog.close(); });
document.addEventListener("visibilitychange", () => { if (!document.hidden && view) { missed = 0; document.title = view.bot.name; } });
