/* The cards of a layer's page: what they show, their order, and which of them are there.
   Whatever is not as usual stands in the page's address. */
(function () {
  "use strict";
  const gallery = (window.cnnGallery = window.cnnGallery || {});

  class Cards {
    constructor(grid, form) {
      this.grid = grid;
      this.form = form;
      this.root = grid.dataset.root;
      this.layer = null;
      this.asked = 0;
      this.trouble = gallery.element("p.cg-missed", { role: "status" });
      this.nothing = this.makeNothing();
      grid.before(this.trouble, this.nothing);
      this.cards = [...grid.querySelectorAll(".cg-card")].map((figure) => new Card(figure));
      this.byChannel = new Map(this.cards.map((card) => [card.channel, card]));
      this.usual = this.usualFields();
      this.faces = facesOf(this.usual);
      this.lead = remembered(".cg-showing");
      this.scale = remembered(".cg-scale");
      form.addEventListener("submit", (event) => event.preventDefault());
      form.addEventListener("input", (event) => this.changed(event.target));
      form.addEventListener("pointerenter", () => this.load(), { once: true });
      window.addEventListener("hashchange", () => this.follow());
      window.addEventListener("pageshow", () => this.follow());
      this.follow();
    }

    /* The layer's data; null where it cannot be read, which is said above the cards. */
    async load() {
      let trouble = "";
      try {
        this.layer = await gallery.load(this.grid.dataset.layer, this.root);
      } catch (error) {
        trouble = error.message;
      }
      this.trouble.textContent = trouble;
      return this.layer;
    }

    /* The numbers of the cards that are there, in their order. */
    get order() {
      return [...this.grid.children].filter((card) => !card.hidden).map((card) => channelOf(card));
    }

    fields() {
      const found = {};
      for (const field of this.form.elements) {
        if (!field.name) continue;
        found[field.name] = field.type === "checkbox" ? (field.checked ? field.value : "") : field.value;
      }
      return found;
    }

    /* Not what the browser may have kept from before a reload. */
    usualFields() {
      const found = {};
      for (const field of this.form.elements) {
        if (!field.name) continue;
        const fixed = field.type === "hidden" ? field.value : "";
        found[field.name] = field.tagName === "SELECT" ? field.options[0].value : fixed;
      }
      return found;
    }

    /* What is not as usual, by name. */
    chosen() {
      const now = this.fields();
      return Object.fromEntries(Object.entries(now).filter(([name, value]) => value !== this.usual[name]));
    }

    /* What stands in place of the cards where none is left. */
    makeNothing() {
      const all = gallery.element("button.cg-button", { type: "button", click: () => this.showAll() }, "Show all");
      const says = `No ${this.grid.dataset.noun ?? "filter"} on this page matches. `;
      return gallery.element("p.cg-nothing", { hidden: true }, says, gallery.element("span.cg-do", {}, all));
    }

    /* Take back what hides cards, and nothing else. The focus goes on from the button, which goes away. */
    async showAll() {
      const { find, flagged } = this.form.elements;
      if (find) find.value = "";
      if (flagged) flagged.checked = false;
      await this.changed();
      this.byChannel.get(this.order[0])?.mat.focus({ preventScroll: true });
    }

    /* A photo or a method that is chosen is meant to be seen. */
    changed(field) {
      const { show, sort } = this.form.elements;
      if (field?.name === "method") show.value = "picture";
      if (field?.name === "photo" && sort?.value !== "active") show.value = "map";
      gallery.address.write(gallery.address.read().unit, this.chosen());
      return this.show();
    }

    /* Set the fields as the address has it. */
    follow() {
      const { chosen } = gallery.address.read();
      for (const field of this.form.elements) {
        if (!field.name) continue;
        const value = chosen[field.name] ?? this.usual[field.name];
        if (field.type === "checkbox") field.checked = value === field.value;
        else if (field.tagName !== "SELECT" || [...field.options].some((each) => each.value === value))
          field.value = value;
      }
      this.show();
    }

    async show() {
      const asked = ++this.asked;
      const now = this.fields();
      const usual = Object.keys(this.chosen()).length === 0;
      if (usual && gallery.address.read().unit === null) this.trouble.textContent = ""; // no data is wanted any more
      if (!usual && !this.layer && !(await this.load())) return;
      if (asked !== this.asked) return; // something else was chosen meanwhile
      this.drawFaces(now);
      this.arrange(now);
      const there = this.order.length;
      this.form.querySelector("output").textContent =
        there === this.cards.length ? "" : `${there} of ${this.cards.length} shown`;
      this.nothing.hidden = there > 0;
    }

    drawFaces(now) {
      const faces = facesOf(now);
      const usual = faces === facesOf(this.usual);
      if (faces === this.faces) return;
      this.faces = faces;
      const sheets = new Set();
      for (const card of this.cards) {
        const face = usual ? card.usual : this.faceOf(card, this.layer.byChannel.get(card.channel), now);
        card.put(face);
        if (face.tile) sheets.add(this.layer.sheets[face.tile[0]]);
      }
      this.lead.put(usual ? this.lead.usual : this.leadOf(now));
      this.scale.put(usual ? this.scale.usual : [...this.photoOf(now), ...scaleOf([...sheets])]);
    }

    faceOf(card, unit, now) {
      if (now.show === "map") {
        const map = unit.maps.find((each) => each.photo === now.photo);
        const alt = gallery.mapAlt(this.layer, unit, this.photo(now.photo).title);
        return map ? { ...this.tile(map.tile, alt), shows: gallery.answer(map), dim: map.peak === 0 } : noFace("no map");
      }
      if (now.show === "kernel") {
        if (!unit.kernel) return noFace("no kernel");
        const alt = [gallery.kernelAlt(unit), this.layer.sheets[unit.kernel[0]].part];
        return this.tile(unit.kernel, alt.filter(Boolean).join(". "));
      }
      if (now.method === this.usual.method) return card.usual;
      const picture = unit.pictures.find((each) => each.method === now.method);
      return picture ? pictureFace(picture, this.root) : noFace("not made");
    }

    tile(tile, alt) {
      return { tile, nodes: [gallery.tile(this.layer, tile, alt, this.root)], shows: "" };
    }

    photo(name) {
      return this.layer.photos.find((each) => each.name === name);
    }

    /* What maps are to be compared with. */
    photoOf(now) {
      if (now.show !== "map") return [];
      const { title, src } = this.photo(now.photo);
      return [gallery.element("img", { src: `${this.root}/${src}`, alt: `The photo ${title}`, width: 112, height: 112, decoding: "async" })];
    }

    /* The sentences above the cards, where they do not show what is usual. */
    leadOf(now) {
      const lack = this.cards.filter((card) => card.lacks).length;
      const last = lack === 1 ? "One of these has none, and comes last." : `${lack} of these have none, and come last.`;
      return [this.leadTo(now), lack ? ` ${last}` : ""];
    }

    leadTo(now) {
      const noun = this.layer.noun;
      if (now.show !== "map" && now.show !== "kernel") return `Each picture was made to drive one ${noun}, by the method chosen; the line below says how far to trust it.`;
      const what = now.show === "map" ? `map of ${this.photo(now.photo).title}` : this.lead.place.dataset.kernel;
      const a = /^[aeiou]/.test(noun) ? "an" : "a";
      return `Each card shows ${a} ${noun}\u2019s ${what}; open one for more.`;
    }

    /* What the picture by the chosen method is worth; the usual one, the unit itself tells of. */
    worth(card, now) {
      const unit = this.layer.byChannel.get(card.channel);
      if (now.method === this.usual.method) return unit;
      return unit.pictures.find((each) => each.method === now.method) ?? NOTHING;
    }

    arrange(now) {
      const unit = (card) => this.layer.byChannel.get(card.channel);
      const mark = this.layer && marks[now.sort];
      const by = (card) => (mark ? mark(this.worth(card, now), unit(card), now.photo) : -card.channel);
      const values = new Map(this.cards.map((card) => [card, by(card)]));
      const sorted = [...this.cards].sort(
        (a, b) => a.lacks - b.lacks || values.get(b) - values.get(a) || a.channel - b.channel,
      );
      if (sorted.some((card, at) => this.grid.children[at] !== card.figure))
        this.grid.append(...sorted.map((card) => card.figure));
      const wanted = finder(now.find || "");
      for (const card of this.cards) {
        const { words, flags } = this.layer ? this.worth(card, now) : NOTHING;
        const fits = !now.flagged || flags.length > 0;
        const said = [card.caption.textContent, words, ...flags].join(" ").toLowerCase();
        card.figure.hidden = !(fits && wanted(card.channel, said));
      }
    }
  }

  const NOTHING = { words: "", flags: [], scores: {} };

  const least = (value) => (typeof value === "number" ? value : -Number.MAX_VALUE);

  /* By what a sort compares; the largest comes first. */
  const marks = {
    robust: (worth) => least(worth.scores.robust),
    ratio: (worth) => least(worth.scores.ratio),
    active: (worth, unit, photo) => least(unit.maps.find((map) => map.photo === photo)?.peak),
  };

  /* What "Find" means: numbers and ranges of them ("12, 40-60"), or else words of the caption. */
  function finder(text) {
    const parts = text.toLowerCase().split(",").map((part) => part.trim()).filter(Boolean);
    if (!parts.length) return () => true;
    const tests = parts.map((part) => {
      const range = /^(\d+)(?:\s*[-\u2013]\s*(\d+))?$/.exec(part);
      if (!range) return (channel, words) => words.includes(part);
      const [first, last] = [Number(range[1]), Number(range[2] ?? range[1])];
      return (channel) => channel >= first && channel <= last;
    });
    return (channel, words) => tests.some((test) => test(channel, words));
  }

  /* Over which values the cards are drawn, where one sentence holds for all, and the key of one sheet. */
  function scaleOf(sheets) {
    if (new Set(sheets.map((sheet) => sheet.over)).size !== 1) return [];
    const key = sheets.length === 1 ? gallery.legend(sheets[0]) : null;
    return [gallery.element("span", {}, sheets[0].over ?? ""), key].filter(Boolean);
  }

  /* A place on the page, with what the page itself has there. A user's older template may lack it:
     then nobody sees what is put there. */
  function remembered(selector) {
    const place = document.querySelector(selector) ?? gallery.element("span");
    return { place, usual: [...place.childNodes], put: (nodes) => place.replaceChildren(...nodes) };
  }

  const facesOf = (fields) => JSON.stringify([fields.show, fields.method, fields.photo]);

  const channelOf = (figure) => Number(figure.id.replace("unit-", ""));

  class Card {
    constructor(figure) {
      this.figure = figure;
      this.channel = channelOf(figure);
      this.mat = figure.querySelector(".cg-mat");
      this.caption = figure.querySelector("figcaption");
      const shows = this.caption.querySelector(".cg-shows")?.textContent ?? "";
      this.lacks = false; // what the cards show
      const [dim, faint] = ["cg-dim", "cg-faint"].map((name) => figure.classList.contains(name));
      this.usual = { nodes: [...this.mat.childNodes], shows, dim, faint };
    }

    /* A picture of which little is to be seen stands back, and so does a card that has none. */
    put({ nodes, shows, dim = false, faint = false, lacks = false }) {
      this.lacks = lacks;
      this.mat.replaceChildren(...nodes);
      this.figure.classList.toggle("cg-dim", dim);
      this.figure.classList.toggle("cg-faint", faint);
      let line = this.caption.querySelector(".cg-shows");
      if (!line && shows) this.caption.append((line = gallery.element("span.cg-shows")));
      if (line) line.textContent = shows;
    }
  }

  function pictureFace(picture, root) {
    const { alt, width, height, words, flags } = picture;
    const image = gallery.element("img", { alt, width, height, loading: "lazy", decoding: "async" });
    image.src = `${root}/${picture.thumb || picture.src}`;
    return { nodes: [image], shows: words, dim: flags.includes("dead"), faint: flags.includes("weak") };
  }

  const noFace = (says) => ({ nodes: [gallery.element("span.cg-tile.cg-none", {}, says)], shows: "", dim: true, lacks: true });

  document.addEventListener("DOMContentLoaded", () => {
    const grid = document.querySelector(".cg-units");
    const form = document.querySelector(".cg-controls");
    if (grid && form) gallery.cards = new Cards(grid, form);
  });
})();
