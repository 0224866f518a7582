// The poster with the site's own play button until the first play; native controls from then on.
for (const frame of document.querySelectorAll("[data-player]")) {
  const video = frame.querySelector("video");
  const play = frame.querySelector("[data-play]");
  const time = frame.querySelector("[data-time]");
  const start = () => video.play();

  video.controls = false;
  play.hidden = false;
  time.hidden = false;
  play.addEventListener("click", start);
  video.addEventListener("click", start, { once: true });
  video.addEventListener(
    "play",
    () => {
      const hadFocus = document.activeElement === play;
      play.remove();
      time.remove();
      video.removeEventListener("click", start);
      video.controls = true;
      if (hadFocus) video.focus();
    },
    { once: true },
  );
}
