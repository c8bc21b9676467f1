// Every chart as rows: for the table beside it, for CSV, and for the kinds that are tables anyway.
// A table is {columns: [{title, kind, unit?}], rows: [[...]], total?}; text is only ever set as text.
(function () {
  "use strict";
  const charts = window.gitinsight.charts;
  const SHOWN_ROWS = 500;
  const NUMERIC = new Set(["number", "percent"]);

  const asNumber = (title, unit) => ({ title, unit: unit === "share" ? "" : unit, kind: unit === "share" ? "percent" : "number" });
  const asText = (title, kind = "text") => ({ title, kind });

  const tableOf = {
    table: (content) => content,

    commits(content) {
      const noted = content.commits.some((commit) => commit.note);
      const columns = [asText("Commit", "commit"), asText("Subject"), asText("Author", "person"), asText("Date", "date")];
      const rows = content.commits.map((commit) => {
        const row = [commit.commit, commit.subject, commit.author, commit.at];
        return noted ? [...row, commit.note || ""] : row;
      });
      return { columns: noted ? [...columns, asText("Why")] : columns, rows, total: content.total };
    },

    chart(content) {
      const parts = [
        ...content.series.map((series) => ({ name: series.name, points: series.points, at: 1 })),
        ...(content.bands || []).flatMap((band) => [
          { name: band.name + ", low", points: band.points, at: 1 },
          { name: band.name + ", high", points: band.points, at: 2 },
        ]),
      ];
      const rowByTime = new Map();
      parts.forEach((part, index) => part.points.forEach((point) => {
        if (!rowByTime.has(point[0])) rowByTime.set(point[0], new Array(parts.length).fill(null));
        rowByTime.get(point[0])[index] = point[part.at];
      }));
      const times = content.x ? [...rowByTime.keys()].sort((a, b) => a - b) : [...rowByTime.keys()].sort().reverse();
      const first = content.x ? asNumber(content.x.title, content.x.unit) : asText("Date", "date");
      return {
        columns: [first, ...parts.map((part) => asNumber(part.name, content.unit))],
        rows: times.map((time) => [time, ...rowByTime.get(time)]),
      };
    },

    treemap(content) {
      const leaves = charts.leaves(content.tree);
      leaves.sort((a, b) => (b.color ?? -Infinity) - (a.color ?? -Infinity) || b.size - a.size);
      return {
        columns: [asText("File", "file"), asNumber(content.size.title, content.size.unit), asNumber(content.color.title, content.color.unit)],
        rows: leaves.map((leaf) => [leaf.path ?? leaf.name, leaf.size, leaf.color ?? null]),
      };
    },

    graph(content) {
      const names = new Map(content.nodes.map((node) => [node.id, node.name]));
      const links = [...content.links].sort((a, b) => b.weight - a.weight);
      return {
        columns: [asText("From"), asText("To"), asNumber("Weight")],
        rows: links.map((link) => [names.get(link.source) ?? link.source, names.get(link.target) ?? link.target, link.weight]),
      };
    },

    matrix: (content) => ({
      columns: [asText(""), ...content.columns.map((name) => asNumber(String(name), content.unit))],
      rows: content.rows.map((name, index) => [String(name), ...content.values[index]]),
    }),
  };

  function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    Object.entries(attributes).forEach(([name, value]) => value !== "" && made.setAttribute(name, value));
    made.append(...children);
    return made;
  }

  // The address of a commit, file or person: only web addresses and our own paths are links.
  function address(links, kind, ref) {
    const form = (links && links[kind]) || "";
    if (!/^(https?:\/\/|[/#?])/.test(form)) return "";
    return form.replace("{ref}", () => String(ref).split("/").map(encodeURIComponent).join("/"));
  }

  function cell(value, column, links) {
    const numeric = NUMERIC.has(column.kind);
    const made = element("td", { "data-label": column.title, "data-value": value ?? "", class: numeric ? "gi-number" : "gi-kind-" + column.kind });
    if (value === null || value === undefined) made.append(element("span", { class: "gi-soft" }, "n/a"));
    else if (numeric) made.append(charts.number(value, column.kind === "percent" ? "share" : ""));
    else if (column.kind === "date") made.append(element("time", { datetime: value }, String(value).slice(0, 10)));
    else {
      const text = column.kind === "commit" ? String(value).slice(0, 10) : String(value);
      const href = address(links, column.kind, value);
      made.append(href ? element("a", { href }, text) : text);
    }
    return made;
  }

  function heading(column) {
    const told = !column.unit || column.unit === "share" || column.title.toLowerCase().includes(column.unit.toLowerCase());
    const unit = told ? "" : " (" + column.unit + ")";
    return element("th", { scope: "col", class: NUMERIC.has(column.kind) ? "gi-number" : "" }, column.title + unit);
  }

  function draw(table, caption, links) {
    const shown = table.rows.slice(0, SHOWN_ROWS);
    const total = table.total ?? table.rows.length;
    const made = element("table", { class: "gi-table gi-table-stack", "data-sortable": "yes" });
    if (total > shown.length) made.append(element("caption", {}, charts.number(shown.length) + " of " + charts.number(total)));
    made.append(element("thead", {}, element("tr", {}, ...table.columns.map(heading))));
    const rows = shown.map((row) => element("tr", {}, ...row.map((value, index) => cell(value, table.columns[index], links))));
    made.append(element("tbody", {}, ...rows));
    makeSortable(made);
    return element("div", { class: "gi-table-wrap", tabindex: "0", role: "region", "aria-label": caption }, made);
  }

  function makeSortable(table) {
    if (table.querySelector(".gi-sort")) return;
    [...table.tHead.rows[0].cells].forEach((header, index) => {
      if (!header.textContent.trim()) return;
      const button = element("button", { class: "gi-sort", type: "button" }, ...header.childNodes);
      header.append(button);
      button.addEventListener("click", () => sort(table, header, index));
    });
  }

  // Missing values stay last in both directions.
  function sort(table, header, index) {
    const numeric = header.classList.contains("gi-number");
    const down = header.getAttribute("aria-sort") === (numeric ? "descending" : "ascending") ? !numeric : numeric;
    [...header.parentNode.cells].forEach((other) => other.removeAttribute("aria-sort"));
    header.setAttribute("aria-sort", down ? "descending" : "ascending");
    const key = (row) => row.cells[index].dataset.value ?? row.cells[index].textContent;
    const sign = down ? -1 : 1;
    const rows = [...table.tBodies[0].rows].sort((a, b) => {
      const [left, right] = [key(a), key(b)];
      if (left === "" || right === "") return (left === "") - (right === "");
      return sign * (numeric ? Number(left) - Number(right) : left.localeCompare(right, "en", { numeric: true }));
    });
    table.tBodies[0].append(...rows);
  }

  // A text that a spreadsheet would run as a formula gets an apostrophe before it.
  function csvField(value) {
    if (typeof value === "number") return String(value);
    let text = value === null || value === undefined ? "" : String(value);
    if (/^[=+\-@\t\r]/.test(text)) text = "'" + text;
    return /[",\r\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
  }

  const csv = (table) => [table.columns.map((column) => column.title), ...table.rows]
    .map((row) => row.map(csvField).join(",")).join("\r\n") + "\r\n";

  Object.assign(charts, { tableOf, drawTable: draw, makeSortable, csv, address, element });
})();
