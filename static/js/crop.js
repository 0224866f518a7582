// Moves the part of the photo that is sent: by dragging it, or with three sliders. The numbers go
// with the form, in pixels of the whole photo; the server cuts.
const form = document.querySelector("[data-create]");
const picture = form.querySelector("[data-crop]");
const box = form.querySelector("[data-photo-box]");
const controls = form.querySelector("[data-crop-controls]");
const whole = { width: Number(picture.dataset.sourceWidth), height: Number(picture.dataset.sourceHeight) };
// The largest part that can be sent; smaller ones have its shape.
const largest = { width: Number(picture.dataset.largestWidth), height: Number(picture.dataset.largestHeight) };
const shape = largest.height / largest.width;
const least = Math.min(largest.width, Number(picture.dataset.leastWidth));
// By its attributes: its width is that on the screen.
const sent = { width: Number(picture.getAttribute("width")), height: Number(picture.getAttribute("height")) };
const fields = {};
const ranges = {};
const crop = {};
let grip = null;
// Until the whole photo is here, its part is shown as the server cut it.
let isWhole = false;

for (const name of ["left", "top", "width"]) {
  fields[name] = form.elements[`crop_${name}`];
  ranges[name] = controls.querySelector(`[data-crop-range="${name}"]`);
  crop[name] = Number(fields[name].value);
}

// A photo of an earlier video may have another shape, and is shown and sent as it was then.
if (whole.width > 0 && Math.abs(sent.height - sent.width * shape) < 2) start();
else controls.hidden = true;

function start() {
  box.style.aspectRatio = `${largest.width} / ${largest.height}`;
  const source = new Image();
  source.addEventListener("load", () => {
    picture.src = source.src;
    box.classList.add("is-movable");
    isWhole = true;
    draw();
  });
  source.src = picture.dataset.source;
  draw();
  for (const [name, range] of Object.entries(ranges)) {
    range.addEventListener("input", () => {
      if (name === "width") zoom(largest.width + least - Number(range.value));
      else crop[name] = Number(range.value);
      draw();
    });
  }
  picture.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    picture.setPointerCapture(event.pointerId);
    grip = { x: event.clientX, y: event.clientY, left: crop.left, top: crop.top };
  });
  picture.addEventListener("pointermove", (event) => {
    if (!grip) return;
    const scale = crop.width / box.clientWidth;
    crop.left = grip.left - (event.clientX - grip.x) * scale;
    crop.top = grip.top - (event.clientY - grip.y) * scale;
    draw();
  });
  for (const end of ["pointerup", "pointercancel"]) picture.addEventListener(end, () => { grip = null; });
}

// Around its middle.
function zoom(width) {
  crop.left += (crop.width - width) / 2;
  crop.top += ((crop.width - width) * shape) / 2;
  crop.width = width;
}

function draw() {
  const height = crop.width * shape;
  const most = { left: whole.width - crop.width, top: Math.max(0, whole.height - height) };
  for (const name of ["left", "top"]) {
    crop[name] = Math.round(Math.max(0, Math.min(crop[name], most[name])));
    set(ranges[name], 0, Math.floor(most[name]), crop[name]);
    fields[name].value = crop[name];
  }
  crop.width = Math.round(crop.width);
  set(ranges.width, least, largest.width, largest.width + least - crop.width);
  fields.width.value = crop.width;
  if (!isWhole) return;
  const { style } = picture;
  style.width = `${(100 * whole.width) / crop.width}%`;
  style.height = `${(100 * whole.height) / height}%`;
  style.left = `${(-100 * crop.left) / crop.width}%`;
  style.top = `${(-100 * crop.top) / height}%`;
}

function set(range, low, high, value) {
  range.min = low;
  range.max = high;
  range.value = value;
  // Nothing to move: the photo is as narrow, as low or as small as what is sent. It keeps its place.
  range.disabled = high <= low;
  range.setAttribute("aria-valuetext", `${Math.round((100 * (value - low)) / Math.max(1, high - low))} %`);
}
