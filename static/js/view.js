// Reports one view of a share link. No cookie, no name: the server adds one to a number.
const url = document.querySelector("[data-view]")?.dataset.view;
const report = () => navigator.sendBeacon?.(url);

if (url && document.prerendering) document.addEventListener("prerenderingchange", report, { once: true });
else if (url) report();
