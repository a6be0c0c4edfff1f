// What takes some seconds to find out, asked for when its place is opened: a page elsewhere holds it in #explained-found.
//   <details data-asks><summary>…</summary><div data-from="/spectra/7/explained?model=x"><p>…</p></div></details>
// Until it is known the server answers 202; without scripts the link inside leads to that page.
import { show } from "./figure.js";
import { say } from "./keys.js";

const FIRST_MS = 300;
const SLOWEST_MS = 3000;

async function ended(url) {
  for (let wait = FIRST_MS; ; wait = Math.min(wait * 1.4, SLOWEST_MS)) {
    const answer = await fetch(url, { headers: { accept: "text/html" } });
    if (![202, 503].includes(answer.status)) return answer;
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

async function fill(place) {
  const { from } = place.dataset;
  place.setAttribute("aria-busy", "true");
  place.firstElementChild.textContent = "The model is at work …";
  try {
    const page = new DOMParser().parseFromString(await (await ended(from)).text(), "text/html");
    const found = page.getElementById("explained-found");
    if (!found) throw new Error(page.querySelector("main p")?.textContent ?? "This could not be found out.");
    found.removeAttribute("id");
    place.replaceChildren(found);
    for (const figure of found.querySelectorAll("[data-figure]")) show(figure, figure.dataset.figure);
    say("Found out");
  } catch (error) {
    place.firstElementChild.textContent = error.message;
  } finally {
    place.removeAttribute("aria-busy");
  }
}

for (const details of document.querySelectorAll("details[data-asks]")) {
  const asked = () => details.open && fill(details.querySelector("[data-from]"));
  details.addEventListener("toggle", asked, { once: true });
}
