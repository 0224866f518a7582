// Marks the step in view in the step bar, and the steps before it as done.
const links = [...document.querySelectorAll("[data-steps] a")];
const sections = links.map((link) => document.querySelector(link.hash));

const observer = new IntersectionObserver(mark, { rootMargin: "-30% 0px -60% 0px" });
sections.forEach((section) => observer.observe(section));
show(0);

function mark(entries) {
  const entered = entries.find((entry) => entry.isIntersecting);
  if (entered) show(sections.indexOf(entered.target));
}

function show(current) {
  links.forEach((link, index) => {
    link.parentElement.classList.toggle("is-done", index < current);
    if (index === current) link.setAttribute("aria-current", "step");
    else link.removeAttribute("aria-current");
  });
}
