// The team picker: one radio grid for both sides, writing into the form's two selects.
const root = document.querySelector("[data-picker]");
const words = root.dataset;
const cloths = document.querySelector("[data-wardrobe]").content;
const plain = document.querySelector("[data-picker-selects]");
const selects = { left: plain.querySelector("[name=team_left]"), right: plain.querySelector("[name=team_right]") };
const grid = root.querySelector("[data-options]");
const options = [...grid.querySelectorAll("label")];
const radios = options.map((option) => option.querySelector("input"));
const blank = document.createElement("span");
let byPointer = false;
let side = selects.left.value && !selects.right.value ? "right" : "left";

plain.hidden = true;
blank.append(document.querySelector("[data-blank-shirt]").content.cloneNode(true));
// The summary of errors leads to the fields: let it end at the picker's buttons.
for (const [name, select] of Object.entries(selects)) {
  const id = select.id;
  select.removeAttribute("id");
  button(name).id = id;
}

for (const name of ["left", "right"]) button(name).addEventListener("click", () => turnTo(name));
root.querySelector("[data-swap]").addEventListener("click", () => {
  [selects.left.value, selects.right.value] = [selects.right.value, selects.left.value];
  draw();
  say(`${name("left")} – ${name("right")}`);
});
root.addEventListener("keydown", (event) => {
  // Enter takes the choice and goes on to the other side; it must not leave the step.
  if (event.key !== "Enter" || event.target.name !== "pick") return;
  event.preventDefault();
  turnTo(other(side));
  button(side).focus();
});
root.addEventListener("pick-first", (event) => choose(event.detail, { goOn: true }));
// A pointer's choice goes on to the other side while that is empty; arrow keys only pass through.
grid.addEventListener("pointerdown", () => { byPointer = true; });
grid.addEventListener("keydown", () => { byPointer = false; });
grid.addEventListener("change", (event) => choose(event.target.value, { goOn: byPointer }));
draw();

function choose(team, { goOn = false } = {}) {
  const against = other(side);
  if (selects[against].value === team) selects[against].value = selects[side].value;
  selects[side].value = team;
  draw();
  const role = side === "left" ? words.your : words.other;
  say(`${role}: ${name(side)}`);
  if (goOn && !selects[against].value) turnTo(against);
}

function turnTo(next) {
  side = next;
  draw();
  say(side === "left" ? words.choosingLeft : words.choosingRight);
}

function draw() {
  for (const each of ["left", "right"]) {
    const team = selects[each].value;
    const shirt = radios.find((radio) => radio.value === team)?.nextElementSibling;
    fill(root.querySelector(`[data-shirt="${each}"]`), shirt ?? blank.firstElementChild);
    fill(root.querySelector(`[data-cloth="${each}"]`), team && cloths.querySelector(`[data-team="${CSS.escape(team)}"] > svg`));
    root.querySelector(`[data-name="${each}"]`).textContent = name(each);
    button(each).setAttribute("aria-pressed", String(each === side));
  }
  root.querySelector("[data-choosing]").textContent = side === "left" ? words.choosingLeft : words.choosingRight;
  options.forEach((option, index) => mark(option, radios[index]));
}

function mark(option, radio) {
  const team = radio.value;
  const taken = selects[other(side)].value === team;
  const chip = option.querySelector("[data-chip]");
  radio.checked = selects[side].value === team;
  option.classList.toggle("is-taken", taken);
  chip.hidden = !taken && !radio.checked;
  const isYours = taken === (side === "right");
  chip.textContent = isYours ? words.yours : words.other;
}

function fill(place, art) {
  if (!art) {
    const empty = place.querySelector("svg")?.cloneNode(false);
    empty?.setAttribute("class", "cloth is-empty");
    if (empty) place.replaceChildren(empty);
    return;
  }
  const copy = art.cloneNode(true);
  if (copy.classList.contains("shirt")) {
    copy.classList.remove("shirt-m");
    copy.classList.add("shirt-xl");
  }
  place.replaceChildren(copy);
}

function button(which) { return root.querySelector(`button[data-side="${which}"]`); }
function other(which) { return which === "left" ? "right" : "left"; }
function name(which) { return selects[which].value ? selects[which].selectedOptions[0].textContent : words.none; }
function say(text) { root.querySelector("[data-picker-status]").textContent = text; }
