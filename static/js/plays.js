// Tells the portal of the first play in this view. No cookie and no name goes along.
for (const video of document.querySelectorAll("video[data-plays]")) {
  video.addEventListener("playing", () => navigator.sendBeacon(video.dataset.plays), { once: true });
}
