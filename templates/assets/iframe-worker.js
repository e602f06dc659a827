/* Search on pages opened from a file.

   Browsers let no page with a file: address start a Worker, and the theme's search is one. Here a
   hidden iframe stands in for it: the script runs in the frame's own window, and messages pass
   between the two windows. The name IFrameWorker tells the theme's script that it runs like this.
   Pages from a server keep the browser's own Worker. */
(function () {
  "use strict";
  if (window.location.protocol !== "file:") return;

  class IFrameWorker extends EventTarget {
    constructor(url) {
      super();
      this.onmessage = null;
      this.onerror = null;
      this.waiting = [];
      this.frame = document.createElement("iframe");
      this.frame.hidden = true;
      this.frame.title = "Search";
      this.frame.setAttribute("aria-hidden", "true");
      (document.body || document.documentElement).appendChild(this.frame);
      // Written at once: some browsers would otherwise put a fresh empty page in its place later.
      const page = this.frame.contentDocument;
      page.open();
      page.write("<!doctype html><head><title>Search</title></head>");
      page.close();
      this.scope = this.prepare(this.frame.contentWindow);
      load(this.scope, new URL(url, document.baseURI).href).then(
        () => this.start(),
        (error) => this.emit(new ErrorEvent("error", { message: error.message })),
      );
    }

    /* Gives the frame's window what a worker's script expects to find. */
    prepare(scope) {
      scope.postMessage = (data) =>
        setTimeout(() => this.emit(new MessageEvent("message", { data: structuredClone(data) })));
      scope.importScripts = (...urls) =>
        urls.reduce((before, url) => before.then(() => load(scope, url)), Promise.resolve());
      scope.close = () => this.terminate();
      return scope;
    }

    /* Messages sent while the script was loading wait for it, in order. */
    start() {
      const waiting = this.waiting;
      this.waiting = null;
      waiting.forEach((data) => this.deliver(data));
    }

    postMessage(data) {
      const copy = structuredClone(data);
      if (this.waiting) this.waiting.push(copy);
      else this.deliver(copy);
    }

    deliver(data) {
      setTimeout(() => {
        if (!this.scope) return;
        const event = new this.scope.MessageEvent("message", { data });
        this.scope.dispatchEvent(event);
        if (typeof this.scope.onmessage === "function") this.scope.onmessage(event);
      });
    }

    emit(event) {
      if (!this.scope) return;
      this.dispatchEvent(event);
      const handler = this["on" + event.type];
      if (typeof handler === "function") handler.call(this, event);
    }

    terminate() {
      this.frame.remove();
      this.scope = null;
    }
  }

  function load(scope, url) {
    return new Promise((resolve, reject) => {
      const script = scope.document.createElement("script");
      script.src = url;
      script.onload = resolve;
      script.onerror = () => reject(new Error("The script " + url + " could not be loaded."));
      scope.document.head.appendChild(script);
    });
  }

  window.IFrameWorker = IFrameWorker;
  window.Worker = IFrameWorker;
})();
