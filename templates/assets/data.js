/* The data of a layer's units: fetched when first wanted, by a script, which works from a file too.
   What is in it, generator/render/data_files/layer_data.py says. */
(function () {
  "use strict";
  const gallery = (window.cnnGallery = window.cnnGallery || {});
  const arrived = new Map();
  const wanted = new Map();

  /* The data files call this. */
  gallery.layer = (layer) => {
    layer.byChannel = new Map(layer.units.map((unit) => [unit.channel, unit]));
    arrived.set(layer.slug, layer);
  };

  /* A promise of a layer's data, or an error that says what is not there. `root` leads from the page to the site's root. */
  gallery.load = (slug, root) => {
    if (!wanted.has(slug)) wanted.set(slug, fetchScript(slug, root));
    return wanted.get(slug);
  };

  function fetchScript(slug, root) {
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = `${root}/layers/${slug}.data.js`;
      script.onerror = () => {
        wanted.delete(slug); // a later try may find it
        script.remove();
        reject(new Error(`The data of a layer is not there: ${script.src} cannot be read.`));
      };
      script.onload = () => (arrived.has(slug) ? resolve(arrived.get(slug)) : script.onerror());
      document.head.append(script);
    });
  }

  /* The address of a page. On some sites that take the gallery in, each has a folder of its own. */
  gallery.page = (root, name) => `${root}/${name}${gallery.folders ? "/" : ".html"}`;

  /* An element: its name with classes ("div.cg-a.cg-b"), its attributes, what it holds. */
  gallery.element = (name, attributes = {}, ...inside) => {
    const [tag, ...classes] = name.split(".");
    const made = document.createElement(tag);
    if (classes.length) made.className = classes.join(" ");
    for (const [key, value] of Object.entries(attributes)) {
      if (typeof value === "function") made.addEventListener(key, value);
      else if (value === true) made.setAttribute(key, "");
      else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value);
    }
    made.append(...inside.filter((each) => each !== null && each !== undefined));
    return made;
  };

  /* Words, in which a dotted name of three parts or more may break after its dots. A shorter one goes
     on to the next line whole. */
  gallery.breakable = (words) => {
    const marked = words.replace(/\S+\.\S+\.\S+/g, (name) => name.replaceAll(".", ".\n"));
    return marked.split("\n").flatMap((part, at) => (at ? [gallery.element("wbr"), part] : [part]));
  };

  /* A tile, [sheet, left, top], as an element that shows that place of its sheet at any size.
     Without words it only goes with those beside it. */
  gallery.tile = (layer, [number, left, top], alt, root) => {
    const sheet = layer.sheets[number];
    const [width, height] = sheet.tile;
    const share = (at, whole, part) => (whole > part ? (100 * at) / (whole - part) : 0);
    const made = gallery.element("span.cg-tile", alt ? { role: "img", "aria-label": alt } : { "aria-hidden": "true" });
    if (sheet.hard) made.classList.add("cg-pixelated");
    made.style.aspectRatio = `${width} / ${height}`;
    made.style.backgroundImage = `url("${root}/${sheet.src}")`;
    made.style.backgroundSize = `${(100 * sheet.width) / width}% ${(100 * sheet.height) / height}%`;
    made.style.backgroundPosition =
      `${share(left, sheet.width, width)}% ${share(top, sheet.height, height)}%`;
    return made;
  };

  /* The pictures made to drive a unit: those that a command makes again. */
  gallery.made = (unit) => unit.pictures.filter((each) => each.command);

  /* What a unit's kernel is, for readers who do not see it. */
  gallery.kernelAlt = (unit) => {
    const whose = unit.kernelOf ? ` of ${unit.kernelOf}` : "";
    return `Kernel of filter ${unit.channel}${whose}`;
  };

  /* A word as it begins a line: "Filter". */
  gallery.capital = (word) => word.charAt(0).toUpperCase() + word.slice(1);

  /* What a unit's map of a photo is, for readers who do not see it. */
  gallery.mapAlt = (layer, unit, photo) => `Activation map of ${layer.noun} ${unit.channel} for the photo ${photo}`;

  /* The key to a sheet's colours; nothing where they stand for no number. */
  gallery.legend = (sheet) => {
    if (!sheet.gradient) return null;
    const ramp = gallery.element("span.cg-ramp");
    ramp.style.backgroundImage = sheet.gradient;
    const ends = sheet.ends.map((end) => gallery.element("span", {}, end));
    return gallery.element("span.cg-key", {}, ramp, gallery.element("span.cg-ends", {}, ...ends));
  };

  /* What a map says of its unit: its peak, and how it was made where not by the network as it is. */
  gallery.answer = ({ peak, note }) => {
    const says = peak === 0 ? "silent on this photo" : peak === null ? "" : `peak ${gallery.number(peak)}`;
    return [says, note].filter(Boolean).join(" \u00b7 ");
  };

  /* The key to a map's colours; a silent one has no colours. */
  gallery.mapKey = (layer, map) => (map.peak === 0 ? null : gallery.legend(layer.sheets[map.tile[0]]));

  /* A number as captions write it: three significant digits, a true minus. */
  gallery.number = (value) => {
    const whole = Math.abs(value) >= 1000;
    const text = value.toLocaleString("en", whole ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 });
    return text.replace("-", "\u2212");
  };
})();
