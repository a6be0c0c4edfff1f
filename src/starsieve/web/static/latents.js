// The page of a latent space: sliders move a point, the spectrum and the map follow.
// Only the newest position is ever asked for, one at a time, so that answers come in order.
import { figures, show } from "./figure.js";
import { say } from "./keys.js";

const WINDOW_MS = 120; // after a map was moved last
const SETTLED_MS = 350; // after a slider was moved last
const PERIOD_MS = 6000; // of a slider that moves by itself
const DIGITS = 5;

const root = document.getElementById("latents");
const places = Object.fromEntries(["map", "spectrum", "traversal"].map((id) => [id, document.getElementById(id)]));
const { base } = root.dataset;
const map = { x: root.dataset.x, y: root.dataset.y, colour: root.dataset.colour, statistic: root.dataset.statistic };
let outliers = root.dataset.outliers === "true";
let start = root.dataset.start;
let nearest = null;

const sliders = [...document.querySelectorAll(".slider")].map((element) => ({
  element,
  latent: Number(element.dataset.latent),
  middle: Number(element.dataset.middle),
  spread: Number(element.dataset.spread),
  begin: Number(element.dataset.begin),
  value: Number(element.dataset.value),
  input: element.querySelector("input"),
  output: element.querySelector("output"),
}));

/** Call a function once nothing has called it for a while. */
function settled(call, wait) {
  let timer = 0;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => call(...given), wait);
  };
}

async function ask(name, parameters) {
  const answer = await fetch(`${base}${name}?${new URLSearchParams(parameters)}`, { headers: { accept: "application/json" } });
  const found = await answer.json();
  if (!answer.ok) throw new Error(found.error ?? `No answer (${answer.status}).`);
  return found;
}

const model = (id, name) => figures.get(id)?.document.get_model_by_name(name);

function fill(id, name, data) {
  const source = model(id, name);
  if (source) source.data = data;
}

// Positions ---------------------------------------------------------------------------------------

const isMoved = (slider) => Math.abs(slider.value - slider.begin) > 1e-6;

function position() {
  const said = start ? { start } : {};
  const moved = sliders.filter(isMoved).sort((a, b) => a.latent - b.latent);
  if (moved.length) {
    said.set = moved.map((s) => `${s.latent}:${Number((s.middle + s.value * s.spread).toPrecision(DIGITS))}`).join(",");
  }
  return said;
}

function reflect(slider) {
  const text = `${slider.value < 0 ? "−" : "+"}${Math.abs(slider.value).toFixed(2)}`;
  slider.output.textContent = `${text} σ`;
  slider.input.setAttribute("aria-valuetext", `${text} standard deviations`);
  slider.element.classList.toggle("moved", isMoved(slider));
}

/** Put a slider somewhere, also beyond where nearly all spectra are. */
function put(slider, value) {
  slider.value = value;
  if (value < Number(slider.input.min)) slider.input.min = value;
  if (value > Number(slider.input.max)) slider.input.max = value;
  slider.input.value = value;
  reflect(slider);
}

const address = (path, ...parts) => `${base}${path}?${new URLSearchParams(Object.assign({}, ...parts))}`;
const marked = () => (outliers ? { outliers: "true" } : {});

/** Let addresses say where the sliders are: of the page, of links, of figures drawn anew. */
const remember = settled(() => {
  const here = position();
  const page = address("", here, map, marked());
  window.history.replaceState(null, "", page);
  document.getElementById("share").href = page;
  document.getElementById("decoded-link").href = address("/decode.json", here);
  places.map.dataset.figure = address("/map.json", map, here, marked());
  places.spectrum.dataset.figure = address("/spectrum.json", here);
  for (const key of ["start", "set"]) {
    const field = document.querySelector(`#map-form input[name="${key}"]`);
    if (field) field.value = here[key] ?? "";
  }
  drawTraversal();
}, SETTLED_MS);

// Steps -------------------------------------------------------------------------------------------

let wanted = false;
let busy = false;
let decodes = true;
let freshStart = false;
let refit = false;

function move() {
  wanted = true;
  if (!busy) step(); // at once: to wait for a frame would take up to a third of what a hand may notice
  remember();
}

async function step() {
  if (!wanted || busy) return;
  wanted = false;
  busy = true;
  const begun = performance.now();
  const [starts, fits] = [freshStart, refit];
  freshStart = refit = false;
  try {
    const where = { ...position(), x: map.x, y: map.y };
    const answer = (decodes && (await decode(where))) || (await ask("/neighbours.json", where));
    draw(answer, starts, fits);
    root.dispatchEvent(new CustomEvent("latents:moved", { detail: { ms: performance.now() - begun } }));
  } catch (error) {
    document.getElementById("map-said").textContent = error.message;
  } finally {
    busy = false;
    if (wanted) requestAnimationFrame(step);
  }
}

/** Decode a position; a model that is gone cannot, but the map and the neighbours still follow. */
async function decode(where) {
  try {
    return await ask("/decode.json", where);
  } catch (error) {
    decodes = false;
    document.getElementById("map-said").textContent = error.message;
    return null;
  }
}

