// Verdicts by button or key, without loading the page again; as a plain form it works without this.
import { say } from "./keys.js";

const form = document.querySelector("[data-verdicts]");

function show(found, words) {
  const verdict = found.verdict;
  for (const button of form.querySelectorAll("button[name=value]")) {
    button.setAttribute("aria-pressed", String(verdict?.value === button.value));
  }
  const place = document.querySelector("[data-verdict]");
  place.textContent = words;
  say(words);
  form.elements.comment.value = "";
  const list = document.querySelector("[data-history]");
  list.replaceChildren(...[...found.history].reverse().map((row) => {
    const item = document.createElement("li");
    const value = document.createElement("strong");
    value.textContent = row.value;
    item.append(value, ` ${row.who}, ${row.date.slice(0, 10)}`);
    if (row.comment) {
      const comment = document.createElement("small");
      comment.textContent = row.comment;
      item.append(document.createElement("br"), comment);
    }
    return item;
  }));
}

async function send(event) {
  const button = event.submitter;
  if (!button) return;
  event.preventDefault();
  const undo = "undo" in button.dataset;
  const body = new URLSearchParams(undo ? {} : { value: button.value, comment: form.elements.comment.value });
  const url = undo ? button.formAction : form.action;
  try {
    const answer = await fetch(url, { method: "POST", body, headers: { accept: "application/json" } });
    const found = await answer.json();
    if (!answer.ok) throw new Error(found.error);
    const verdict = found.verdict;
    const now = verdict ? `Verdict here: ${verdict.value} by ${verdict.who}.` : "No verdict here now.";
    show(found, undo ? `Taken back. ${now}` : now);
  } catch (error) {
    document.querySelector("[data-verdict]").textContent = error.message;
    say(error.message);
  }
}

form?.addEventListener("submit", send);
