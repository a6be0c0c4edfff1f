// Parts of a page that wait for work: when it has ended they are fetched again, and the rest stays as it is.
//   <p data-late-from="/candidates/3/view.json" data-late="waiting" data-state="waiting">… <span data-said="what"></span></p>
//   <section data-late="numbers" data-state="waiting">…</section>
// A part is replaced by the one of its name on the page as it is then, if their states differ.
import { show } from "./figure.js";
import { say } from "./keys.js";

const FIRST_MS = 400;
const SLOWEST_MS = 3000;
const waiting = document.querySelector("[data-late-from]");

async function ended() {
  for (let wait = FIRST_MS; ; wait = Math.min(wait * 1.3, SLOWEST_MS)) {
    await new Promise((resolve) => setTimeout(resolve, wait));
    try {
      const answer = await fetch(waiting.dataset.lateFrom, { headers: { accept: "application/json" } });
      if (answer.status === 503) continue; // too much is going on just now
      const status = await answer.json();
      if (!answer.ok || ["done", "failed"].includes(status.status)) return status;
      const what = waiting.querySelector("[data-said=what]");
      if (what && status.what) what.textContent = status.what;
    } catch {
      wait = SLOWEST_MS; // the server may be starting again
    }
  }
}

async function renew() {
  const answer = await fetch(window.location.href, { headers: { accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-late]")) {
    const fresh = page.querySelector(`[data-late="${CSS.escape(part.dataset.late)}"]`);
    if (!fresh) part.remove();
    else if (fresh.dataset.state !== part.dataset.state) {
      part.replaceWith(fresh);
      for (const figure of fresh.querySelectorAll("[data-figure]")) show(figure, figure.dataset.figure);
    }
  }
}

async function wait() {
  const status = await ended();
  if (status.error) {
    waiting.textContent = status.error;
    say(status.error);
    return;
  }
  await renew();
  say("The light curves have been looked at");
}

if (waiting) wait();
