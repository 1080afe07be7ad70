// Everything a page does beyond reading; without this file every page still reads.
(() => {
  "use strict";
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const kept = document.cookie.match(/(?:^|; )kizashi_zone=([^;]*)/);
  if (/^[\w+\-/]+$/.test(zone) && (!kept || kept[1] !== zone)) {
    document.cookie = `kizashi_zone=${zone}; path=/; max-age=31536000; SameSite=Lax`;
    // The first page of a visit was written in UTC: once more, in the reader's zone.
    if (document.cookie.includes(`kizashi_zone=${zone}`)) location.reload();
  }

  // A menu that is wider than the window shows where the reader is.
  document.querySelector(".top [aria-current=page]")?.scrollIntoView({ block: "nearest", inline: "center" });

  // Live: say truly whether news arrives.
  const mark = document.getElementById("live-mark");
  const say = (state) => { if (mark && mark.dataset.live !== "still") mark.dataset.live = state; };
  document.addEventListener("htmx:sse:after:connection", () => say("on"));
  document.addEventListener("htmx:sse:after:message", () => say("on"));
  document.addEventListener("htmx:sse:error", () => say("off"));
  document.addEventListener("htmx:sse:before:connection", (event) => {
    if (event.detail.connection && event.detail.connection.attempt > 0) say("off");
  });
  document.addEventListener("htmx:error", () => say("off"));

  // Keys: / searches, g and a letter goes, ? helps.
  const help = document.getElementById("help");
  let isGoing = false;
  const isTyping = (target) => target.closest("input, textarea, select, [contenteditable]");
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (isGoing) {
      isGoing = false;
      for (const link of document.querySelectorAll("a[data-key]")) {
        if (link.dataset.key === event.key) { event.preventDefault(); link.click(); return; }
      }
    }
    if (event.key === "/") {
      event.preventDefault();
      document.getElementById("search").focus();
    } else if (event.key === "g") {
      isGoing = true;
      setTimeout(() => { isGoing = false; }, 1500);
    } else if (event.key === "?") {
      event.preventDefault();
      if (!help.open) help.showModal();
    }
  });
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (!opener) return;
    const dialog = document.getElementById(opener.dataset.opens);
    if (dialog) { event.preventDefault(); dialog.showModal(); }
  });
  document.documentElement.classList.add("scripted");
})();
