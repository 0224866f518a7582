// The dock of a list says how many are chosen, and stays away while none is.
for (const form of document.querySelectorAll("[data-chosen]")) {
  const boxes = [...document.querySelectorAll(`input[form="${form.id}"]`)];
  const count = form.querySelector("[data-chosen-count]");

  const tell = () => {
    const chosen = boxes.filter((box) => box.checked).length;
    form.hidden = chosen === 0;
    count.textContent = chosen === 1 ? count.dataset.one : count.dataset.more.replace("%s", chosen);
  };

  for (const box of boxes) box.addEventListener("change", tell);
  window.addEventListener("pageshow", tell); // the back button brings the boxes as they were
  tell();
}
