// The photo step: two buttons instead of the bare file field, and a preview of what was chosen.
const LARGEST = 10 * 1024 * 1024;

for (const step of document.querySelectorAll("[data-photo]")) {
  const find = (name) => step.querySelector(`[data-photo-${name}]`);
  const input = step.querySelector('input[type="file"]');
  const preview = find("preview");
  const error = find("error");
  const buttons = find("buttons");

  input.classList.add("visually-hidden");
  input.tabIndex = -1;
  buttons.hidden = false;
  find("label").classList.add("visually-hidden");
  // A capture button where there is a camera to hand: elsewhere both would open the same dialog.
  find("take").hidden = !matchMedia("(pointer: coarse)").matches;
  nameButtons(find("box").classList.contains("has-photo"));

  find("take").addEventListener("click", () => open("user"));
  find("choose").addEventListener("click", () => open(null));
  input.addEventListener("focus", () => find("choose").focus());
  input.addEventListener("change", show);
  preview.addEventListener("error", () => {
    preview.hidden = true;
    find("box").classList.remove("has-photo");
    say(step.dataset.noPreview);
  });

  function open(capture) {
    if (capture) input.setAttribute("capture", capture);
    else input.removeAttribute("capture");
    input.click();
  }

  function show() {
    const file = input.files[0];
    error.hidden = true;
    if (!file) return;
    if (file.size > LARGEST) {
      input.value = "";
      error.textContent = step.dataset.tooLarge;
      error.hidden = false;
      return;
    }
    if (preview.src.startsWith("blob:")) URL.revokeObjectURL(preview.src);
    preview.src = URL.createObjectURL(file);
    preview.hidden = false;
    find("box").classList.add("has-photo");
    say(file.name);
    nameButtons(true);
  }

  function say(text) {
    find("tag").hidden = false;
    find("name").textContent = text;
  }

  function nameButtons(again) {
    for (const word of buttons.querySelectorAll("[data-first]")) word.hidden = again;
    for (const word of buttons.querySelectorAll("[data-again]")) word.hidden = !again;
  }
}
