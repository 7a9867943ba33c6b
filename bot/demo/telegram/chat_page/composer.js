/* Where the person writes: the line, the menu of commands, the reply keyboard. */
"use strict";

function renderComposer() {
  const empty = !view.messages.some((one) => !one.deleted);
  $("big").hidden = !(empty || view.blocked);
  $("big").textContent = view.blocked ? WORDS.unblock : WORDS.start;
  $("composer").hidden = view.blocked;
  $("menu-button").hidden = !view.commands.length;
  const offered = JSON.stringify(view.commands);
  if (offered !== commands && /^\/\w*$/.test($("input").value)) openMenu($("input").value);
  commands = offered;
  const board = $("keyboard");
  board.hidden = !view.keyboard.length || view.blocked;
  board.replaceChildren(...view.keyboard.map((row) => {
    const line = make("div");
    for (const label of row) line.append(Object.assign(make("button", "", label), { onclick: () => say(label) }));
    return line;
  }));
}

let picked = -1;

function openMenu(prefix) {
  const fitting = (view ? view.commands : []).filter((one) => ("/" + one.command).startsWith(prefix));
  picked = prefix.length > 1 && fitting.length ? 0 : -1;
  $("menu").hidden = !fitting.length;
  $("menu").replaceChildren(...fitting.map((one, index) => {
    const item = make("li");
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", index === picked);
    item.append(make("b", "", "/" + one.command), make("span", "", one.description));
    item.onclick = () => { closeMenu(); clearInput(); say("/" + one.command); };
    return item;
  }));
}

function closeMenu() {
  $("menu").hidden = true;
  picked = -1;
}

function movePick(step) {
  const items = [...$("menu").children];
  picked = (picked + step + items.length) % items.length;
  items.forEach((item, index) => item.setAttribute("aria-selected", index === picked));
  items[picked].scrollIntoView({ block: "nearest" });
}

function clearInput() {
  $("input").value = "";
  $("input").dispatchEvent(new Event("input"));
}

$("input").addEventListener("input", () => {
  const box = $("input");
  $("send").disabled = !box.value.trim();
  box.style.height = "40px";
  box.style.height = `${Math.min(box.scrollHeight, 140)}px`;
  if (/^\/\w*$/.test(box.value)) openMenu(box.value);
  else closeMenu();
});

$("input").addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  const open = !$("menu").hidden;
  if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    movePick(event.key === "ArrowDown" ? 1 : -1);
  } else if (open && event.key === "Escape") closeMenu();
  else if (open && event.key === "Tab" && picked >= 0) {
    event.preventDefault();
    $("input").value = $("menu").children[picked].firstElementChild.textContent + " ";
    $("input").dispatchEvent(new Event("input"));
  } else if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    if (open && picked >= 0) $("menu").children[picked].click();
    else $("composer").requestSubmit();
  }
});

$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("input").value;
  clearInput();
  closeMenu();
  say(text);
});

$("menu-button").addEventListener("click", () => {
  if ($("menu").hidden) openMenu("/");
  else closeMenu();
});
$("big").addEventListener("click", () => (view.blocked ? post("block", { blocked: false }) : say(`/start ${query.get("start") || ""}`.trim())));
