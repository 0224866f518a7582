// Sends a request of the API and shows what comes back. The key stays in its field: nothing here
// stores it, and fetch sends no cookies along.
const page = document.querySelector("[data-playground]");
const form = page.querySelector("[data-form]");
const key = page.querySelector("[data-key]");
const operation = page.querySelector("[data-operation]");
const answer = page.querySelector("[data-answer]");
const button = form.querySelector("button");
const SHOWN_HEADERS = ["content-type", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset",
  "retry-after", "idempotent-replayed", "allow"];
let video = "";

document.querySelector("[data-plain]").hidden = true;
form.addEventListener("input", show);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!button.hasAttribute("aria-busy")) send();
});
if (page.querySelector(`[data-fields="${CSS.escape(location.hash.slice(1))}"]`)) {
  operation.value = location.hash.slice(1);
}
show();

function show() {
  for (const fields of page.querySelectorAll("[data-fields]")) {
    const isChosen = fields.dataset.fields === operation.value;
    fields.hidden = !isChosen;
    fields.disabled = !isChosen;
  }
  const kind = /_(test|live)_/.exec(key.value)?.[1] ?? "other";
  for (const note of page.querySelectorAll("[data-kind]")) note.hidden = note.dataset.kind !== kind;
  page.querySelector("[data-curl]").textContent = writeCurl(read());
}

// What the fields say: { method, url, headers, fields, isMultipart }.
function read() {
  const chosen = page.querySelector(`[data-fields="${operation.value}"]`);
  const sent = { path: [], query: [], header: [], form: [] };
  for (const field of chosen.querySelectorAll("[data-place]")) {
    const value = field.type === "file" ? field.files[0] : field.value;
    if (value) sent[field.dataset.place].push([field.name, value]);
  }
  let path = chosen.dataset.path;
  for (const [name, value] of sent.path) {
    path = path.replace(`{${name}}`, encodeURIComponent(value.trim()));
  }
  const query = new URLSearchParams(sent.query).toString();
  return {
    method: chosen.dataset.method,
    url: page.dataset.base + path + (query ? `?${query}` : ""),
    headers: sent.header,
    fields: sent.form,
    isMultipart: chosen.dataset.type === "multipart/form-data",
  };
}

function writeCurl({ method, url, headers, fields, isMultipart }) {
  const lines = [`curl ${method === "GET" ? "" : `-X ${method} `}${quote(url)}`, '-H "X-API-Key: $KEY"'];
  for (const [name, value] of headers) lines.push(`-H ${quote(`${name}: ${value}`)}`);
  for (const [name, value] of fields) {
    if (value instanceof File) lines.push(`-F ${quote(`${name}=@${value.name}`)}`);
    else lines.push(`${isMultipart ? "--form-string" : "--data-urlencode"} ${quote(`${name}=${value}`)}`);
  }
  return lines.join(" \\\n  ");
}

function quote(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

async function send() {
  const { method, url, headers, fields, isMultipart } = read();
  const body = isMultipart ? new FormData() : new URLSearchParams();
  for (const [name, value] of fields) body.append(name, value);
  wait(true);
  const began = performance.now();
  try {
    const response = await fetch(url, {
      method,
      headers: [["X-API-Key", key.value.trim()], ...headers],
      body: method === "GET" || !fields.length ? undefined : body,
      credentials: "omit",
      cache: "no-store",
    });
    await tell(response, performance.now() - began);
  } catch {
    answer.replaceChildren(page.querySelector("[data-lost]").content.cloneNode(true));
  }
  wait(false);
  answer.scrollIntoView({ block: "nearest" });
}

function wait(isWaiting) {
  button.toggleAttribute("aria-busy", isWaiting);
  if (isWaiting) {
    button.setAttribute("aria-busy", "true");
    button.dataset.idle = button.textContent;
  }
  button.textContent = isWaiting ? button.dataset.busy : button.dataset.idle;
}

async function tell(response, milliseconds) {
  const parts = page.querySelector("[data-answer-parts]").content.cloneNode(true);
  parts.querySelector("[data-status]").textContent = `${response.status} ${response.statusText}`.trim();
  parts.querySelector("[data-took]").textContent = `${Math.round(milliseconds)} ms`;
  for (const name of SHOWN_HEADERS) {
    if (!response.headers.has(name)) continue;
    const row = document.createElement("div");
    const [term, words] = [document.createElement("dt"), document.createElement("dd")];
    [term.textContent, words.textContent] = [name, response.headers.get(name)];
    row.append(term, words);
    parts.querySelector("[data-headers]").append(row);
  }
  await fill(parts.querySelector("[data-body]"), response);
  answer.replaceChildren(parts);
}

async function fill(figure, response) {
  URL.revokeObjectURL(video);
  if (response.headers.get("content-type")?.startsWith("video/")) {
    video = URL.createObjectURL(await response.blob());
    const player = document.createElement("video");
    [player.src, player.controls] = [video, true];
    figure.querySelector("pre").replaceWith(player);
    return;
  }
  const text = await response.text();
  try {
    figure.querySelector("code").textContent = JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    figure.querySelector("code").textContent = text;
  }
}
