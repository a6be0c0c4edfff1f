// On a narrow screen the rows come first: what narrows them down is folded until it is asked for.

const narrow = window.matchMedia("(max-width: 60rem)");

for (const details of document.querySelectorAll("details.narrowing")) {
  if (narrow.matches && !document.querySelector(".chips")) details.open = false;
}
