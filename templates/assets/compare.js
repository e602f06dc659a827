/* Two units side by side: two filters, two photos, or two methods. What is chosen stands in the
   address: compare.html#a=features.15:220&b=features.15:40&photo=chelsea&photo-b=coffee&method=maco.
   Left out, the right side has the photo and the method of the left. */
(function () {
  "use strict";
  const gallery = (window.cnnGallery = window.cnnGallery || {});
  const make = (...all) => gallery.element(...all);
  const SHARED = ["method", "photo"];
  const SCALES = "Look at the scales before you compare how bright two maps are: each may have its own.";

  class Compare {
    constructor(place) {
      this.root = place.dataset.root;
      this.result = place.querySelector(".cg-result");
      this.status = place.querySelector("output") ?? make("output.cg-count"); // read out, in place of all that changes
      if (!this.status.isConnected) this.result.before(this.status); // a user's older template has none
      this.sides = ["a", "b"].map((name) => new Side(place.querySelector(`[name=${name}]`), this.root));
      this.asked = 0;
      place.hidden = false;
      place.querySelector("form").addEventListener("submit", (event) => event.preventDefault());
      this.sides.forEach((side) => side.form.addEventListener("change", (event) => this.changed(side, event.target.name)));
      place.querySelector("[name=swap]").addEventListener("click", () => this.swap());
      place.querySelector("[name=next]").addEventListener("click", () => this.next());
      window.addEventListener("hashchange", () => this.follow());
      this.follow();
    }

    /* Set both sides as the address has it; what it lacks is the first that there is. */
    follow() {
      const asked = new URLSearchParams(location.hash.slice(1));
      const [left, right] = this.sides;
      left.wish(asked.get("a"), left);
      right.wish(asked.get("b"), left);
      for (const name of SHARED) {
        left.wanted[name] = asked.get(name) ?? "";
        right.wanted[name] = asked.get(`${name}-b`) ?? left.wanted[name];
      }
      return this.show();
    }

    changed(side, name) {
      const [left, right] = this.sides;
      const before = { ...left.wanted };
      side.read();
      if (name === "layer") side.wanted.channel = null;
      for (const shared of SHARED) {
        if (side === left && right.wanted[shared] === before[shared]) right.wanted[shared] = left.wanted[shared];
      }
      return this.show(true);
    }

    swap() {
      const [left, right] = this.sides;
      [left.wanted, right.wanted] = [right.wanted, left.wanted];
      return this.show(true);
    }

    /* Both sides go on to the next filter of their layer; where one's data is not there, it is asked for again. */
    next() {
      if (this.sides.every((side) => side.layer)) this.sides.forEach((side) => side.step());
      return this.show(true);
    }

    async show(write = false) {
      const asked = ++this.asked;
      try {
        await Promise.all(this.sides.map((side) => side.load()));
      } catch (error) {
        if (asked === this.asked) this.say(error.message, []);
        return;
      }
      if (asked !== this.asked) return; // something else was chosen meanwhile
      const [left, right] = this.sides;
      left.settle(null);
      right.settle(left);
      if (write) history.replaceState(history.state, "", this.address());
      this.say(`${said(left)} beside ${said(right)}`, contents(left, right, this.root));
    }

    say(words, result) {
      this.status.textContent = words;
      this.result.replaceChildren(...result);
    }

    address() {
      const [left, right] = this.sides;
      const parts = [["a", left.name], ["b", right.name]];
      for (const name of SHARED) {
        if (left.wanted[name]) parts.push([name, left.wanted[name]]);
        if (right.wanted[name] !== left.wanted[name]) parts.push([`${name}-b`, right.wanted[name]]);
      }
      // A colon may stand in an address as it is, and reads better so.
      return `#${parts.map(([key, value]) => `${key}=${encodeURIComponent(value).replaceAll("%3A", ":")}`).join("&")}`;
    }
  }

  const said = (side) => (side.unit ? side.name : `${side.name} (no card)`);

  /* One side: its fields, what is wanted, and the layer's data. */
  class Side {
    constructor(form, root) {
      this.form = form;
      this.root = root;
      this.fields = Object.fromEntries(["layer", "filter", "method", "photo"].map((name) => [name, form.querySelector(`[name=${name}]`)]));
      const options = [...this.fields.layer.options];
      const made = options.filter((option) => "made" in option.dataset);
      const first = made[Math.floor(made.length / 2)] ?? options[0]; // halfway: the first ones know colours alone
      this.wanted = { slug: first.value, channel: null, method: "", photo: "" };
      this.layer = null;
      this.unit = null;
    }

    /* The unit as addresses name it: features.15:220. */
    get name() {
      return `${this.layer.name}:${this.wanted.channel}`;
    }

    /* Want what an address names; another side's layer where it names none, or one without a page. */
    wish(name, other) {
      const at = (name ?? "").lastIndexOf(":");
      const found = [...this.fields.layer.options].find((option) => at > 0 && option.dataset.name === name.slice(0, at));
      const number = found && name.slice(at + 1);
      this.wanted = {
        slug: found ? found.value : other.wanted.slug,
        channel: /^\d+$/.test(number ?? "") ? Number(number) : null,
      };
    }

    read() {
      this.wanted.slug = this.fields.layer.value;
      this.wanted.channel = this.found(this.fields.filter.value);
      for (const name of SHARED) {
        if (this.fields[name]?.value) this.wanted[name] = this.fields[name].value; // it has none where there is no choice
      }
    }

    /* The unit that a reader means: its number, or the first whose name or caption has the word. */
    found(text) {
      const units = this.layer?.units ?? [];
      const wanted = text.trim().toLowerCase();
      const number = /^\d+$/.test(wanted) ? Number(wanted) : null;
      if (number !== null) return number;
      const unit = wanted && units.find((each) => [each.name, each.words, ...each.flags].join(" ").toLowerCase().includes(wanted));
      return unit ? unit.channel : this.wanted.channel;
    }

    /* The layer that is wanted, or none until its data is there. What arrives after another was chosen is let go. */
    async load() {
      const { slug } = this.wanted;
      this.layer = null;
      this.fields.layer.value = slug; // if its data is missing too, so that another can be chosen
      const layer = await gallery.load(slug, this.root);
      if (slug === this.wanted.slug) this.layer = layer;
    }

    step() {
      const channels = this.layer.units.map((unit) => unit.channel);
      this.wanted.channel = channels[(channels.indexOf(this.wanted.channel) + 1) % channels.length];
    }

    /* Choose what was left open: the first filter that has a picture, or the one after the other side's. */
    settle(other) {
      const units = this.layer.units;
      if (this.wanted.channel === null) {
        const has = (each) => gallery.made(each).length > 0;
        const inOrder = [...units.filter(has), ...units.filter((each) => !has(each))];
        const taken = other && other.layer === this.layer ? inOrder.findIndex((each) => each.channel === other.wanted.channel) : -1;
        this.wanted.channel = inOrder[(taken + 1) % inOrder.length].channel;
      }
      this.unit = this.layer.byChannel.get(this.wanted.channel) ?? null;
      this.fields.filter.value = this.wanted.channel;
      const label = this.fields.filter.closest("label")?.querySelector("span");
      if (label) label.textContent = gallery.capital(this.layer.noun);
      this.form.querySelector("datalist").replaceChildren(
        ...units.map((each) => make("option", { value: each.channel, label: each.name || each.words })),
      );
      const pictures = this.unit ? gallery.made(this.unit) : [];
      const photos = this.layer.photos.filter((each) => this.map(each));
      this.picture = this.choose("method", pictures.map((each) => [each.method, each.title, each]), "none was made");
      this.photo = this.choose("photo", photos.map((each) => [each.name, each.title, each]), "no maps");
    }

    /* The unit's map of a photo. */
    map(photo) {
      return this.unit && photo && this.unit.maps.find((each) => each.photo === photo.name);
    }

    /* Fill a select, and return what belongs to the choice: what is wanted, or else the first.
       Where there is no choice it says why; a gallery that never has one lacks the select. */
    choose(name, choices, lacks) {
      const field = this.fields[name];
      if (!field) return null;
      const options = choices.length ? choices : [["", lacks]];
      field.replaceChildren(...options.map(([value, title]) => make("option", { value }, title || value)));
      field.disabled = !choices.length;
      const chosen = choices.find(([value]) => value === this.wanted[name]) ?? choices[0];
      if (!chosen) return null;
      field.value = chosen[0];
      return chosen[2];
    }
  }

  function contents(left, right, root) {
    const both = [left, right];
    const rows = [
      row("Made to drive it", both, (side) => made(side, root)),
      row("How it responds", both, (side) => answer(side, root), SCALES),
      row("The kernel", both, (side) => kernel(side, root)),
      row("What drives it most in photos", both, (side) => natural(side, root)),
    ];
    return [make("div.cg-pair", {}, ...both.map((side) => heading(side, root))), ...rows, numbers(both)].filter(Boolean);
  }

  function heading({ layer, unit, wanted }, root) {
    const title = `${gallery.capital(layer.noun)} ${wanted.channel}`;
    const page = gallery.page(root, `layers/${layer.slug}`);
    if (!unit) return make("div", {}, make("h2", {}, title), make("p.cg-note", {}, `${layer.name} has no card for this ${layer.noun}. It has: ${some(layer.units)}.`));
    return make(
      "div",
      {},
      make("h2", {}, make("a", { href: `${page}#unit-${unit.channel}` }, unit.name || title), make("small", {}, ...gallery.breakable(layer.title))),
      unit.words ? make("p.cg-note", {}, unit.words) : null,
    );
  }

  const some = (units) => units.slice(0, 12).map((unit) => unit.channel).join(", ") + (units.length > 12 ? " …" : "");

  /* A row of the two sides. What only one of them has can be compared with nothing: it is folded away. */
  function row(title, both, draw, note = "") {
    const drawn = both.map(draw);
    const has = both.filter((_, at) => drawn[at]);
    if (!has.length) return null;
    if (has.length === 1) {
      const says = make("summary", {}, title, make("small", {}, `only for ${has[0].name}`));
      return make("details.cg-how", {}, says, drawn.find(Boolean));
    }
    return make("section", {}, make("h3", {}, title), note ? make("p.cg-note", {}, note) : null, make("div.cg-pair", {}, ...drawn));
  }

  function figure(content, is, shows, key = null) {
    const words = [make("span.cg-is", {}, is), shows ? make("span.cg-shows", {}, shows) : null, key];
    return make("figure.cg-card", {}, content, make("figcaption", {}, ...words));
  }

  function made({ picture }, root) {
    if (!picture) return null;
    const { alt, width, height } = picture;
    const image = make("img", { alt, width, height, decoding: "async" });
    image.src = `${root}/${picture.src}`;
    return figure(make("a.cg-mat", { href: `${root}/${picture.src}` }, image), picture.title, picture.sentence);
  }

  function answer(side, root) {
    const { layer, unit, photo } = side;
    const map = side.map(photo);
    if (!map) return null;
    const seen = make("img", { alt: `The photo ${photo.title}`, width: 224, height: 224, decoding: "async" });
    seen.src = `${root}/${photo.src}`;
    const tile = gallery.tile(layer, map.tile, gallery.mapAlt(layer, unit, photo.title), root);
    return figure(make("span.cg-mat.cg-both", {}, seen, tile), photo.title, gallery.answer(map), gallery.mapKey(layer, map));
  }

  function kernel({ layer, unit }, root) {
    if (!unit || !unit.kernel) return null;
    const sheet = layer.sheets[unit.kernel[0]];
    const tile = gallery.tile(layer, unit.kernel, gallery.kernelAlt(unit), root);
    return figure(make("span.cg-mat.cg-kernel", {}, tile), gallery.kernelAlt(unit), sheet.part, gallery.legend(sheet));
  }

  function natural({ layer, unit }, root) {
    if (!unit || !unit.exemplars) return null;
    if (!unit.exemplars.top.length) return make("p.cg-note", {}, "Nothing in these photos drives it.");
    const crops = unit.exemplars.top.map((crop) => {
      const tile = gallery.tile(layer, crop.tile, crop.alt, root);
      return figure(make("span.cg-mat", {}, tile), crop.says, crop.title);
    });
    return make("div.cg-crops", {}, ...crops);
  }

  /* The facts of two pictures in one table; what only one of them has is a dash for the other. */
  function numbers(both) {
    const facts = both.map((side) => new Map(side.picture ? side.picture.facts : []));
    const names = [...new Set(facts.flatMap((each) => [...each.keys()]))];
    if (facts.some((each) => !each.size)) return null;
    const rows = names.map((name) =>
      make("tr", {}, make("th", { scope: "row" }, name), ...facts.map((each) => make("td", {}, each.get(name) ?? "\u2013"))),
    );
    const heads = both.map((side) => make("th", { scope: "col" }, ...gallery.breakable(side.name)));
    const head = make("thead", {}, make("tr", {}, make("td"), ...heads));
    return make("section", {}, make("h3", {}, "In numbers"), make("div.cg-scroll", {}, make("table.cg-table.cg-figures", {}, head, make("tbody", {}, ...rows))));
  }

  document.addEventListener("DOMContentLoaded", () => {
    const place = document.querySelector(".cg-compare");
    if (place) gallery.compare = new Compare(place);
  });
})();
