// Keys: / search, j and k next and previous, Enter opens, ? help, and whatever a page names by data-key.

const rows = () =>
  [...document.querySelectorAll("tr[data-href], [data-row][data-href]")].filter((row) => row.checkVisibility());

function typing(target) {
  return target.closest("input, textarea, select, [contenteditable], dialog[open]") !== null;
}

function mark(step) {
  const all = rows();
  if (!all.length) return false;
  const now = all.findIndex((row) => row.classList.contains("marked"));
  const next = Math.min(Math.max(now + step, 0), all.length - 1);
  all[now]?.classList.remove("marked");
  all[next].classList.add("marked");
  all[next].querySelector("a")?.focus({ preventScroll: true });
  all[next].scrollIntoView({ block: "nearest" });
  return true;
}

function go(relation) {
  const link = document.querySelector(`a[rel~="${relation}"]`);
  if (!link) return false;
  link.click();
  return true;
}

function help() {
  const dialog = document.getElementById("help");
  if (dialog.open) dialog.close();
  else dialog.showModal();
}

const ACTIONS = {
  "/": () => document.getElementById("search").focus(),
  "?": help,
  j: () => go("next") || mark(1),
  k: () => go("prev") || mark(-1),
};

function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const named = document.querySelector(`[data-key="${CSS.escape(event.key)}"]:not([disabled])`);
  if (named) {
    event.preventDefault();
    named.click();
  } else if (ACTIONS[event.key]) {
    event.preventDefault();
    ACTIONS[event.key]();
  } else if (event.key === "Enter" && event.target === document.body) {
    const marked = document.querySelector(".marked[data-href]");
    if (marked) window.location.assign(marked.dataset.href);
  }
}

/** Say something to whoever listens to a screen reader. */
export function say(text) {
  document.getElementById("said").textContent = text;
}

document.addEventListener("keydown", press);
document.getElementById("help-button")?.addEventListener("click", help);
