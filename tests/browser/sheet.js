/* Puts messages onto the chat page in the place of a chat, in columns. Answers how many columns it took. */
async ({ messages, tallest, most }) => {
  const log = $("log");
  shown.clear();
  known.clear();
  opened.clear();
  log.replaceChildren();
  log.style = "";
  const nothing = { version: 1, kind: "private", typing: false, blocked: false, pinned_message_id: null };
  view = { ...nothing, bot: { name: "Packgrid" }, commands: [], keyboard: [], answers: [], messages };
  render();
  const between = messages.filter((one) => one.chip);
  log.querySelectorAll(".service").forEach((one, index) => { one.textContent = between[index].chip; });
  for (const one of messages) if (one.known) log.querySelector(`[data-id="${one.message_id}"]`).classList.add("known");
  await Promise.all([...document.images].filter((one) => one.src).map((one) => one.decode()));
  await document.fonts.ready;

  /* What is asked or happens stands above what comes of it, in the same column. */
  const all = [...log.children].filter((one) => one.offsetHeight), groups = [];
  all.forEach((one, index) => {
    const before = all[index - 1];
    if (before && (before.matches(".service, .user"))) groups.at(-1).push(one);
    else groups.push([one]);
  });
  const tops = [...groups.map(([one]) => one.offsetTop), log.scrollHeight];
  const tall = groups.map((_, index) => tops[index + 1] - tops[index]);
  const starts = (limit) => {
    let filled = 0;
    return groups.filter((_, index) => {
      const begins = index > 0 && filled + tall[index] > limit;
      filled = begins ? tall[index] : filled + tall[index];
      return begins;
    });
  };
  const columns = Math.max(1, Math.min(most, Math.ceil(log.scrollHeight / tallest)));
  let limit = Math.max(...tall, Math.floor(log.scrollHeight / columns));
  while (starts(limit).length >= columns) limit += 8;
  for (const [one] of starts(limit)) one.style.breakBefore = "column";
  log.style.columnFill = "auto";
  log.style.height = `${limit + 24}px`;
  return starts(limit).length + 1;
}
