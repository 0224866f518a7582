// Tells the portal of the first play in this view, which adds one to a number.
for (const video of document.querySelectorAll("video[data-plays]")) {
  video.addEventListener("playing", () => navigator.sendBeacon(video.dataset.plays), { once: true });
}
