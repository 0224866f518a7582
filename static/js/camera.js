// The live camera behind the oval, where the browser has one and the fan lets it.
const SECONDS = 3;

const form = document.querySelector("[data-create]");
const step = form.querySelector("[data-photo]");
const box = step.querySelector("[data-photo-box]");
const view = step.querySelector("[data-camera-view]");
const count = step.querySelector("[data-camera-count]");
const nowButton = form.querySelector("[data-camera-now]");
let stream = null;
let timer = null;
let isRefused = !navigator.mediaDevices?.getUserMedia;

step.addEventListener("take", (event) => {
  if (isRefused) return; // the file field asks the phone's own camera
  event.preventDefault();
  open();
});
nowButton.addEventListener("click", snap);
form.querySelector("[data-camera-later]").addEventListener("click", () => countDown(SECONDS));
form.querySelector("[data-camera-close]").addEventListener("click", close);
form.addEventListener("keydown", (event) => { if (event.key === "Escape" && stream) close(); });
window.addEventListener("pagehide", stop);

async function open() {
  try {
    stream = await navigator.mediaDevices.getUserMedia({
      video: { facingMode: "user", width: { ideal: 1920 }, height: { ideal: 1080 } },
    });
  } catch (problem) {
    isRefused = true;
    const isDenied = problem.name === "NotAllowedError" || problem.name === "SecurityError";
    tell("file-error", isDenied ? step.dataset.denied : step.dataset.noCamera);
    return;
  }
  view.srcObject = stream;
  view.hidden = false;
  box.classList.add("is-live");
  await view.play();
  tell("show-dock", "camera");
  nowButton.focus();
  box.scrollIntoView({ block: "nearest" });
}

function countDown(left) {
  clearTimeout(timer);
  count.textContent = left || "";
  if (left) timer = setTimeout(() => countDown(left - 1), 1000);
  else snap();
}

function snap() {
  if (!stream || !view.videoWidth) return;
  const canvas = document.createElement("canvas");
  canvas.width = view.videoWidth;
  canvas.height = view.videoHeight;
  canvas.getContext("2d").drawImage(view, 0, 0);
  canvas.toBlob((blob) => {
    close();
    const picture = new File([blob], "camera.jpg", { type: "image/jpeg" });
    step.dispatchEvent(new CustomEvent("picture", { detail: picture }));
  }, "image/jpeg", 0.95);
}

function close() {
  stop();
  tell("show-dock", "idle");
  form.querySelector("[data-photo-take]").focus();
}

function stop() {
  clearTimeout(timer);
  count.textContent = "";
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = null;
  view.srcObject = null;
  view.hidden = true;
  box.classList.remove("is-live");
}

function tell(event, detail) { form.dispatchEvent(new CustomEvent(event, { detail })); }
