// A star's light: another flux or sector is drawn without loading the page again.
import { show } from "./figure.js";

const form = document.getElementById("light");

function query() {
  const asked = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (value && !(name === "flux" && value === "corrected")) asked.set(name, value);
  }
  return asked.size ? `?${asked}` : "";
}

function change(event) {
  event.preventDefault();
  window.history.replaceState(null, "", `${window.location.pathname}${query()}`);
  show(document.getElementById("light-curve"), `${form.dataset.figureUrl}${query()}`);
}

form?.addEventListener("change", change);
form?.addEventListener("submit", change);