function draw(answer, starts, fits) {
  const wave = model("spectrum", "decoded")?.data.x;
  if (wave && answer.flux) {
    const flux = Float64Array.from(answer.flux, (value) => value ?? NaN);
    fill("spectrum", "decoded", { x: wave, y: flux });
    if (starts) fill("spectrum", "start", { x: wave, y: flux });
    const first = model("spectrum", "start").data.y;
    fill("spectrum", "change", { x: wave, y: flux.map((value, n) => value - first[n]) });
    makeRoom(flux, fits || starts);
  }
  mark(answer);
  tell(answer.neighbours);
}

/** Widen the axis of the flux where the spectrum leaves it; fit it to a spectrum to start from. */
function makeRoom(flux, fits) {
  const range = model("spectrum", "y");
  let [low, high] = [Infinity, -Infinity];
  for (const value of flux) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (!(high > low)) return;
  const room = 0.08 * (high - low);
  if (fits || low < range.start) range.start = low - room;
  if (fits || high > range.end) range.end = high + room;
  const change = model("spectrum", "change_y");
  change.end = 0.5 * (range.end - range.start);
  change.start = -change.end;
}

function mark(answer) {
  const [x, y] = answer.place ?? [[], []];
  fill("map", "here", { x: [x].flat(), y: [y].flat(), id: [x].flat() });
  const [nearX, nearY] = answer.near;
  fill("map", "near", { x: nearX, y: nearY, id: answer.neighbours.map((each) => each.id) });
}

function tell(neighbours) {
  const rows = neighbours.map((each) => {
    const row = document.createElement("tr");
    row.dataset.href = each.href;
    each.shown.forEach((text, column) => {
      const cell = document.createElement(column ? "td" : "th");
      if (column) cell.textContent = text;
      else {
        cell.scope = "row";
        cell.className = "words";
        const link = document.createElement("a");
        link.href = each.href;
        link.textContent = text;
        cell.append(link);
      }
      row.append(cell);
    });
    return row;
  });
  document.querySelector("#nearest tbody")?.replaceChildren(...rows);
  document.querySelectorAll("#card > div").forEach((place, number) => {
    const known = neighbours.find((each) => each.shown[number + 2]);
    place.querySelector("dd").textContent = known?.shown[number + 2] || "—";
  });
  if (neighbours.length && neighbours[0].id !== nearest?.id) {
    nearest = neighbours[0];
    if (decodes) observe(nearest.id);
  }
}

/** Lay the nearest real spectrum over the decoded one. */
const observe = settled(async (id) => {
  try {
    const found = await ask("/observed.json", { number: id });
    const wave = model("spectrum", "decoded")?.data.x;
    if (wave && nearest.id === id) {
      fill("spectrum", "nearest", { x: wave, y: Float64Array.from(found.flux, (value) => value ?? NaN) });
    }
  } catch {
    fill("spectrum", "nearest", { x: [], y: [] });
  }
}, 60);

// Starts ------------------------------------------------------------------------------------------

async function startFrom(number, name) {
  try {
    const found = await ask(".json", number ? { start: number } : {});
    const values = new Map(found.latents.map((each) => [each.latent, each.value]));
    start = number ? String(number) : "";
    for (const slider of sliders) {
      slider.begin = (values.get(slider.latent) - slider.middle) / slider.spread;
      put(slider, slider.begin);
    }
    nameStart(name ?? (number ? `spectrum ${number}` : ""));
    freshStart = true;
    move();
    say(`Started from ${number ? name ?? `spectrum ${number}` : "the median of all spectra"}`);
  } catch (error) {
    document.getElementById("map-said").textContent = error.message;
  }
}

function nameStart(name) {
  const place = document.getElementById("start-name");
  if (!start) return place.replaceChildren("the median of all spectra");
  const link = document.createElement("a");
  link.href = `/spectra/${start}`;
  link.textContent = name;
  return place.replaceChildren(link);
}

// The map -----------------------------------------------------------------------------------------

let shown = null;
let mapAsked = 0;

const edges = (figure) => ({
  x_low: figure.x_range.start, x_high: figure.x_range.end, y_low: figure.y_range.start, y_high: figure.y_range.end,
});

const within = (inner, outer) => inner.x_low >= outer.x_low && inner.x_high <= outer.x_high
  && inner.y_low >= outer.y_low && inner.y_high <= outer.y_high;

function apply(patch) {
  const { document: drawn } = figures.get("map");
  const events = [];
  for (const [name, data] of Object.entries(patch.data)) {
    const { id } = drawn.get_model_by_name(name);
    events.push({ kind: "ColumnDataChanged", model: { id }, attr: "data", data, cols: null });
  }
  for (const [name, values] of Object.entries(patch.values)) {
    const { id } = drawn.get_model_by_name(name);
    for (const [attr, value] of Object.entries(values)) events.push({ kind: "ModelChanged", model: { id }, attr, new: value });
  }
  drawn.apply_json_patch({ events });
}

