// Takes a form's second click away and says what is going on. The server refuses doubles as well.
for (const form of document.querySelectorAll("[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    const button = event.submitter ?? form.querySelector("button:not([type=button])");
    if (!button) return;
    button.setAttribute("aria-busy", "true");
    button.dataset.idle = button.textContent;
    if (button.dataset.busy) button.textContent = button.dataset.busy;
  });

  // The back button brings the page as it was left.
  window.addEventListener("pageshow", () => {
    delete form.dataset.sent;
    const button = form.querySelector("[aria-busy]");
    button?.removeAttribute("aria-busy");
    if (button?.dataset.idle) button.textContent = button.dataset.idle;
  });
}
