// Reads the status, or that of the story version, to screen readers: when its words change, and at
// most once a minute.
const PAUSE_SECONDS = 60;
const announcement = document.querySelector("[data-announcement]");
let said = words();
let saidAt = 0;

document.addEventListener("htmx:afterSwap", () => {
  const now = words();
  if (now === said || Date.now() - saidAt < PAUSE_SECONDS * 1000) return;
  said = now;
  saidAt = Date.now();
  announcement.textContent = now;
});

function words() {
  const heading = document.querySelector("#status h1, #story [data-words]");
  if (!heading) return "";
  const copy = heading.cloneNode(true);
  copy.querySelector("small")?.remove();
  return copy.textContent.replace(/\s+/g, " ").trim();
}
