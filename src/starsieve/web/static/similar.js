// What comes with a figure in words goes where it is wanted: into the card of a neighbour, or beside the figure.
//   <li data-row> <div data-figure="/similar/pair.json?..."> <dd data-about="velocity"> <p data-about="why"> </li>
document.addEventListener("figure:ready", ({ target, detail }) => {
  const card = target.closest("[data-row]") ?? target.closest("figure");
  const about = detail.item.about;
  if (!card || !about) return;
  for (const place of card.querySelectorAll("[data-about]")) {
    place.textContent = about[place.dataset.about] ?? "";
  }
});
