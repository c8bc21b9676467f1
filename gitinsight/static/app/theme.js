// Sets the theme before the first paint: the remembered choice, else the system's. It stands in the
// head and is not deferred, because a page that is drawn first and darkened after would flash.
(function () {
  "use strict";
  const KEY = "gitinsight-theme";
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");

  // Storage may be switched off; the theme then lasts as long as the page.
  function remembered() {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null;
    }
  }

  function apply() {
    const choice = remembered();
    const known = choice === "light" || choice === "dark";
    show(known ? choice : system.matches ? "dark" : "light");
  }

  function show(theme) {
    if (root.dataset.bsTheme === theme) return;
    root.dataset.bsTheme = theme;
    document.dispatchEvent(new CustomEvent("gitinsight:theme", { detail: theme }));
  }

  function toggle() {
    const theme = root.dataset.bsTheme === "dark" ? "light" : "dark";
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // Without storage the choice cannot be kept; it still holds for this page.
    }
    show(theme);
  }

  apply();
  system.addEventListener("change", apply);
  window.addEventListener("storage", (event) => event.key === KEY && apply());
  window.gitinsight = { toggleTheme: toggle };
})();
