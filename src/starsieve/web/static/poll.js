// Work that is under way: its JSON is asked for until it has ended, then the page is loaded again.
//   <div data-poll="/runs/3.json" data-ended="done failed cancelled interrupted">
//     <progress></progress> <span data-said="what"></span>
//   </div>
// A field of the JSON goes to [data-said="field"]; done and total go to <progress>.
import { say } from "./keys.js";

const FIRST_MS = 400;
const SLOWEST_MS = 3000;

function show(element, status) {
  const bar = element.querySelector("progress");
  if (bar && status.total) {
    bar.max = status.total;
    bar.value = status.done ?? 0;
  } else bar?.removeAttribute("value");
  for (const place of element.querySelectorAll("[data-said]")) {
    const value = status[place.dataset.said];
    if (value !== undefined && value !== null) place.textContent = value;
  }
}

async function poll(element) {
  const ended = (element.dataset.ended ?? "done failed expired").split(" ");
  let wait = FIRST_MS;
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, wait));
    wait = Math.min(wait * 1.3, SLOWEST_MS);
    try {
      const answer = await fetch(element.dataset.poll, { headers: { accept: "application/json" } });
      if ([400, 404].includes(answer.status)) return window.location.reload();
      if (!answer.ok) continue;
      const status = await answer.json();
      show(element, status);
      if (ended.includes(status.status)) {
        say(`Ended: ${status.status}`);
        return window.location.reload();
      }
    } catch {
      wait = SLOWEST_MS; // the server may be starting again
    }
  }
}

for (const element of document.querySelectorAll("[data-poll]")) poll(element);
