/* A picture emerging from noise: played on hover, focus or a press, once; the still comes back after.
   Without this script the link opens the animation itself. */
(function () {
  "use strict";
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");

  function enhance(link) {
    const card = link.closest("figure");
    const image = card && card.querySelector("img");
    if (!image) return;
    const still = image.getAttribute("src");
    const play = () => {
      image.src = link.href;
      link.setAttribute("aria-pressed", "true");
    };
    const stop = () => {
      image.src = still;
      link.setAttribute("aria-pressed", "false");
    };
    link.setAttribute("role", "button");
    link.setAttribute("aria-pressed", "false");
    link.addEventListener("click", (event) => {
      event.preventDefault();
      if (image.getAttribute("src") === still) play();
      else stop();
    });
    link.addEventListener("keydown", (event) => {
      if (event.key !== " ") return;
      event.preventDefault();
      link.click();
    });
    link.addEventListener("blur", stop);
    card.addEventListener("pointerleave", stop);
    link.addEventListener("pointerenter", (event) => {
      if (event.pointerType === "mouse" && !calm.matches) play();
    });
  }

  document.querySelectorAll("a.cg-play").forEach(enhance);
  document.querySelectorAll(".cg-network").forEach((strip) => {
    const now = strip.querySelector(".cg-now");
    if (now) strip.scrollLeft = now.offsetLeft - strip.clientWidth / 2;
  });
})();
