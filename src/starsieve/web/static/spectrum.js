// The page of a spectrum: controls change the figure at once, zooming fetches details, and the address says it all.
//   <form id="look" data-figure-url="/spectra/7/figure.json"> and <div id="spectrum" data-figure="...">
import { figures, show } from "./figure.js";
import { say } from "./keys.js";

const form = document.getElementById("look");
const drawing = document.getElementById("spectrum");
const RANGE = ["xmin", "xmax", "range_unit", "range_medium"];
const ONLY_HERE = [...RANGE, "overlay"];

/** What the controls say, without what is so by itself. */
function chosen() {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    const field = form.elements.namedItem(name);
    const usual = field instanceof Element ? field.dataset.default : undefined;
    if (value !== "" && value !== usual) query.append(name, value);
  }
  if (!query.has("smooth")) query.delete("smooth_by");
  if (!query.has("xmin") || !query.has("xmax")) RANGE.forEach((name) => query.delete(name));
  return query;
}

const address = (path, query) => (query.size ? `${path}?${query}` : path);

/** Let the address, and the links that go along with it, say what is seen. */
function remember(query) {
  window.history.replaceState(null, "", address(window.location.pathname, query));
  for (const link of document.querySelectorAll("a[data-carry]")) {
    const there = new URLSearchParams(query);
    if (link.dataset.carry === "elsewhere") ONLY_HERE.forEach((name) => there.delete(name));
    link.href = address(new URL(link.href).pathname, there);
  }
}

function draw() {
  const query = chosen();
  remember(query);
  show(drawing, address(form.dataset.figureUrl, query));
}

/** Numbers of an array as Bokeh sends them: base64 of compressed bytes. */
async function numbers(sent) {
  if (sent.array.type !== "bytes") return sent.array;
  const bytes = Uint8Array.from(atob(sent.array.data), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const buffer = await new Response(stream).arrayBuffer();
  return sent.dtype === "float32" ? new Float32Array(buffer) : new Float64Array(buffer);
}

function* sources(node) {
  if (Array.isArray(node)) for (const each of node) yield* sources(each);
  else if (node && typeof node === "object") {
    if (node.name === "ColumnDataSource" && node.attributes.name) yield node.attributes;
    for (const each of Object.values(node)) yield* sources(each);
  }
}

/** Fetch what the view has room for, and put it in place of what was drawn. */
async function refine(shown, query) {
  const url = new URL(address(form.dataset.figureUrl, query), window.location.href);
  url.searchParams.set("theme", document.documentElement.dataset.theme);
  const answer = await fetch(url);
  if (answer.status !== 200) return;
  const item = await answer.json();
  for (const { name, data } of sources(item.doc)) {
    if (!["observed", "unsmoothed"].includes(name)) continue;
    const columns = await Promise.all(data.entries.map(async ([key, sent]) => [key, await numbers(sent)]));
    shown.document.get_model_by_name(name).data = Object.fromEntries(columns);
  }
  shown.item.about = item.about;
}

/** Follow the view of a figure: the form's range is what is seen, nothing when all is. */
function follow(shown) {
  const axis = shown.document.get_model_by_name("x");
  const { reset_start: first, reset_end: last } = axis;
  let waiting;
  const moved = () => {
    const { start, end } = axis;
    const all = Math.abs(start - first) + Math.abs(end - last) < 1e-6 * (last - first);
    const digits = Math.max(0, Math.ceil(3 - Math.log10(Math.abs(end - start))));
    form.elements.xmin.value = all ? "" : start.toFixed(digits);
    form.elements.xmax.value = all ? "" : end.toFixed(digits);
    form.elements.range_unit.value = shown.item.about.wave_unit;
    form.elements.range_medium.value = shown.item.about.medium;
    const query = chosen();
    remember(query);
    drawing.dataset.figure = address(form.dataset.figureUrl, query); // where another theme goes on
    if (shown.item.about.n_pixels > shown.item.about.many) refine(shown, query);
  };
  for (const edge of [axis.properties.start, axis.properties.end]) {
    edge.change.connect(() => {
      clearTimeout(waiting);
      waiting = setTimeout(moved, 250);
    });
  }
}

/** Put what the figure knows of the pixels where the page has a place for it. */
function tell(about) {
  for (const place of document.querySelectorAll("[data-about]")) {
    place.textContent = about[place.dataset.about] ?? "—";
  }
  const note = document.getElementById("figure-note");
  const words = about.note ?? (about.waiting ? "The model is at work; its fit comes in some seconds." : "");
  note.textContent = words;
  note.hidden = !words;
  const there = new Set(about.species);
  for (const box of form.querySelectorAll("input[name=lines]")) {
    box.closest("label").classList.toggle("absent", !there.has(box.value));
  }
}

/** Ask until a model has answered, and draw its fit, unless another one is wanted by then. */
async function awaitModel() {
  const model = form.elements.model.value;
  const url = new URL(form.dataset.posteriorUrl, window.location.href);
  url.searchParams.set("model", model);
  for (let wait = 400; form.elements.model.value === model; wait = Math.min(1.4 * wait, 3000)) {
    await new Promise((resolve) => setTimeout(resolve, wait));
    const answer = await fetch(url);
    if (answer.status === 202) continue;
    if (form.elements.model.value === model) draw();
    return;
  }
}

form.addEventListener("change", draw);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  draw();
  say("Drawn");
});
form.addEventListener("click", (event) => {
  const preset = event.target.closest("button[data-lines]");
  if (!preset) return;
  const wanted = new Set(preset.dataset.lines.split(" "));
  for (const box of form.querySelectorAll("input[name=lines]")) {
    box.checked = wanted.has(box.value) && !box.closest("label").classList.contains("absent");
  }
  draw();
});
drawing.addEventListener("figure:ready", () => {
  const shown = figures.get("spectrum");
  tell(shown.item.about);
  follow(shown);
  if (shown.item.about.waiting) awaitModel();
});

// What is like it takes longer to find than the rest of the page: it comes when the reader does.
const likes = document.getElementById("likes");
if (likes) {
  const seen = new IntersectionObserver(async ([entry]) => {
    if (!entry.isIntersecting) return;
    seen.disconnect();
    const answer = await fetch(likes.dataset.from, { headers: { accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const part = page.getElementById("likes-found");
    if (part) likes.replaceChildren(part);
  }, { rootMargin: "300px" });
  seen.observe(likes);
}
