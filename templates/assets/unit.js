/* An open card: everything that is known of one filter, over the page that it stands on.
   Its address is its permalink. Back closes it, forward opens it again, arrows and swipes walk. */
(function () {
  "use strict";
  const gallery = (window.cnnGallery = window.cnnGallery || {});
  const SWIPE = 48; // pixels

  class OpenCard {
    constructor(cards) {
      this.cards = cards;
      this.channel = null;
      this.dialog = null;
      this.missing = null;
      cards.grid.addEventListener("click", (event) => this.clicked(event));
      for (const card of cards.cards) card.mat.setAttribute("aria-haspopup", "dialog");
      window.addEventListener("popstate", () => this.follow());
      window.addEventListener("hashchange", () => this.follow());
      this.follow();
    }

    clicked(event) {
      const card = event.target.closest(".cg-card");
      const plain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
      if (!card || !plain) return;
      const selecting = !event.target.closest("a") && !getSelection().isCollapsed; // a piece of the caption
      if (selecting) return;
      event.preventDefault();
      const channel = Number(card.id.replace("unit-", ""));
      const { chosen } = gallery.address.read();
      gallery.address.write(channel, chosen, { step: true, state: { ...history.state, cgOpened: true } });
      this.show(channel);
    }

    /* Be as the address has it. */
    follow() {
      const { unit } = gallery.address.read();
      const there = this.cards.byChannel.has(unit);
      if (there) this.show(unit);
      else this.hide();
      this.miss(there ? null : unit);
    }

    /* Say that a unit has no card, where the address asks for it; say nothing of no unit. */
    miss(channel) {
      this.missing?.remove();
      if (channel === null) return;
      const has = this.cards.cards.map((card) => card.channel);
      const some = has.slice(0, 12).join(", ") + (has.length > 12 ? " \u2026" : ".");
      const says = `${gallery.capital(this.cards.grid.dataset.noun ?? "filter")} ${channel} has no card on this page. These have one: ${some}`;
      this.missing = gallery.element("p.cg-missed", { role: "status", tabindex: "-1" }, says);
      this.cards.grid.before(this.missing);
      this.missing.focus(); // which scrolls to it, and has it read out
    }

    async show(channel) {
      if (this.channel === channel) return;
      this.channel = channel;
      const layer = await this.cards.load();
      if (this.channel !== channel) return; // meanwhile the reader went on
      if (!layer) {
        this.channel = null; // so that the next press tries again
        return;
      }
      this.dialog ??= this.makeDialog();
      const place = this.place(channel);
      this.dialog.replaceChildren(...gallery.unitContents(layer, channel, this.cards.root, place));
      this.dialog.scrollTop = 0;
      if (!this.dialog.open) {
        document.documentElement.classList.add("cg-still");
        this.dialog.showModal();
      }
      this.dialog.querySelector("h2").focus();
    }

    /* The neighbours in the order of the cards that are there. */
    place(channel) {
      const order = this.cards.order;
      const at = order.indexOf(channel);
      const before = at > 0 ? order[at - 1] : null;
      const after = at >= 0 && at + 1 < order.length ? order[at + 1] : null;
      return { before, after, go: (to) => this.go(to), close: () => this.close() };
    }

    go(channel) {
      if (channel === null) return;
      gallery.address.write(channel, gallery.address.read().chosen);
      this.show(channel);
    }

    close() {
      const opened = history.state && history.state.cgOpened;
      if (opened) history.back();
      else gallery.address.write(null, gallery.address.read().chosen);
      this.hide();
    }

    hide() {
      const channel = this.channel;
      this.channel = null;
      if (!this.dialog || !this.dialog.open) return;
      document.documentElement.classList.remove("cg-still");
      this.dialog.close();
      this.dialog.replaceChildren(); // lets go of its pictures
      const card = this.cards.byChannel.get(channel);
      if (card) this.returnTo(card);
    }

    /* Go on from a card, or where it is not there, from the first that is, or from the field that says which are. */
    returnTo(card) {
      const found = card.figure.hidden ? this.cards.byChannel.get(this.cards.order[0]) : card;
      if (!found) return this.cards.form.elements.find.focus();
      found.mat.focus({ preventScroll: true });
      found.figure.scrollIntoView({ block: "nearest", behavior: "instant" });
    }

    makeDialog() {
      const dialog = gallery.element("dialog.cg-unit.md-typeset", { "aria-labelledby": "cg-unit-title" });
      dialog.addEventListener("cancel", (event) => {
        event.preventDefault();
        this.close();
      });
      dialog.addEventListener("click", (event) => {
        if (event.target === dialog) this.close(); // beside it
      });
      dialog.addEventListener("keydown", (event) => this.pressed(event));
      swipes(dialog, (way) => this.step(way));
      document.body.append(dialog);
      return dialog;
    }

    step(way) {
      const { before, after } = this.place(this.channel);
      this.go(way < 0 ? before : after);
    }

    pressed(event) {
      event.stopPropagation(); // the theme has keys of its own, for the page below
      const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      const scrolls = event.target.closest("pre");
      if (!way || scrolls || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.step(way);
    }
  }

  /* Tell of a finger that went sideways: -1 to the right, to what comes before; 1 to the left. */
  function swipes(element, tell) {
    let from = null;
    element.addEventListener("pointerdown", (event) => {
      from = event.pointerType === "mouse" || event.target.closest("pre") ? null : event;
    });
    element.addEventListener("pointerup", (event) => {
      if (!from || event.pointerId !== from.pointerId) return;
      const [across, down] = [event.clientX - from.clientX, event.clientY - from.clientY];
      if (Math.abs(across) > SWIPE && Math.abs(across) > 2 * Math.abs(down)) tell(across > 0 ? -1 : 1);
      from = null;
    });
    element.addEventListener("pointercancel", () => (from = null));
  }

  document.addEventListener("DOMContentLoaded", () => {
    if (gallery.cards) gallery.openCard = new OpenCard(gallery.cards);
  });
})();
