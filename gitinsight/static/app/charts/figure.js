// Brings every figure[data-chart] to life: loads its content, draws it, fills its table, exports it,
// draws it again when the theme or its width changes, and lets go of it when htmx takes it away.
(function () {
  "use strict";
  const charts = window.gitinsight.charts;
  const { element } = charts;
  const EXPORT_SIZE = { width: 1200, height: 675 };
  const live = new Map();

  charts.legendKey = (name, colour, opacity = 1) => {
    const key = element("span", { class: "gi-key" });
    key.style.background = colour;
    key.style.opacity = opacity;
    return element("span", {}, key, name);
  };

  // A node, not markup: paths and subjects are other people's text.
  charts.tip = (title, rows) => element("div", { class: "gi-tip" }, element("strong", {}, String(title)),
    ...rows.map(([name, value]) => element("div", { class: "gi-tip-row" }, element("span", {}, String(name)), element("span", {}, String(value)))));

  const titleOf = (figure) => document.getElementById(figure.id + "-title").textContent.trim();

  async function load(figure) {
    const inline = figure.querySelector('script[type="application/json"]');
    if (inline) return JSON.parse(inline.textContent);
    const answer = await fetch(figure.dataset.src, { credentials: "same-origin", headers: { Accept: "application/json" } });
    if (answer.status === 404) throw new Error("There is nothing to show here yet. It comes with the next analysis.");
    if (!answer.ok) throw new Error("The numbers could not be loaded (status " + answer.status + "). Reload the page to try again.");
    return answer.json();
  }

  async function start(figure) {
    if (live.has(figure)) return;
    const state = { figure, kind: figure.dataset.chart, links: JSON.parse(figure.dataset.links || "{}") };
    live.set(figure, state);
    try {
      const answer = await load(figure);
      state.kind = answer.kind || state.kind;
      state.content = answer.content || answer;
      show(state);
    } catch (error) {
      message(figure, error instanceof TypeError ? "The server cannot be reached. Reload the page to try again." : error.message);
      figure.querySelector(".gi-chart-foot").hidden = true;
    }
  }

  function message(figure, text) {
    figure.querySelector(".gi-chart-canvas").replaceChildren(element("p", { class: "gi-chart-message" }, text));
  }

  function show(state) {
    const { figure, kind, content, links } = state;
    state.table = charts.tableOf[kind](content);
    figure.querySelector(".gi-chart-tools").hidden = false;
    figure.addEventListener("click", (event) => exportAs(state, event.target.dataset.export));
    const canvas = figure.querySelector(".gi-chart-canvas");
    if (kind === "table" || kind === "commits") {
      const drawn = canvas.querySelector("table");
      if (!state.table.rows.length) message(figure, "Nothing to list.");
      else if (drawn) charts.makeSortable(drawn);
      else canvas.replaceChildren(charts.drawTable(state.table, titleOf(figure), links));
      return;
    }
    fillTable(state);
    if (charts.kinds[kind].isEmpty(content)) return message(figure, "No data in this window.");
    canvas.replaceChildren();
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", titleOf(figure) + ". The numbers are in the table below.");
    state.observer = new ResizeObserver(() => requestAnimationFrame(() => draw(state)));
    state.observer.observe(canvas);
  }

  // The table is filled when it is first opened: it may be long.
  function fillTable(state) {
    const place = state.figure.querySelector("[data-table]");
    if (!place) return;
    if (place.firstElementChild) return charts.makeSortable(place.querySelector("table"));
    place.closest("details").addEventListener("toggle", () => {
      if (!place.firstElementChild) place.append(charts.drawTable(state.table, titleOf(state.figure), state.links));
    });
  }

  function draw(state) {
    const canvas = state.figure.querySelector(".gi-chart-canvas");
    const { clientWidth: width, clientHeight: height } = canvas;
    const size = width + "x" + height;
    if (!width || !height || !state.figure.isConnected || state.size === size) return;
    state.size = size;
    if (!state.chart) {
      state.chart = window.echarts.init(canvas, null, { renderer: "canvas" });
      state.chart.on("click", (point) => open(state, point));
    }
    state.chart.resize();
    const { option, legend } = charts.kinds[state.kind].build(state.content, { colours: charts.colours(), width, height });
    state.chart.setOption(framed(option), { notMerge: true });
    showLegend(state.figure, legend);
  }

  function framed(option) {
    const colours = charts.colours();
    return {
      ...option,
      useUTC: true,
      animation: !charts.reducedMotion(),
      animationDuration: 200,
      animationDurationUpdate: 200,
      textStyle: { fontFamily: colours.font, color: colours.ink },
      tooltip: { ...option.tooltip, confine: true, borderWidth: 0, padding: 0, backgroundColor: "transparent", extraCssText: "box-shadow: none", transitionDuration: 0 },
    };
  }

  function showLegend(figure, parts) {
    let legend = figure.querySelector(".gi-legend");
    if (!parts.length) return legend && legend.remove();
    if (!legend) {
      legend = element("div", { class: "gi-legend" });
      figure.querySelector(".gi-chart-canvas").before(legend);
    }
    legend.replaceChildren(...parts);
  }

  // Facts of what was clicked, below the chart.
  function open(state, point) {
    const { click } = charts.kinds[state.kind];
    const found = click && click(point, state.content, state.chart);
    if (!found) return;
    let panel = state.figure.querySelector(".gi-facts");
    if (!panel) {
      panel = element("div", { class: "gi-facts", "aria-live": "polite" });
      state.figure.querySelector(".gi-chart-foot").before(panel);
    }
    const href = charts.address(state.links, found.kind, found.ref);
    const close = element("button", { class: "gi-button-quiet", type: "button" }, "Close");
    close.addEventListener("click", () => panel.remove());
    panel.replaceChildren(
      element("div", { class: "gi-facts-head" }, element("strong", {}, href ? element("a", { href }, found.ref) : found.ref), close),
      element("dl", {}, ...found.facts.flatMap(([name, value]) => [element("dt", {}, String(name)), element("dd", {}, String(value))])),
    );
  }

  // Export

  // The same chart off the page, with its title and legend, in a size of its own.
  function standalone(state, renderer) {
    const colours = charts.colours();
    const isDrawing = renderer === "svg";
    const place = isDrawing ? null : document.createElement("div");
    const chart = window.echarts.init(place, null, { renderer, ssr: isDrawing, devicePixelRatio: 2, ...EXPORT_SIZE });
    // Some labels come with a later frame only.
    const finished = new Promise((resolve) => chart.on("finished", resolve));
    const { option, caption = "" } = charts.kinds[state.kind].build(state.content, { colours, width: EXPORT_SIZE.width - 48, height: EXPORT_SIZE.height - 128 });
    const inset = { left: 24, right: 24, top: 96, bottom: 32 };
    const note = state.figure.querySelector(".gi-chart-note");
    chart.setOption({
      ...framed(option),
      animation: false,
      tooltip: undefined,
      backgroundColor: colours.surface,
      title: { text: titleOf(state.figure), subtext: ((note ? note.firstChild.textContent.trim() : "") + " " + caption).trim(), left: 20, top: 12, textStyle: { color: colours.ink, fontSize: 18 }, subtextStyle: { color: colours.soft } },
      legend: { show: state.kind === "chart", icon: "roundRect", top: 64, left: 20, textStyle: { color: colours.soft } },
      grid: option.grid && { ...option.grid, ...inset, top: inset.top + (option.grid.top || 0), right: inset.right + (option.grid.right || 0) },
      series: option.grid ? option.series : option.series.map((series) => ({ ...series, ...inset })),
    });
    return { chart, finished };
  }

  async function exportAs(state, format) {
    if (!format) return;
    const name = state.figure.id + "." + format;
    if (format === "csv") return save(name, new Blob(["\ufeff", charts.csv(state.table)], { type: "text/csv" }));
    const { chart, finished } = standalone(state, format === "svg" ? "svg" : "canvas");
    if (format === "svg") {
      save(name, new Blob([chart.renderToSVGString()], { type: "image/svg+xml" }));
      chart.dispose();
      return;
    }
    await finished;
    chart.renderToCanvas().toBlob((blob) => {
      save(name, blob);
      chart.dispose();
    }, "image/png");
  }

  function save(name, blob) {
    const address = URL.createObjectURL(blob);
    element("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  }

  // Life and death

  function within(root) {
    const inside = [...root.querySelectorAll("figure[data-chart]")];
    return root.matches && root.matches("figure[data-chart]") ? [root, ...inside] : inside;
  }

  // What is folded away loads when it is opened.
  const isFolded = (figure) => figure.closest("details:not([open])") !== null;

  function scan(root) {
    within(root).filter((figure) => !isFolded(figure)).forEach(start);
    root.querySelectorAll("table[data-sortable]").forEach(charts.makeSortable);
  }

  function drop(root) {
    within(root).forEach((figure) => {
      const state = live.get(figure);
      if (!state) return;
      if (state.observer) state.observer.disconnect();
      if (state.chart) state.chart.dispose();
      live.delete(figure);
    });
  }

  scan(document);
  document.addEventListener("toggle", (event) => event.target.open && scan(event.target), true);
  document.addEventListener("htmx:load", (event) => scan(event.detail.elt));
  document.addEventListener("htmx:beforeCleanupElement", (event) => event.detail.elt.querySelectorAll && drop(event.detail.elt));
  document.addEventListener("gitinsight:theme", () => live.forEach((state) => {
    state.size = "";
    if (state.observer) draw(state);
  }));
})();
