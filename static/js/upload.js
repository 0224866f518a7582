// Sends one file of the form by itself, with progress and a way out, and goes where the answer leads.
// Where the connection breaks the file stays at hand: it is sent again at once that there is one.
const form = document.querySelector("[data-create]");
const words = form.dataset;
const docks = [...form.querySelectorAll("[data-dock]")];
const bar = form.querySelector("progress");
const percent = form.querySelector("[data-sending-percent]");
const status = form.querySelector("[data-sending-status]");
const error = form.querySelector("[data-file-error]");
const broken = form.querySelector('[data-dock="broken"]');
const again = broken.querySelector("[data-broken-again]");
let last = null;
let sending = null;
let wakeLock = null;

form.addEventListener("send-file", (event) => send(event.detail));
form.addEventListener("show-dock", (event) => showDock(event.detail));
form.addEventListener("file-error", (event) => fail(event.detail));
form.querySelector("[data-sending-cancel]").addEventListener("click", () => sending?.abort());
again.addEventListener("click", () => send(last));
broken.querySelector("[data-broken-leave]").addEventListener("click", () => leave());
window.addEventListener("online", () => { if (!broken.hidden) send(last); });
// What came back from the browser's memory is not sending any more.
window.addEventListener("pageshow", () => { if (!sending) showDock("idle"); });

function send({ field, file }) {
  last = { field, file };
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
  sending.addEventListener("error", stall);
  sending.addEventListener("abort", () => fail(words.stopped));
  sending.send(data);
  stayAwake();
}

function answer(request) {
  if (request.status < 400) {
    location.assign(request.responseURL);
    return;
  }
  if (request.status >= 500) {
    stall();
    return;
  }
  // The page that the form would have led to: what it says of the file, said here.
  const told = request.response?.querySelectorAll(".error-summary li") ?? [];
  fail([...told].map((line) => line.textContent.trim()).join(" ") || words.broken);
}

function stall() {
  end();
  showDock("broken");
  broken.querySelector("[data-broken-words]").textContent = words.broken;
  again.focus();
}

function fail(text) {
  leave();
  error.textContent = text;
  error.hidden = false;
  error.scrollIntoView({ block: "nearest" });
}

function leave() {
  end();
  last = null;
  for (const input of form.querySelectorAll("input[type=file]")) input.value = "";
  showDock("idle");
  form.querySelector("[data-photo-choose], input[type=file]")?.focus();
}

function end() {
  sending = null;
  wakeLock?.release();
  wakeLock = null;
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
