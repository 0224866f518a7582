// Sends one file of the form by itself, with progress and a way out, and goes where the answer leads.
const form = document.querySelector("[data-create]");
const words = form.dataset;
const docks = [...form.querySelectorAll("[data-dock]")];
const bar = form.querySelector("progress");
const percent = form.querySelector("[data-sending-percent]");
const status = form.querySelector("[data-sending-status]");
const error = form.querySelector("[data-file-error]");
let sending = null;
let wakeLock = null;

form.addEventListener("send-file", (event) => send(event.detail));
form.addEventListener("show-dock", (event) => showDock(event.detail));
form.addEventListener("file-error", (event) => fail(event.detail));
form.querySelector("[data-sending-cancel]").addEventListener("click", () => sending?.abort());
// What came back from the browser's memory is not sending any more.
window.addEventListener("pageshow", () => { if (!sending) showDock("idle"); });

function send({ field, file }) {
  const data = new FormData(form);
  data.set(field, file, file.name);
  error.hidden = true;
  show(0);
  showDock("sending");
  form.querySelector("[data-sending-cancel]").focus();
  sending = new XMLHttpRequest();
  sending.open("POST", location.pathname);
  sending.responseType = "document";
  sending.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) show(Math.floor((100 * event.loaded) / event.total));
  });
  sending.addEventListener("load", () => answer(sending));
  sending.addEventListener("error", () => fail(words.broken));
  sending.addEventListener("abort", () => fail(words.stopped));
  sending.send(data);
  stayAwake();
}

function answer(request) {
  if (request.status < 400) {
    location.assign(request.responseURL);
    return;
  }
  // The page that the form would have led to: what it says of the file, said here.
  const told = request.response?.querySelectorAll(".error-summary li") ?? [];
  fail([...told].map((line) => line.textContent.trim()).join(" ") || words.broken);
}

function fail(text) {
  sending = null;
  wakeLock?.release();
  wakeLock = null;
  for (const input of form.querySelectorAll("input[type=file]")) input.value = "";
  showDock("idle");
  error.textContent = text;
  error.hidden = false;
  error.scrollIntoView({ block: "nearest" });
  form.querySelector("[data-photo-choose], input[type=file]")?.focus();
}

function show(done) {
  bar.value = done;
  percent.textContent = `${done} %`;
  // Said at each quarter: every percent would be noise.
  const text = done === 100 ? words.sent : `${done - (done % 25)} %`;
  if (status.textContent !== text) status.textContent = text;
}

function showDock(name) {
  for (const dock of docks) dock.hidden = dock.dataset.dock !== name;
}

async function stayAwake() {
  try {
    wakeLock = await navigator.wakeLock?.request("screen");
  } catch {
    wakeLock = null; // a wish only: a low battery refuses it
  }
}
