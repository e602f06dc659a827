/* What an open card holds, as elements, from the data of its layer. */
(function () {
  "use strict";
  const gallery = (window.cnnGallery = window.cnnGallery || {});
  const make = (...all) => gallery.element(...all);

  /* All of it. `place` has the neighbours' numbers, `before` and `after`, and `go` and `close`. */
  gallery.unitContents = (layer, channel, root, place) => {
    const unit = layer.byChannel.get(channel);
    const view = { layer, unit, root };
    const own = ownNumbers(view);
    const first = unit.kernel && !unit.kernelOf && unit.pictures.every(moves); // what there is to see
    return [
      heading(view, place),
      pictures(view),
      first ? own : null,
      exemplars(view),
      maps(view),
      first ? null : own,
      ...unit.pictures.filter(moves).map((picture) => moving(picture, root)),
      again(view),
    ].filter(Boolean);
  };

  /* Whether a picture is there to be played, as a kernel at work: others show the end of a film. */
  const moves = (picture) => picture.film && !picture.command;

  function heading({ layer, unit, root }, place) {
    const noun = gallery.capital(layer.noun);
    const compare = `${gallery.page(root, "compare")}#a=${encodeURIComponent(`${layer.name}:${unit.channel}`)}`;
    return make(
      "header.cg-unit-head",
      {},
      make(
        "h2",
        { id: "cg-unit-title", tabindex: "-1" },
        unit.name || `${noun} ${unit.channel}`,
        make("small", {}, ...gallery.breakable(unit.name ? `class ${unit.channel} · ${layer.title}` : layer.title)),
      ),
      make(
        "div.cg-unit-ways",
        {},
        way("\u2190", `${noun} before`, place.before, place),
        way("\u2192", `${noun} after`, place.after, place),
        make("a.cg-button", { href: compare }, "Compare"),
      ),
      make("button.cg-button", { type: "button", "aria-label": "Close", click: place.close }, "\u2715"),
    );
  }

  function way(sign, says, channel, place) {
    const label = channel === null ? says : `${says}: ${channel}`;
    const go = () => place.go(channel);
    return make("button.cg-button", { type: "button", "aria-label": label, title: label, disabled: channel === null, click: go }, sign);
  }

  function section(title, ...inside) {
    return make("section.cg-unit-part", {}, make("h3", {}, ...gallery.breakable(title)), ...inside);
  }

  /* The pictures made for the unit, one large beside its facts, several side by side. */
  function pictures({ unit, layer, root }) {
    const still = unit.pictures.filter((picture) => !moves(picture));
    if (!still.length) return null;
    const several = still.length > 1 ? ".cg-several" : "";
    return make(`div.cg-made${several}`, {}, ...still.map((picture) => made(picture, layer, root)));
  }

  function large(picture, root) {
    const { alt, width, height } = picture;
    const image = make("img", { alt, width, height, decoding: "async" });
    image.src = `${root}/${picture.src}`;
    return image;
  }

  function facts(picture) {
    const rows = picture.facts.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value)));
    return [picture.sentence ? make("p", {}, picture.sentence) : null, rows.length ? make("dl.cg-measured", {}, ...rows) : null];
  }

  function moving(picture, root) {
    const image = large(picture, root);
    const mat = make("a.cg-mat", { href: `${root}/${picture.src}` }, image);
    return section(picture.title, make("figure.cg-film", {}, mat), film(picture, image, root), ...facts(picture));
  }

  function made(picture, layer, root) {
    const image = large(picture, root);
    return make(
      "article",
      {},
      make(
        "div.cg-large",
        {},
        make("a.cg-mat", { href: `${root}/${picture.src}` }, image),
        picture.film ? film(picture, image, root) : null,
        strip(picture, layer, root),
      ),
      make(
        "div.cg-beside",
        {},
        make("h3", {}, picture.title),
        ...facts(picture),
      ),
    );
  }

  /* Plays how the picture emerged, on a press; a second press brings the picture back. */
  function film(picture, image, root) {
    const words = picture.command ? "Play how it emerged" : "Play";
    const button = make("button.cg-button.cg-plays", { type: "button" }, words);
    return gallery.plays(button, image, `${root}/${picture.film}`);
  }

  /* The picture on its way from its start, in a few steps. */
  function strip(picture, layer, root) {
    if (!picture.strip.length) return null;
    const steps = [...picture.strip, [picture.thumb || picture.src, "Finished"]];
    const still = (src) => {
      const image = make("img", { alt: "", width: picture.width, height: picture.height, loading: "lazy", decoding: "async" });
      image.src = `${root}/${src}`;
      return image;
    };
    return make(
      "ol.cg-emerging",
      { "aria-label": "How it emerged" },
      ...steps.map(([seen, says]) =>
        make("li", {}, typeof seen === "string" ? still(seen) : gallery.tile(layer, seen, "", root), make("span", {}, says)),
      ),
    );
  }

  /* Pieces of photos that drive the unit most and least. */
  function exemplars(view) {
    const found = view.unit.exemplars;
    if (!found) return null;
    const row = (says, crops) =>
      crops.length ? make("div.cg-natural", {}, make("h4", {}, says), make("div.cg-crops", {}, ...crops.map((crop) => cropOf(crop, view)))) : null;
    return section(
      "In photos",
      make("p", {}, found.sentence),
      row("What drives it most", found.top),
      row("What drives it least", found.bottom),
    );
  }

  function cropOf(crop, { layer, root }) {
    return make(
      "figure.cg-card",
      {},
      make("span.cg-mat", {}, gallery.tile(layer, crop.tile, crop.alt, root)),
      make("figcaption", {}, make("span.cg-is", {}, crop.says), make("span.cg-shows", {}, crop.title)),
    );
  }

  /* What it answers to each photo, beside the photo. */
  function maps(view) {
    const { layer, unit, root } = view;
    if (!unit.maps.length) return null;
    const titles = new Map(layer.photos.map((photo) => [photo.name, photo]));
    const pairs = unit.maps.map((map) => {
      const photo = titles.get(map.photo);
      const title = photo ? photo.title : "";
      const image = photo ? make("img", { alt: `The photo ${title}`, width: 112, height: 112, decoding: "async" }) : null;
      if (image) image.src = `${root}/${photo.src}`;
      return make(
        "figure.cg-card.cg-answer",
        {},
        make("span.cg-mat", {}, image, gallery.tile(layer, map.tile, `Activation map for ${title || "the photo"}`, root)),
        make(
          "figcaption",
          {},
          make("span.cg-is", {}, title || "Map"),
          make("span.cg-shows", {}, gallery.answer(map)),
          gallery.mapKey(layer, map),
        ),
      );
    });
    return section("Its maps on the photos", make("div.cg-answers", {}, ...pairs));
  }

  /* Its kernel, and how often it gives which value. */
  function ownNumbers(view) {
    const { layer, unit, root } = view;
    const parts = [];
    if (unit.kernel) {
      const title = unit.kernelOf ? `Kernel of ${unit.kernelOf}, just before` : "Its kernel";
      const tile = gallery.tile(layer, unit.kernel, gallery.kernelAlt(unit), root);
      const sheet = layer.sheets[unit.kernel[0]];
      const part = sheet.part ? make("span.cg-shows", {}, sheet.part) : null;
      const words = [part, gallery.legend(sheet)].filter(Boolean);
      const figure = make("figure.cg-card.cg-kernel", {}, make("span.cg-mat", {}, tile), make("figcaption", {}, ...words));
      parts.push(section(title, figure));
    }
    if (unit.histogram) parts.push(section("How often each value occurs", histogram(unit.histogram)));
    return parts.length ? make("div.cg-own", {}, ...parts) : null;
  }

  const WIDE = 320;
  const HIGH = 96;

  const APART = 0.2; // of the width: as near as two marks may come on a phone, in large letters too
  const SCALES =
    "Both axes are logarithmic: two bars further from zero double the value; height grows with the " +
    "logarithm of the count.";

  /* Where a value lies along the bars, from 0 to 1; null where there is no bar for it. */
  function along(value, edges) {
    const bars = edges.length - 1;
    const at = edges.findIndex((edge, place) => edge <= value && value < edges[place + 1]);
    if (at < 0) return null;
    if (value === 0) return (at + 0.5) / bars;
    const [low, high] = [edges[at], edges[at + 1]].map(Math.abs);
    return (at + Math.log(Math.abs(value) / low) / Math.log(high / low)) / bars;
  }

  /* What to write below the bars: zero, powers of ten, and the ends, as far as there is room. */
  function marks(edges) {
    const powers = [10000, 1000, 100, 10, 1, 0.1, 0.01].flatMap((power) => [power, -power]);
    const found = [];
    const add = (value, at) => {
      if (at !== null && found.every((other) => Math.abs(other.at - at) >= APART)) found.push({ value, at });
    };
    for (const value of [0, ...powers]) add(value, along(value, edges));
    add(edges[0], 0);
    add(edges[edges.length - 1], 1);
    return found.sort((one, other) => one.at - other.at);
  }

  /* Bars of equal width; heights on a logarithmic scale, for most values are near zero. */
  function histogram({ edges, counts, words }) {
    if (!counts.length) return make("p", {}, words);
    const space = "http://www.w3.org/2000/svg";
    const draw = (name, attributes) => {
      const node = document.createElementNS(space, name);
      for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
      return node;
    };
    const [first, last] = [gallery.number(edges[0]), gallery.number(edges[edges.length - 1])];
    const most = Math.max(...counts, 1);
    const says = `Histogram of its values from ${first} to ${last}, both axes logarithmic`;
    const svg = draw("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": says });
    const step = WIDE / counts.length;
    counts.forEach((count, at) => {
      const height = (HIGH * Math.log1p(count)) / Math.log1p(most);
      svg.append(draw("rect", { x: at * step, y: HIGH - height, width: Math.max(1, step - 1), height }));
    });
    const below = marks(edges).map(({ value, at }) => make("span", { style: `--at:${at}` }, gallery.number(value)));
    const axis = make("span.cg-axis", { "aria-hidden": "true" }, ...below);
    return make("figure.cg-histogram", {}, svg, make("figcaption", {}, axis, make("span.cg-shows", {}, `${words} ${SCALES}`.trim())));
  }

  /* To download: the picture, its numbers, and the line that makes it again, where there is one. */
  function again({ layer, unit, root }) {
    const rows = unit.pictures.map((picture) => {
      const name = `${layer.slug}-${unit.channel}-${picture.method}`;
      const numbers = JSON.stringify({ layer: layer.name, channel: unit.channel, settings: layer.settings[picture.settings], ...picture.numbers }, null, 1);
      const links = make(
        "p.cg-take",
        {},
        taken(`${root}/${picture.src}`, name),
        make("a", { href: `data:application/json;charset=utf-8,${encodeURIComponent(numbers)}`, download: `${name}.json` }, "Download its numbers"),
      );
      const title = unit.pictures.length > 1 ? make("h4", {}, picture.title) : null;
      return make("div", {}, title, links, picture.command ? line(picture.command) : null);
    });
    const title = unit.pictures.some((picture) => picture.command) ? "Make it again" : "Download";
    return rows.length ? section(title, ...rows) : null;
  }

  /* On a page opened from a file, browsers save nothing that lies beside it: there the picture is a
     file already, and opens in a tab of its own. */
  function taken(src, name) {
    if (location.protocol === "file:")
      return make("a", { href: src, target: "_blank", rel: "noopener" }, "Open the picture by itself");
    return make("a", { href: src, download: name + src.slice(src.lastIndexOf(".")) }, "Download the picture");
  }

  function line(command) {
    const code = make("code", { tabindex: "0" }, command); // the theme lets it scroll, not the pre
    const button = make("button.cg-button", { type: "button" }, "Copy");
    button.addEventListener("click", async () => {
      button.textContent = (await copied(code)) ? "Copied" : "Press Ctrl+C";
    });
    return make("div.cg-line", {}, make("pre", {}, code), button);
  }

  /* Whether the text was copied; if not, it is selected, for the reader to copy. */
  async function copied(code) {
    try {
      await navigator.clipboard.writeText(code.textContent);
      return true;
    } catch {
      getSelection().selectAllChildren(code);
      return document.execCommand("copy");
    }
  }
})();
