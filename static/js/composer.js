// The front page's two team slots: swaps them, and dresses slots and hero in the chosen kits.
const form = document.querySelector("[data-composer]");
const shirts = form.querySelector("[data-shirts]").content;
const cloths = form.querySelector("[data-wardrobe]").content;
const selects = {
  left: form.querySelector('[data-side="left"]'),
  right: form.querySelector('[data-side="right"]'),
};
const swap = form.querySelector("[data-swap]");
const shown = {};

for (const [side, select] of Object.entries(selects)) {
  shown[side] = select.querySelector("[selected]")?.value ?? select.value;
}
swap.hidden = false;
swap.addEventListener("click", () => {
  const { left, right } = selects;
  [left.value, right.value] = [right.value, left.value];
  dress();
});
form.addEventListener("change", (event) => {
  // The same team on both sides: the other side takes what this one had.
  const side = event.target.dataset.side;
  const other = side === "left" ? "right" : "left";
  if (selects.left.value === selects.right.value) selects[other].value = shown[side];
  dress();
});
// Going back brings the choices of the last visit.
window.addEventListener("pageshow", dress);

function dress() {
  for (const [side, select] of Object.entries(selects)) {
    const team = select.value;
    if (team === shown[side]) continue;
    shown[side] = team;
    const wanted = `[data-team="${CSS.escape(team)}"] > svg`;
    fill(`[data-shirt="${side}"]`, shirts.querySelector(wanted));
    fill(`[data-cloth="${side}"]`, cloths.querySelector(wanted));
    for (const place of document.querySelectorAll(`[data-name="${side}"]`)) {
      place.textContent = select.selectedOptions[0].textContent;
    }
  }
}

function fill(places, art) {
  for (const place of document.querySelectorAll(places)) {
    const copy = art.cloneNode(true);
    const size = place.firstElementChild?.getAttribute("class");
    if (size && copy.classList.contains("shirt")) copy.setAttribute("class", size);
    place.replaceChildren(copy);
  }
}
