// Shows all samples in the language that was chosen at one of them, and remembers it.
const STORED = "sample-language";
const choices = [...document.querySelectorAll("input[data-language]")];

for (const choice of choices) {
  choice.addEventListener("change", () => {
    const before = choice.closest("figure").getBoundingClientRect().top;
    show(choice.value);
    // What changed its height above must not move the sample away from the hand.
    window.scrollBy(0, choice.closest("figure").getBoundingClientRect().top - before);
    localStorage.setItem(STORED, choice.value);
  });
}

show(localStorage.getItem(STORED));

function show(language) {
  for (const choice of choices) if (choice.value === language) choice.checked = true;
}

// A link of the contents closes them where they lie over the page.
for (const contents of document.querySelectorAll("details.contents")) {
  contents.addEventListener("click", (event) => {
    if (event.target.closest("a")) contents.open = false;
  });
}
