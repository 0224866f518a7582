// The share sheet: opens as a dialog over the page, hands the video to the device's own sheet where
// there is one, and shows the QR code. Without it the buttons are links to pages.
for (const link of document.querySelectorAll("[data-opens]")) {
  const dialog = document.getElementById(link.dataset.opens);
  if (!dialog?.showModal) continue;
  link.addEventListener("click", (event) => {
    event.preventDefault();
    dialog.showModal();
  });
}

for (const dialog of document.querySelectorAll("dialog.sheet")) {
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close(); // beside the sheet
  });
}

for (const link of document.querySelectorAll("[data-shows]")) {
  const part = document.getElementById(link.dataset.shows);
  if (!part) continue;
  link.addEventListener("click", (event) => {
    event.preventDefault();
    part.hidden = false;
    part.scrollIntoView({ block: "nearest" });
  });
}

for (const field of document.querySelectorAll("[data-select]")) {
  field.addEventListener("focus", () => field.select());
}

for (const button of document.querySelectorAll("[data-share]")) {
  if (!navigator.share) continue;
  button.hidden = false;
  const words = button.querySelector("span") ?? button;
  const link = { title: button.dataset.shareTitle, url: button.dataset.share };
  let withFile = null;

  button.addEventListener("click", async () => {
    if (button.dataset.shareFile && !withFile) {
      words.textContent = button.dataset.shareBusy;
      withFile = await fetchVideo(button, link);
    }
    try {
      await navigator.share(withFile ?? link);
    } catch (error) {
      // The file took longer than a browser waits after a tap: the next tap has it at once.
      if (error.name === "NotAllowedError" && withFile) words.textContent = button.dataset.shareAgain;
    }
  });
}

// What to hand over with the file in it; null where the device takes no files.
async function fetchVideo(button, link) {
  const probe = new File([""], "video.mp4", { type: "video/mp4" });
  if (!navigator.canShare?.({ files: [probe] })) return null;
  try {
    const answer = await fetch(button.dataset.shareFile);
    if (!answer.ok) return null;
    const name = `${link.title}.mp4`;
    const file = new File([await answer.blob()], name, { type: "video/mp4" });
    return { title: link.title, text: link.url, files: [file] };
  } catch {
    return null; // no connection, or a storage that lets no script in
  }
}
