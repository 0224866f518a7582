// Sends a form of radios as soon as another one is chosen with a pointer. Arrow keys pass through
// the choices, so there the choice is confirmed with the button.
for (const form of document.querySelectorAll("[data-autosubmit]")) {
  const button = form.querySelector("[data-autosubmit-button]");
  let byKeys = false;
  button.hidden = true;
  form.addEventListener("keydown", () => { byKeys = true; });
  form.addEventListener("pointerdown", () => { byKeys = false; });
  form.addEventListener("change", () => {
    if (byKeys) button.hidden = false;
    else form.requestSubmit();
  });
}
