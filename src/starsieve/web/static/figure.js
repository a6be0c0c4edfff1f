// Figures: the server describes each in JSON, BokehJS draws it. Nothing here knows what a figure shows.
//   <div data-figure="/spectra/17/figure.json" id="spectrum"></div>
// `figures` holds what is drawn, by the element's id or number; "figure:ready" is dispatched on the element.

export const figures = new Map();

const theme = () => document.documentElement.dataset.theme;
let numbers = 0;

// Pixels: of a legend's entry without its words, of a letter, of one more row, of what stands beside a panel.
const [ENTRY, LETTER, ROW, MARGINS] = [44, 6.5, 24, 90];

function withTheme(url) {
  const full = new URL(url, window.location.href);
  full.searchParams.set("theme", theme());
  return full;
}

function complain(element, words) {
  element.replaceChildren();
  const text = document.createElement("p");
  text.className = "notice bad";
  text.textContent = words;
  element.append(text);
}

/** Wait for work that a figure needs: the server answers 202 until it is done. */
async function ask(url, element) {
  for (let wait = 300; ; wait = Math.min(wait * 1.4, 3000)) {
    const answer = await fetch(url, { headers: { accept: "application/json" } });
    const found = await answer.json();
    if (answer.status !== 202) {
      if (!answer.ok) throw new Error(found.error ?? `The figure could not be had (${answer.status}).`);
      return found;
    }
    const waiting = element.querySelector(".waiting");
    if (waiting && found.what) waiting.textContent = `${found.what} …`;
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

/** Let BokehJS let go of a figure: it keeps a list of all documents. */
function forget(figure) {
  if (!figure) return;
  figure.manager.clear();
  const place = window.Bokeh.documents.indexOf(figure.document);
  if (place >= 0) window.Bokeh.documents.splice(place, 1);
}

/** Let the entries of a legend above a figure go on in further rows where one has no room for them. */
function wrapLegends(root, width) {
  for (const plot of root.references()) {
    const legend = plot.above?.find((each) => each.type === "Legend");
    if (!legend || legend.orientation !== "horizontal") continue;
    const sizes = legend.items.map(({ label }) => ENTRY + LETTER * (label?.value ?? label ?? "").length);
    const room = width - MARGINS;
    if (sizes.reduce((all, each) => all + each, 0) <= room) continue;
    const columns = Math.max(1, Math.floor(room / Math.max(...sizes)));
    const further = Math.ceil(sizes.length / columns) - 1;
    legend.setv({ ncols: columns, spacing: 4 });
    if (plot.height) plot.height += ROW * further;
  }
}

/** Draw a figure into an element; what was drawn there before goes. Only the newest request counts. */
export async function show(element, url) {
  const id = (element.dataset.figureId ??= element.id || `figure-${(numbers += 1)}`);
  const asked = Symbol(id);
  element.asked = asked;
  element.dataset.figure = url;
  element.setAttribute("aria-busy", "true");
  try {
    const item = await ask(withTheme(url), element);
    if (element.asked !== asked) return;
    const place = document.createElement("div");
    place.className = "inside";
    const former = figures.get(id);
    const before = [...element.children];
    element.append(place);
    const manager = await window.Bokeh.embed.embed_item(item, place);
    forget(former);
    before.forEach((each) => each.remove());
    const roots = [...manager.roots];
    wrapLegends(roots[0].model, element.clientWidth);
    figures.set(id, { manager, view: roots[0], document: roots[0].model.document, item, url });
    element.dispatchEvent(new CustomEvent("figure:ready", { bubbles: true, detail: figures.get(id) }));
  } catch (error) {
    if (element.asked === asked) complain(element, error.message);
  } finally {
    if (element.asked === asked) element.removeAttribute("aria-busy");
  }
}

const all = () => document.querySelectorAll("[data-figure]");

function drawNear() {
  const seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      show(target, target.dataset.figure);
    }
  }, { rootMargin: "400px" });
  all().forEach((element) => seen.observe(element));
}

document.addEventListener("theme:change", () => {
  for (const element of all()) if (element.asked) show(element, element.dataset.figure);
});
drawNear();
