// The sample plays where it stands; without this its link leads to its own page.
const sample = document.querySelector("[data-sample]");
const link = sample?.querySelector("[data-sample-play]");

link?.addEventListener("click", (event) => {
  if (event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  const still = sample.querySelector("img");
  const video = document.createElement("video");
  Object.assign(video, { controls: true, playsInline: true, poster: still.src, src: sample.dataset.sample });
  video.setAttribute("aria-label", still.alt);
  const track = document.createElement("track");
  Object.assign(track, { kind: "captions", label: sample.dataset.captionsLabel, src: sample.dataset.captions });
  video.append(track);
  video.addEventListener("playing", () => navigator.sendBeacon(sample.dataset.plays), { once: true });
  still.replaceWith(video);
  link.remove();
  video.focus();
  video.play().catch(() => {}); // its controls stay
});
