// Narrows the picker's shirts by name, alias or code, and helps where nothing fits.
const root = document.querySelector("[data-picker]");
const field = root.querySelector("[data-search]");
const empty = root.querySelector("[data-search-empty]");
const teams = [...root.querySelectorAll("[data-options] label")].map((option) => ({
  option,
  team: option.querySelector("input").value,
  shown: option.querySelector(".shirt-name").textContent,
  words: option.dataset.words.split("|").map(fold),
}));

field.addEventListener("input", narrow);
if (field.value) narrow(); // a reload keeps what was typed
field.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    field.value = "";
    narrow();
  }
  if (event.key !== "Enter") return;
  event.preventDefault(); // it must not leave the step
  const first = teams.find(({ option }) => !option.hidden);
  if (field.value && first) pick(first.team);
});

function narrow() {
  const wanted = fold(field.value);
  let found = 0;
  for (const { option, words } of teams) {
    // From the second letter on also inside a word: "land" finds three teams.
    const fits = words.some((word) => word.startsWith(wanted) || (wanted.length > 2 && word.includes(wanted)));
    option.hidden = !fits;
    found += fits ? 1 : 0;
  }
  if (found) empty.replaceChildren();
  else suggest(wanted);
}

function suggest(wanted) {
  const text = root.dataset.noTeam.replace("%(words)s", field.value);
  const best = teams
    .map((team) => ({ ...team, distance: Math.min(...team.words.map((word) => distance(wanted, word))) }))
    .sort((a, b) => a.distance - b.distance)[0];
  empty.replaceChildren(`${text} `);
  if (best.distance > Math.max(2, wanted.length / 3)) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "text-button";
  button.textContent = best.shown;
  button.addEventListener("click", () => pick(best.team));
  empty.append(`${root.dataset.didYouMean} `, button, "?");
}

function pick(team) {
  field.value = "";
  narrow();
  root.dispatchEvent(new CustomEvent("pick-first", { detail: team }));
}

function fold(text) {
  // Côte d’Ivoire is found as cote divoire, and as côte d'ivoire.
  return text.normalize("NFD").replace(/[^\p{L}\p{N} ]/gu, "").toLowerCase().trim();
}

// Letters to change, add or leave out to make one word of the other.
function distance(one, other) {
  let row = [...Array(other.length + 1).keys()];
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const change = row[j - 1] + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j] + 1, next[j - 1] + 1));
    }
    row = next;
  }
  return row[other.length];
}
