// What every page gets on top of plain HTML: the theme button, single keys, the CSRF header of htmx
// requests, relative times, and errors of htmx requests as alerts in the page.
(function () {
  "use strict";
  const KEYS = "gitinsight-keys";
  const SECOND_KEY_MS = 1200;
  const STEPS = [
    ["year", 31557600],
    ["month", 2629800],
    ["week", 604800],
    ["day", 86400],
    ["hour", 3600],
    ["minute", 60],
  ];

  // Theme

  const button = document.getElementById("theme");
  button.hidden = false;
  button.addEventListener("click", window.gitinsight.toggleTheme);

  // Keyboard

  const help = document.getElementById("keys");
  const switchBox = document.getElementById("keys-on");
  let waitingForSecond = 0;

  function keysAreOn() {
    try {
      return localStorage.getItem(KEYS) !== "off";
    } catch {
      return true;
    }
  }

  switchBox.checked = keysAreOn();
  switchBox.addEventListener("change", () => {
    try {
      localStorage.setItem(KEYS, switchBox.checked ? "on" : "off");
    } catch {
      // Without storage the keys stay on.
    }
  });

  function isTyping(target) {
    return target.closest("input, textarea, select, [contenteditable]") !== null;
  }

  function goTo(key) {
    const address = { o: document.body.dataset.overview, r: document.body.dataset.repositories }[key];
    if (address) window.location.assign(address);
    return Boolean(address);
  }

  function press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.key === "Escape") return leave(event.target);
    if (isTyping(event.target) || !keysAreOn()) return;
    const second = Date.now() - waitingForSecond < SECOND_KEY_MS;
    waitingForSecond = 0;
    if (second && goTo(event.key)) return;
    if (event.key === "g") {
      waitingForSecond = Date.now();
    } else if (event.key === "/") {
      event.preventDefault();
      document.getElementById("search").select();
      document.getElementById("search").focus();
    } else if (event.key === "?") {
      help.togglePopover();
    }
  }

  function leave(target) {
    document.querySelectorAll(".gi-menu[open]").forEach((menu) => {
      menu.open = false;
      if (menu.contains(target)) menu.querySelector("summary").focus();
    });
    if (isTyping(target)) target.blur();
  }

  document.addEventListener("keydown", press);
  document.addEventListener("click", (event) => {
    document.querySelectorAll(".gi-menu[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });

  // Forms that undo nothing ask first: <form data-confirm="Remove flask and all its data?">.

  document.addEventListener("submit", (event) => {
    const question = event.target.dataset.confirm;
    if (question && !window.confirm(question)) event.preventDefault();
  });

  // Texts to take along: <button data-copy="id of the field" hidden>.

  document.querySelectorAll("[data-copy]").forEach((copy) => {
    copy.hidden = false;
  });
  document.addEventListener("click", async (event) => {
    const copy = event.target.closest("[data-copy]");
    if (!copy) return;
    const field = document.getElementById(copy.dataset.copy);
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      copy.textContent = "Copied";
    } catch {
      // The text is selected: the keyboard copies it where a script may not.
      copy.textContent = "Press Ctrl+C";
    }
  });

  // Relative times

  const words = new Intl.RelativeTimeFormat("en", { numeric: "always" });

  function elapsed(seconds) {
    const step = STEPS.find(([, width]) => Math.abs(seconds) >= width);
    if (!step) return "just now";
    return words.format(Math.trunc(seconds / step[1]), step[0]);
  }

  function refreshTimes(root) {
    root.querySelectorAll("time[data-ago]").forEach((element) => {
      const at = Date.parse(element.dateTime);
      if (!Number.isNaN(at)) element.textContent = elapsed((at - Date.now()) / 1000);
    });
  }

  refreshTimes(document);
  setInterval(() => refreshTimes(document), 60000);

  // htmx

  function say(title, text, passing = false) {
    const alert = document.createElement("div");
    alert.className = "gi-alert gi-critical";
    alert.toggleAttribute("data-passing", passing);
    const body = document.createElement("div");
    body.className = "gi-alert-text";
    const strong = document.createElement("strong");
    strong.textContent = title;
    body.append(strong, "\n" + text);
    alert.append(body);
    document.getElementById("messages").replaceChildren(alert);
    alert.scrollIntoView({ block: "nearest" });
  }

  function messageOf(request) {
    try {
      return JSON.parse(request.responseText).error.message;
    } catch {
      return "The server answered with status " + request.status + ".";
    }
  }

  document.addEventListener("htmx:configRequest", (event) => {
    const token = document.querySelector('meta[name="csrf-token"]');
    if (token) event.detail.headers["X-CSRFToken"] = token.content;
  });
  document.addEventListener("htmx:load", (event) => refreshTimes(event.detail.elt.parentNode || document));
  document.addEventListener("htmx:responseError", (event) => {
    say("That did not work", messageOf(event.detail.xhr) + " Nothing was changed; try again or reload the page.");
  });
  document.addEventListener("htmx:sendError", () => {
    say("The server cannot be reached", "This page goes on by itself when it answers again.", true);
  });

  // What was said of a connection that is back is no longer true.
  function takeBack() {
    document.querySelectorAll("#messages > [data-passing]").forEach((alert) => alert.remove());
  }

  document.addEventListener("htmx:afterOnLoad", takeBack);
  document.addEventListener("htmx:wsOpen", takeBack);
})();
