// Opens the device's own share sheet, where there is one.
for (const button of document.querySelectorAll("[data-share]")) {
  if (!navigator.share) continue;
  button.hidden = false;
  button.addEventListener("click", () => {
    navigator
      .share({ title: button.dataset.shareTitle, url: button.dataset.share })
      .catch(() => {}); // the visitor closed the sheet
  });
}
