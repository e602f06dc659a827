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
      grid.before(this.trouble);
      this.cards = [...grid.querySelectorAll(".cg-card")].map((figure) => new Card(figure));
      this.byChannel = new Map(this.cards.map((card) => [card.channel, card]));
      this.usual = this.usualFields();
      this.faces = facesOf(this.usual);
      form.addEventListener("submit", (event) => event.preventDefault());
      form.addEventListener("input", () => this.changed());
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

    changed() {
      gallery.address.write(gallery.address.read().unit, this.chosen());
      this.show();
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
      if (!usual && !this.layer && !(await this.load())) return;
      if (asked !== this.asked) return; // something else was chosen meanwhile
      this.drawFaces(now);
      this.arrange(now);
      const there = this.order.length;
      this.form.querySelector("output").textContent =
        there === this.cards.length ? "" : `${there} of ${this.cards.length} shown`;
    }

    drawFaces(now) {
      const faces = facesOf(now);
      const usual = faces === facesOf(this.usual);
      if (faces === this.faces) return;
      this.faces = faces;
      for (const card of this.cards) {
        card.dim(this.worth(card, now).flags);
        if (usual) card.usualFace();
        else this.drawFace(card, this.layer.byChannel.get(card.channel), now);
      }
    }

    drawFace(card, unit, now) {
      if (now.show === "map") {
        const map = unit.maps.find((each) => each.photo === now.photo && !each.note);
        const title = this.layer.photos.find((each) => each.name === now.photo).title;
        const peak = map && map.peak !== null ? `peak ${gallery.number(map.peak)}` : "";
        card.tileFace(this.layer, map && map.tile, `Activation map of filter ${unit.channel} for the photo ${title}`, peak, this.root);
      } else if (now.show === "kernel") {
        const part = unit.kernel && this.layer.sheets[unit.kernel[0]].part;
        const alt = [gallery.kernelAlt(unit), part].filter(Boolean).join(". ");
        card.tileFace(this.layer, unit.kernel, alt, "", this.root);
      } else if (now.method !== this.usual.method) {
        card.pictureFace(unit.pictures.find((each) => each.method === now.method), this.root);
      } else {
        card.usualFace();
      }
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
      const sorted = [...this.cards].sort((a, b) => values.get(b) - values.get(a) || a.channel - b.channel);
      if (sorted.some((card, at) => this.grid.children[at] !== card.figure))
        this.grid.append(...sorted.map((card) => card.figure));
      const wanted = finder(now.find || "");
      for (const card of this.cards) {
        const { words, flags } = this.layer ? this.worth(card, now) : NOTHING;
        const fits = !now.flagged || flags.length > 0;
        const said = [card.name, words, ...flags].join(" ").toLowerCase();
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
    active: (worth, unit, photo) => least(unit.maps.find((map) => map.photo === photo && !map.note)?.peak),
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

  const facesOf = (fields) => JSON.stringify([fields.show, fields.method, fields.photo]);

  const channelOf = (figure) => Number(figure.id.replace("unit-", ""));

  class Card {
    constructor(figure) {
      this.figure = figure;
      this.channel = channelOf(figure);
      this.mat = figure.querySelector(".cg-mat");
      this.caption = figure.querySelector("figcaption");
      this.face = [...this.mat.childNodes];
      this.name = this.caption.querySelector(".cg-is").textContent;
      this.shows = this.caption.querySelector(".cg-shows")?.textContent ?? "";
    }

    usualFace() {
      this.put(this.face, this.shows);
    }

    tileFace(layer, tile, alt, shows, root) {
      this.put([tile ? gallery.tile(layer, tile, alt, root) : nothing()], shows);
    }

    pictureFace(picture, root) {
      if (!picture) return this.put([nothing()], "");
      const { alt, width, height } = picture;
      const src = `${root}/${picture.thumb || picture.src}`;
      const image = gallery.element("img", { alt, width, height, loading: "lazy", decoding: "async" });
      image.src = src;
      this.put([image], picture.words);
    }

    /* A picture of which little is to be seen stands back. */
    dim(flags) {
      this.figure.classList.toggle("cg-dim", flags.includes("dead"));
      this.figure.classList.toggle("cg-faint", flags.includes("weak"));
    }

    put(nodes, shows) {
      this.mat.replaceChildren(...nodes);
      let line = this.caption.querySelector(".cg-shows");
      if (!line && shows) this.caption.append((line = gallery.element("span.cg-shows")));
      if (line) line.textContent = shows;
    }
  }

  const nothing = () => gallery.element("span.cg-tile.cg-none", {}, "none");

  document.addEventListener("DOMContentLoaded", () => {
    const grid = document.querySelector(".cg-units");
    const form = document.querySelector(".cg-controls");
    if (grid && form) gallery.cards = new Cards(grid, form);
  });
})();
