// Makes each frame as high as what stands in it.
const frames = document.querySelectorAll("iframe[data-fit]");

for (const frame of frames) {
  frame.addEventListener("load", () => follow(frame));
  if (frame.contentDocument?.readyState === "complete") follow(frame);
}
window.addEventListener("resize", () => frames.forEach(fit));

function follow(frame) {
  fit(frame);
  frame.contentDocument?.fonts.ready.then(() => fit(frame));
}

function fit(frame) {
  const page = frame.contentDocument?.documentElement;
  if (!page) return;
  frame.style.blockSize = "0"; // what is as high as the window would keep the old height
  frame.style.blockSize = `${page.scrollHeight}px`;
}
