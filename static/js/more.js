// Adds the next page of videos below when its link comes near; after a few pages it waits for a
// click, so that the foot of the page stays in reach. Whoever comes back finds the same place.
const MOST_BY_ITSELF = 3;
const list = document.querySelector("[data-more-into]");
const said = document.querySelector("[data-more-said]");
let pages = 0;
let loading = null;

const near = new IntersectionObserver(
  (entries) => {
    if (entries.some((entry) => entry.isIntersecting) && pages < MOST_BY_ITSELF) load();
  },
  { rootMargin: "600px" },
);

if (list) {
  restore();
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-more]");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    load({ focus: true });
  });
  window.addEventListener("pagehide", remember);
}

async function restore() {
  const { more, top } = history.state ?? {};
  while (pages < (more ?? 0) && (await load())) continue;
  if (more) window.scrollTo({ top, behavior: "instant" });
  watch();
}

function remember() {
  if (pages) history.replaceState({ ...history.state, more: pages, top: window.scrollY }, "");
}

function watch() {
  near.disconnect();
  const link = document.querySelector("[data-more]");
  if (link) near.observe(link);
}

function load(options) {
  loading ??= add(options).finally(() => {
    loading = null;
    watch();
  });
  return loading;
}

// True when there are more cards than before.
async function add({ focus = false } = {}) {
  const link = document.querySelector("[data-more]");
  if (!link) return false;
  link.setAttribute("aria-busy", "true");
  const page = await fetchPage(link.href);
  if (!page) {
    link.removeAttribute("data-more"); // from now on an ordinary link
    link.removeAttribute("aria-busy");
    return false;
  }
  const cards = [...page.querySelectorAll("[data-more-into] > *")];
  list.append(...cards);
  const next = page.querySelector("[data-more]");
  if (next) link.replaceWith(next);
  else link.parentElement.remove();
  pages += 1;
  said.textContent = "";
  said.textContent = said.dataset.moreLoaded;
  if (focus) cards[0]?.focus({ preventScroll: true });
  return true;
}

async function fetchPage(address) {
  try {
    const answer = await fetch(address);
    if (!answer.ok) return null;
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    return null;
  }
}
