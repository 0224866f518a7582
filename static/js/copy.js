// Copies an address, or the code that a sample shows, and says so in a toast.
const SECONDS = 6;

for (const button of document.querySelectorAll("[data-copy]")) {
  // Where the device can share by itself, that button stands in for this one.
  button.hidden = !navigator.clipboard || ("shareElse" in button.dataset && Boolean(navigator.share));
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy || shownCode(button));
    showToast(button);
  });
}

function shownCode(button) {
  const blocks = [...button.closest("figure").querySelectorAll("pre")];
  return blocks.find((block) => block.checkVisibility()).textContent;
}

function showToast(button) {
  const toast = document.createElement("p");
  toast.className = "toast";
  toast.textContent = button.dataset.copied;
  // A dialog covers the page's own toasts.
  const around = button.closest("dialog") ?? document.querySelector("body > [data-toasts]").parentNode;
  around.querySelector(":scope > [data-toasts]").replaceChildren(toast);
  setTimeout(() => toast.remove(), SECONDS * 1000);
}
