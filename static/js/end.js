// What is told when the video is over; gone as soon as it plays again.
const told = document.querySelector("[data-end]");
const video = document.querySelector("video");

video.addEventListener("ended", () => { told.hidden = false; });
video.addEventListener("play", () => { told.hidden = true; });