const look = settled(async (figure) => {
  const window = edges(figure);
  if (shown?.points && within(window, shown.window)) return;
  const asked = (mapAsked += 1);
  try {
    const found = await ask("/window.json", { ...map, ...window });
    if (asked !== mapAsked) return;
    apply(found.patch);
    shown = { window, points: found.shown === "points" };
    root.dispatchEvent(new CustomEvent("latents:window", { detail: found }));
  } catch (error) {
    document.getElementById("map-said").textContent = error.message;
  }
}, WINDOW_MS);

async function pick(figure, event) {
  const at = { at_x: event.x, at_y: event.y, x: map.x, y: map.y };
  try {
    const found = await ask("/place.json", { ...at, ...edges(figure) });
    await startFrom(found.id, found.object || `spectrum ${found.id}`);
  } catch (error) {
    document.getElementById("map-said").textContent = error.message;
  }
}

function select({ geometry, final }) {
  if (geometry.type !== "rect" || final === false) return;
  const [x, y] = [[geometry.x0, geometry.x1].sort((a, b) => a - b), [geometry.y0, geometry.y1].sort((a, b) => a - b)];
  const box = { x_low: x[0], x_high: x[1], y_low: y[0], y_high: y[1] };
  const link = document.createElement("a");
  link.href = address("/spectra", { x: map.x, y: map.y }, box);
  link.textContent = "List the spectra of the box";
  document.getElementById("map-said").replaceChildren(link);
}

function readyMap() {
  const figure = model("map", "map");
  const points = model("map", "points").data;
  shown = { window: edges(figure), points: points.get ? points.get("x").length > 0 : points.x.length > 0 };
  figure.js_event_callbacks = {
    tap: [(event) => pick(figure, event)],
    rangesupdate: [() => look(figure)],
    selectiongeometry: [select],
  };
  move();
}

function changeMap() {
  const form = new FormData(document.getElementById("map-form"));
  for (const key of ["x", "y", "colour", "statistic"]) map[key] = form.get(key);
  outliers = form.get("outliers") === "true";
  show(places.map, address("/map.json", map, position(), marked()));
  remember();
}

// Controls ----------------------------------------------------------------------------------------

let moving = null;

function stop() {
  if (!moving) return;
  moving.button.textContent = "▶";
  moving.button.setAttribute("aria-pressed", "false");
  moving = null;
}

function animate(button) {
  const slider = sliders.find((each) => each.latent === Number(button.dataset.animate));
  const again = moving?.slider !== slider;
  stop();
  if (!again) return;
  const [low, high] = [Number(slider.input.min), Number(slider.input.max)];
  const share = Math.min(Math.max((slider.value - low) / (high - low || 1), 0), 1);
  const begun = performance.now() - (Math.acos(1 - 2 * share) / (2 * Math.PI)) * PERIOD_MS;
  moving = { slider, button };
  button.textContent = "■";
  button.setAttribute("aria-pressed", "true");
  const sweep = (now) => {
    if (moving?.slider !== slider) return;
    put(slider, low + (high - low) * (0.5 - 0.5 * Math.cos((2 * Math.PI * (now - begun)) / PERIOD_MS)));
    move();
    requestAnimationFrame(sweep);
  };
  requestAnimationFrame(sweep);
}

const drawTraversal = () => {
  if (!places.traversal.asked) return;
  const latent = document.getElementById("traversal-latent").value;
  const url = address("/traversal.json", { latent }, position());
  if (places.traversal.dataset.figure !== url) show(places.traversal, url);
};

for (const slider of sliders) {
  slider.input.addEventListener("input", () => {
    stop();
    slider.value = Number(slider.input.value);
    reflect(slider);
    move();
  });
  slider.element.querySelector("[data-animate]").addEventListener("click", (event) => animate(event.currentTarget));
}
document.getElementById("reset").addEventListener("click", () => {
  stop();
  sliders.forEach((slider) => put(slider, slider.begin));
  refit = true;
  move();
});
document.getElementById("median").addEventListener("click", () => { stop(); startFrom(null); });
document.getElementById("nearest-start").addEventListener("click", () => {
  stop();
  if (nearest) startFrom(nearest.id, nearest.object);
});
document.getElementById("show-all")?.addEventListener("click", (event) => {
  const all = event.currentTarget.getAttribute("aria-expanded") === "false";
  event.currentTarget.setAttribute("aria-expanded", String(all));
  event.currentTarget.textContent = all ? "Show fewer" : `Show all ${sliders.length}`;
  for (const slider of sliders) slider.element.hidden = !all && slider.element.dataset.first !== "true" && !isMoved(slider);
});
document.getElementById("start-form").addEventListener("submit", (event) => {
  event.preventDefault();
  stop();
  startFrom(new FormData(event.currentTarget).get("start") || null);
});
document.getElementById("map-form").addEventListener("change", changeMap);
document.getElementById("map-form").addEventListener("submit", (event) => { event.preventDefault(); changeMap(); });
document.getElementById("traversal-latent").addEventListener("change", drawTraversal);
document.getElementById("traversal-form").addEventListener("submit", (event) => event.preventDefault());
document.addEventListener("figure:ready", (event) => {
  if (event.target === places.map) readyMap();
  if (event.target === places.spectrum) move();
});
