// Copies an address, or the code that a sample shows, and says so in a toast.
const SECONDS = 6;

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  // Where the device can share by itself, that button stands in for this one.
  button.hidden = "shareElse" in button.dataset && Boolean(navigator.share);
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy || shownCode(button));
    showToast(button.dataset.copied);
  });
}

function shownCode(button) {
  const blocks = [...button.closest("figure").querySelectorAll("pre")];
  return blocks.find((block) => block.checkVisibility()).textContent;
}

function showToast(text) {
  const toast = document.createElement("p");
  toast.className = "toast";
  toast.textContent = text;
  document.querySelector("[data-toasts]").replaceChildren(toast);
  setTimeout(() => toast.remove(), SECONDS * 1000);
}
