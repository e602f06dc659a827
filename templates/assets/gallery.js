/* A picture emerging from noise: played once on hover, on the keyboard's focus or on a press; the
   still comes back when the reader goes on.
   Other moving pictures play on a press, until the next. Without this script the link opens the
   animation itself. */
(function () {
  "use strict";
  const gallery = (window.cnnGallery = window.cnnGallery || {});
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
    link.addEventListener("focus", () => {
      if (link.matches(":focus-visible") && !calm.matches) play(); // a press brings its own
    });
    link.addEventListener("blur", stop);
    card.addEventListener("pointerleave", (event) => {
      if (event.pointerType === "mouse") stop(); // a finger leaves with every press
    });
    link.addEventListener("pointerenter", (event) => {
      if (event.pointerType === "mouse" && !calm.matches) play();
    });
  }

  /* Makes a button play: a press brings the moving picture, a second press the still. */
  gallery.plays = (button, image, moving) => {
    const [still, words] = [image.getAttribute("src"), button.textContent];
    button.addEventListener("click", () => {
      const playing = button.classList.toggle("cg-playing");
      image.src = playing ? moving : still;
      button.textContent = playing ? "Stop" : words;
    });
    return button;
  };

  function player(link) {
    const image = link.closest("figure").querySelector("img");
    const button = gallery.element("button.cg-button.cg-plays", { type: "button" }, link.textContent);
    link.replaceWith(gallery.plays(button, image, link.href));
  }

  document.querySelectorAll("a.cg-play").forEach(enhance);
  document.querySelectorAll("a.cg-plays").forEach(player);
  document.querySelectorAll(".cg-network").forEach((strip) => {
    const now = strip.querySelector(".cg-now");
    if (!now) return;
    const [bar, room] = [now, strip].map((each) => each.getBoundingClientRect());
    strip.scrollLeft += bar.left + bar.width / 2 - room.left - room.width / 2; // and the page stays where it is
  });
})();
