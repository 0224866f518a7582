// The photo step: two buttons instead of the bare file field; what is chosen is made small and sent.
const LONGEST_SIDE = 2048;
const QUALITY = 0.9;

const form = document.querySelector("[data-create]");
const step = form.querySelector("[data-photo]");
const input = step.querySelector('input[type="file"]');
const takeButton = form.querySelector("[data-photo-take]");
const chooseButton = form.querySelector("[data-photo-choose]");

step.querySelector("[data-photo-field]").classList.add("visually-hidden");
input.tabIndex = -1;
// Where there is no camera to hand both buttons would open the same dialog.
const hasCapture = matchMedia("(pointer: coarse)").matches;
takeButton.hidden = !hasCapture && !navigator.mediaDevices?.getUserMedia;

takeButton.addEventListener("click", () => {
  const isPlain = step.dispatchEvent(new CustomEvent("take", { cancelable: true }));
  if (isPlain) open("user");
});
chooseButton.addEventListener("click", () => open(null));
input.addEventListener("focus", () => chooseButton.focus());
input.addEventListener("change", () => { if (input.files[0]) send(input.files[0]); });
step.addEventListener("picture", (event) => send(event.detail));

function open(capture) {
  if (capture) input.setAttribute("capture", capture);
  else input.removeAttribute("capture");
  input.click();
}

async function send(original) {
  const file = await makeSmall(original);
  if (file.size > Number(step.dataset.most)) {
    form.dispatchEvent(new CustomEvent("file-error", { detail: step.dataset.tooLarge }));
    return;
  }
  form.dispatchEvent(new CustomEvent("send-file", { detail: { field: "photo", file } }));
}

// Upright, at most 2048 pixels, a JPEG that says nothing of its place. What this browser cannot read
// goes as it is: the server does all of this again.
async function makeSmall(file) {
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    const context = canvas.getContext("2d");
    context.fillStyle = "white"; // below what is transparent
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", QUALITY); });
    return new File([blob], "photo.jpg", { type: "image/jpeg" });
  } catch {
    return file;
  }
}
