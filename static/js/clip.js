// The clip step: says length and shape as soon as a clip is chosen, then sends it.
const form = document.querySelector("[data-create]");
const step = form.querySelector("[data-clip]");
const words = step.dataset;
const input = step.querySelector('input[type="file"]');
const facts = step.querySelector("[data-clip-facts]");
const warning = step.querySelector("[data-clip-warning]");
const LONGEST_CLIP = 20;

input.addEventListener("change", () => { if (input.files[0]) look(input.files[0]); });
step.addEventListener("change", (event) => { if (event.target.name === "duration_seconds") warn(); });

function look(file) {
  if (file.size > Number(words.most)) {
    form.dispatchEvent(new CustomEvent("file-error", { detail: words.tooLarge }));
    return;
  }
  const video = document.createElement("video");
  const done = () => {
    URL.revokeObjectURL(video.src);
    form.dispatchEvent(new CustomEvent("send-file", { detail: { field: "clip", file } }));
  };
  video.preload = "metadata";
  video.muted = true;
  video.addEventListener("loadedmetadata", () => {
    words.seconds = video.duration.toFixed(1);
    facts.textContent = fill(words.facts, { seconds: words.seconds, width: video.videoWidth, height: video.videoHeight });
    warn();
    done();
  });
  // A kind that this browser cannot play: the server looks at it.
  video.addEventListener("error", done);
  video.src = URL.createObjectURL(file);
}

function warn() {
  const chosen = Number(step.querySelector("[name=duration_seconds]:checked")?.value);
  const isShort = words.seconds && Number(words.seconds) < Math.min(chosen, LONGEST_CLIP) - 0.25;
  warning.textContent = isShort ? fill(warning.dataset.words, { seconds: words.seconds }) : "";
}

function fill(text, values) {
  return text.replace(/%\((\w+)\)s/g, (whole, name) => values[name] ?? whole);
}
