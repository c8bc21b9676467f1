// The kinds that show structure: treemap (where the code is), graph (what goes with what), matrix.
(function () {
  "use strict";
  const charts = window.gitinsight.charts;
  const { element } = charts;
  const WIDE = 560;
  const MIN_LABEL = 44;
  const LETTER = 7;
  const DEPTH = 40;

  function leaves(node, found = []) {
    if (node.children) node.children.forEach((child) => leaves(child, found));
    else found.push(node);
    return found;
  }

  // "Colour: fixes  0 [] 8 [] 16 [] ... 41", with a grey field where some have no value.
  function rampLegend(title, unit, scale) {
    const last = scale.borders.length - 1;
    const fields = scale.borders.slice(1).flatMap((border, step) => [
      element("i", { class: "gi-ramp-" + step }),
      step + 1 === last ? charts.quantity(border, unit) : charts.number(scale.borders[last] >= 10 ? Math.round(border) : border, unit),
    ]);
    const parts = [
      ...(title ? [element("span", {}, title)] : []),
      element("span", { class: "gi-ramp" }, charts.number(scale.borders[0], unit), ...fields),
    ];
    if (scale.hasGaps) parts.push(element("span", { class: "gi-ramp" }, element("i", { class: "gi-ramp-none" }), "no value"));
    return parts;
  }

  const named = (measure) => measure.title + (measure.unit && measure.unit !== "share" ? " (" + measure.unit + ")" : "");

  const spanOf = (scale) => "from light (" + charts.number(scale.borders[0]) + ") to strong (" + charts.number(scale.borders.at(-1)) + ")";

  // Treemap

  function sizeOf(node) {
    return node.children ? node.children.reduce((sum, child) => sum + sizeOf(child), 0) : node.size;
  }

  // What holds others: a directory, or a file that was opened and shows its parts.
  const holder = (colours) => ({
    itemStyle: { color: colours.surface, borderColor: colours.surface },
    emphasis: { itemStyle: { color: colours.sunken, borderColor: colours.sunken } },
  });

  function field(node, scale, colours) {
    const bin = scale.bin(node.color);
    const colour = bin < 0 ? colours.none : colours.ramp[bin];
    return { name: node.name, value: node.size, leaf: node, itemStyle: { color: colour, borderColor: colour }, label: { color: charts.inkOn(colour) }, emphasis: { itemStyle: { opacity: 0.75 } } };
  }

  function treeNode(node, scale, colours, parent, opened) {
    const id = parent + "/" + node.name;
    if (node.children) {
      const children = node.children.map((child) => treeNode(child, scale, colours, id, opened));
      return { id, name: node.name, value: sizeOf(node), directory: true, children, ...holder(colours) };
    }
    if (node.parts && id === opened) {
      const children = node.parts.map((part, index) => ({ ...field(part, scale, colours), id: id + "/" + index, path: node.path }));
      return { id, name: node.name, value: node.size, directory: true, children, ...holder(colours) };
    }
    return { id, ...field(node, scale, colours) };
  }

  // Within a file a function is known without its classes: "run" of "Flask.run".
  const ownName = (name) => name.split(/\.|::/).pop() || name;

  const treemapScale = (content) => charts.ramp(leaves(content.tree).map((leaf) => leaf.color ?? null));

  // The nodes to draw; `opened` is the id of the file that shows its parts, if there is one.
  function treemapNodes(content, colours, opened = "") {
    const scale = treemapScale(content);
    return (content.tree.children || [content.tree]).map((node) => treeNode(node, scale, colours, "", opened));
  }

  function treemap(content, view) {
    const { colours } = view;
    const scale = treemapScale(content);
    const option = {
      tooltip: {
        formatter(point) {
          const { leaf, path } = point.data || {};
          const { size, color } = path ? content.parts : content;
          const rows = [[size.title, charts.quantity(point.value, size.unit)]];
          if (leaf) rows.push([color.title, charts.quantity(leaf.color ?? null, color.unit)]);
          if (leaf && leaf.parts) rows.push([content.parts.title, charts.number(leaf.parts.length)]);
          return charts.tip((leaf && leaf.path) || point.name, rows);
        },
      },
      series: [{
        type: "treemap",
        name: content.tree.name || "All files",
        data: treemapNodes(content, colours),
        left: 0, right: 0, top: 0, bottom: 28,
        roam: false,
        nodeClick: false,
        visibleMin: 60,
        itemStyle: { gapWidth: 1, borderWidth: 0, borderColor: colours.surface },
        leafDepth: DEPTH,
        labelLayout: (label) => (label.rect && label.rect.width < MIN_LABEL ? { x: -9999 } : {}),
        label: { formatter: (point) => (point.data.path ? ownName(point.name) : point.name), fontSize: 12, overflow: "truncate", padding: 3, position: "insideTopLeft" },
        upperLabel: { show: true, height: 20, color: colours.ink, fontSize: 12, formatter: (point) => point.name, overflow: "truncate" },
        levels: [
          { itemStyle: { gapWidth: 3, borderWidth: 0 }, upperLabel: { show: false } },
          { itemStyle: { gapWidth: 1, borderWidth: 2 } },
          ...new Array(DEPTH).fill({ upperLabel: { show: view.width >= WIDE }, itemStyle: { borderWidth: view.width >= WIDE ? 0 : 1 } }),
        ],
        breadcrumb: {
          left: 0, bottom: 0, height: 22,
          itemStyle: { color: colours.sunken, borderColor: colours.surface, textStyle: { color: colours.ink } },
          emphasis: { itemStyle: { color: colours.line, textStyle: { color: colours.ink } } },
        },
        emphasis: { upperLabel: { color: colours.ink } },
      }],
    };
    const caption = "Area: " + named(content.size) + ". Colour: " + named(content.color) + ", " + spanOf(scale) + ".";
    const hint = leaves(content.tree).some((leaf) => leaf.parts) ? [element("span", {}, "A click on a file shows its " + content.parts.title.toLowerCase() + ".")] : [];
    return { option, caption, legend: [element("span", {}, "Area: " + named(content.size)), ...rampLegend("Colour: " + named(content.color), content.color.unit, scale), ...hint] };
  }

  const showBranch = (chart, id) => chart.dispatchAction({ type: "treemapRootToNode", seriesIndex: 0, targetNodeId: id });

  // A file's parts are drawn only while the map shows nothing but this file.
  function openFile(content, chart, id) {
    const redraw = (opened) => chart.setOption({ series: [{ data: treemapNodes(content, charts.colours(), opened) }] });
    chart.off("treemaproottonode");
    redraw(id);
    showBranch(chart, id);
    chart.on("treemaproottonode", (event) => {
      const target = event.targetNode ? event.targetNode.getId() : event.targetNodeId;
      if (target === id) return;
      chart.off("treemaproottonode");
      redraw("");
      showBranch(chart, target);
    });
  }

  // A directory opens, a file shows its facts and opens where it has parts; a part shows its facts.
  function treemapClick(point, content, chart) {
    if (!point.data) return null;
    if (point.data.directory) {
      showBranch(chart, point.data.id);
      return null;
    }
    const { leaf, path } = point.data;
    if (!leaf) return null;
    if (leaf.parts) openFile(content, chart, point.data.id);
    const { size, color } = path ? content.parts : content;
    const facts = Array.isArray(leaf.facts) ? leaf.facts : Object.entries(leaf.facts || {});
    return {
      kind: "file",
      ref: path || leaf.path || leaf.name,
      facts: [
        ...(path ? [["Name", leaf.name]] : []),
        [size.title, charts.quantity(leaf.size, size.unit)],
        [color.title, charts.quantity(leaf.color ?? null, color.unit)],
        ...facts.map((fact) => (Array.isArray(fact) ? [fact[0], charts.number(fact[1])] : ["", String(fact)])),
      ],
    };
  }

  // Graph

  function graph(content, view) {
    const { colours, width, height } = view;
    const wide = width >= WIDE;
    const room = Math.sqrt((width * height) / Math.max(1, content.nodes.length));
    const largest = content.nodes.reduce((most, node) => Math.max(most, node.size), 1);
    const heaviest = content.links.reduce((most, link) => Math.max(most, link.weight), 0) || 1;
    const labelled = new Set([...content.nodes].sort((a, b) => b.size - a.size).slice(0, wide ? 16 : 6).map((node) => node.id));
    const label = (node) => String(node.name).split("/").pop();
    const option = {
      tooltip: {
        formatter: (point) => (point.dataType === "edge"
          ? charts.tip(point.data.from + " – " + point.data.to, [["Weight", charts.number(point.data.value)]])
          : charts.tip(point.data.full, [["Size", charts.number(point.data.value)]])),
      },
      series: [{
        type: "graph",
        layout: "force",
        left: wide ? 80 : 40, right: wide ? 80 : 40, top: 24, bottom: 32,
        force: { initLayout: "circular", repulsion: room ** 2 / 80, edgeLength: [room / 3, room], gravity: wide ? 0.12 : 0.2, layoutAnimation: false },
        roam: "move",
        data: content.nodes.map((node) => ({
          id: String(node.id), name: label(node), full: String(node.name), value: node.size, node,
          symbolSize: (wide ? 8 : 6) + (wide ? 24 : 14) * Math.sqrt(Math.max(0, node.size) / largest),
          label: { show: labelled.has(node.id) },
        })),
        links: content.links.map((link) => ({
          source: String(link.source), target: String(link.target), value: link.weight,
          from: String(link.source), to: String(link.target),
          lineStyle: { width: 1 + 5 * (link.weight / heaviest) },
        })),
        itemStyle: { color: colours.accent, borderColor: colours.surface, borderWidth: 1 },
        lineStyle: { color: colours.strong, opacity: 0.55 },
        label: { position: "bottom", color: colours.ink, fontSize: 12, formatter: (point) => point.name, width: 120, overflow: "truncate", textBorderColor: colours.surface, textBorderWidth: 2 },
        labelLayout: { hideOverlap: true },
        emphasis: { focus: "adjacency", label: { show: true } },
      }],
    };
    return { option, legend: [element("span", {}, "Circle: size. Line: weight, up to " + charts.number(heaviest) + ".")] };
  }

  function graphClick(point, content) {
    if (point.dataType !== "node") return null;
    const id = point.data.node.id;
    const names = new Map(content.nodes.map((node) => [node.id, node.name]));
    const links = content.links
      .filter((link) => link.source === id || link.target === id)
      .sort((a, b) => b.weight - a.weight)
      .slice(0, 10);
    const other = (link) => String(names.get(link.source === id ? link.target : link.source));
    return { kind: "file", ref: point.data.full, facts: [["Size", charts.number(point.data.value)], ...links.map((link) => [other(link), charts.number(link.weight)])] };
  }

  // Matrix

  function matrix(content, view) {
    const { colours, width, height } = view;
    const scale = charts.ramp(content.values.flat());
    const room = width >= WIDE ? 160 : 88;
    const cellWidth = (width - room) / content.columns.length;
    const text = { color: colours.soft, fontSize: 12, overflow: "truncate" };
    const longest = LETTER * content.columns.reduce((most, name) => Math.max(most, String(name).length), 1) + 4;
    const turned = longest > cellWidth && longest > 28;
    const step = Math.ceil((turned ? 14 : Math.min(longest, 28)) / cellWidth);
    const cells = content.values.flatMap((row, y) => row.map((value, x) => ({ x, y, value })));
    const option = {
      tooltip: {
        formatter: (point) => charts.tip(content.rows[point.value[1]] + " – " + content.columns[point.value[0]], [["", charts.quantity(cells[point.dataIndex].value, content.unit)]]),
      },
      grid: { left: 0, right: 0, top: 4, bottom: 0, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
      xAxis: {
        type: "category", data: content.columns.map(String), axisTick: { show: false }, axisLine: { show: false },
        axisLabel: { ...text, rotate: turned ? 90 : 0, width: turned ? 90 : Math.max(cellWidth, 28), interval: longest > cellWidth ? step - 1 : 0 },
      },
      yAxis: {
        type: "category", inverse: true, data: content.rows.map(String), axisTick: { show: false }, axisLine: { show: false },
        axisLabel: { ...text, width: room - 12, interval: height / content.rows.length < 14 ? "auto" : 0 },
      },
      visualMap: { show: false, type: "piecewise", dimension: 2, pieces: [-1, 0, 1, 2, 3, 4].map((bin) => ({ value: bin, color: bin < 0 ? colours.none : colours.ramp[bin] })) },
      series: [{
        type: "heatmap",
        data: cells.map((cell) => {
          const bin = scale.bin(cell.value);
          return { value: [cell.x, cell.y, bin], label: { color: charts.inkOn(bin < 0 ? colours.none : colours.ramp[bin]) } };
        }),
        itemStyle: { borderColor: colours.surface, borderWidth: 1 },
        label: { show: cellWidth >= 36 && height / content.rows.length >= 18, fontSize: 12, formatter: (point) => (cells[point.dataIndex].value === null ? "" : charts.number(cells[point.dataIndex].value, content.unit)) },
        emphasis: { itemStyle: { borderColor: colours.ink } },
      }],
    };
    return { option, caption: spanOf(scale) + ".", legend: rampLegend(content.unit === "share" ? "Share" : "", content.unit, scale) };
  }

  charts.leaves = leaves;
  Object.assign(charts.kinds, {
    treemap: { build: treemap, click: treemapClick, isEmpty: (content) => sizeOf(content.tree) <= 0 },
    graph: { build: graph, click: graphClick, isEmpty: (content) => content.nodes.length === 0 },
    matrix: { build: matrix, isEmpty: (content) => content.values.flat().length === 0 },
  });
})();
