// Which theme a page has. Runs before the page is drawn, so that nothing flashes.
"use strict";
(() => {
  const KEY = "starsieve-theme";
  const ORDER = ["auto", "light", "dark"];
  const WORDS = { auto: "automatic", light: "light", dark: "dark" };
  const SIGNS = { auto: "◐", light: "☀", dark: "☾" };
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");

  function chosen() {
    try {
      const kept = window.localStorage.getItem(KEY);
      return ORDER.includes(kept) ? kept : "auto";
    } catch {
      return "auto"; // storage may be forbidden
    }
  }

  function apply() {
    const choice = chosen();
    const theme = choice === "auto" ? (system.matches ? "dark" : "light") : choice;
    const changed = root.dataset.theme !== theme;
    root.dataset.theme = theme;
    const button = document.getElementById("theme");
    if (button) {
      button.textContent = SIGNS[choice];
      button.setAttribute("aria-label", `Theme: ${WORDS[choice]}`);
      button.title = `Theme: ${WORDS[choice]}`;
    }
    if (changed) document.dispatchEvent(new CustomEvent("theme:change", { detail: theme }));
  }

  function next() {
    const choice = ORDER[(ORDER.indexOf(chosen()) + 1) % ORDER.length];
    try {
      window.localStorage.setItem(KEY, choice);
    } catch {
      root.dataset.theme = choice === "auto" ? root.dataset.theme : choice;
    }
    apply();
  }

  apply();
  system.addEventListener("change", apply);
  window.addEventListener("storage", apply);
  document.addEventListener("DOMContentLoaded", () => {
    apply();
    document.getElementById("theme")?.addEventListener("click", next);
  });
})();
