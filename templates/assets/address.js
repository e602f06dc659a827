/* What a page shows, as its address has it: "#unit-220&show=map&photo=chelsea".
   All of it stands behind the "#", the only part that a page opened from a file may change. */
(function () {
  "use strict";
  const gallery = (window.cnnGallery = window.cnnGallery || {});

  /* The number of the open card, or null, and all that is not as usual, by name. */
  function read() {
    const chosen = {};
    let unit = null;
    for (const part of location.hash.slice(1).split("&")) {
      const found = /^unit-(\d+)$/.exec(part);
      const [name, value] = part.split(/=(.*)/s);
      if (found) unit = Number(found[1]);
      else if (value !== undefined) chosen[name] = decoded(value);
    }
    return { unit, chosen };
  }

  function decoded(text) {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  }

  function written(unit, chosen) {
    const parts = Object.entries(chosen).map(([name, value]) => name + "=" + encodeURIComponent(value));
    if (unit !== null) parts.unshift("unit-" + unit);
    return parts.length ? "#" + parts.join("&") : "";
  }

  /* Put it into the address bar, in place of what is there, or as a step to go back from. */
  function write(unit, chosen, { step = false, state = history.state } = {}) {
    const address = location.href.replace(/#.*$/s, "") + written(unit, chosen);
    if (address === location.href) return;
    if (step) history.pushState(state, "", address);
    else history.replaceState(state, "", address);
  }

  gallery.address = { read, write };
})();
