// The boxes of a list in the tenant's admin: all of the page at once, and how many are chosen.
// Django's own actions.js is not to be had: the platform's admin theme has another of that name.
document.addEventListener('DOMContentLoaded', () => {
  const toggle = document.getElementById('action-toggle');
  const boxes = [...document.querySelectorAll('tr input.action-select')];
  const counter = document.querySelector('.action-counter');

  function tell() {
    const chosen = boxes.filter((box) => box.checked).length;
    for (const box of boxes) box.closest('tr').classList.toggle('selected', box.checked);
    if (toggle) toggle.checked = chosen > 0 && chosen === boxes.length;
    if (!counter) return;
    const words = ngettext('%(sel)s of %(cnt)s selected', '%(sel)s of %(cnt)s selected', chosen);
    counter.textContent = interpolate(words, { sel: chosen, cnt: counter.dataset.actionsIcnt }, true);
  }

  toggle?.addEventListener('click', () => {
    for (const box of boxes) box.checked = toggle.checked;
    tell();
  });
  for (const box of boxes) box.addEventListener('change', tell);
});
