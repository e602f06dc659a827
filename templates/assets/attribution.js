/* Lays each attribution map over its photo, as much of it as the slider says. Without this script
   the two stand side by side. */
(function () {
  "use strict";
  document.querySelectorAll(".cg-over").forEach((figure) => {
    const label = figure.querySelector(".cg-mix");
    const slider = label && label.querySelector("input");
    if (!slider) return;
    const mix = () => figure.style.setProperty("--cg-mix", String(slider.value / 100));
    slider.addEventListener("input", mix);
    label.hidden = false;
    figure.classList.add("cg-live");
    mix();
  });
})();
