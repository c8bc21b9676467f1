// The kind `chart`: lines, bars and areas over time or another quantity, intervals as fans, moments as
// labelled lines.
(function () {
  "use strict";
  const charts = window.gitinsight.charts;
  const WIDE = 560;
  const DIRECT_LABELS = 5;
  const LABELLED_MARKS = 8;
  const LONE_WIDTH = 2;
  const PALEST = 0.12;

  // Where a point stands on the axis: at a time, or at a number where the chart has an axis of its own.
  const placeOn = (content) => (content.x ? Number : Date.parse);

  // Gives each series its colour and dash, for the drawing, the legend and the tip. With bands of names
  // of their own all series are one thing and its forecast: one colour, what follows the first dashed.
  function styled(content, colours) {
    const names = new Set(content.series.map((series) => series.name));
    const oneThing = content.series.length === 1 || (content.bands || []).some((band) => !names.has(band.name));
    const count = content.series.length;
    const slots = oneThing || content.ordered ? [] : charts.slots(content.series.map((series) => series.name));
    const colourOf = (index) => {
      if (oneThing) return colours.accent;
      return content.ordered ? charts.rampColour(colours.ramp, PALEST + (1 - PALEST) * (index / (count - 1))) : colours.palette[slots[index]];
    };
    const isDashed = (index) => !content.ordered && index >= (oneThing ? 1 : colours.palette.length);
    const place = placeOn(content);
    return content.series.map((series, index) => ({
      ...series,
      colour: colourOf(index),
      // Neighbours of one hue are told apart by a seam.
      edge: content.ordered && series.stack ? colours.surface : undefined,
      dash: isDashed(index) ? "dashed" : "solid",
      data: series.points.map(([at, value]) => [place(at), value]),
    }));
  }

  // A point with a gap on both sides has no line: it needs a dot to be seen.
  function lonely(data) {
    const known = (index) => data[index] !== undefined && data[index][1] !== null;
    return (index) => known(index) && !known(index - 1) && !known(index + 1);
  }

  function drawn(series, colours, direct) {
    const common = { name: series.name, data: series.data, stack: series.stack, color: series.colour, cursor: "default", emphasis: { disabled: true } };
    if (series.shape === "bar") return { ...common, type: "bar", barMaxWidth: 28, barMinWidth: 1 };
    const isLonely = lonely(series.data);
    return {
      ...common,
      type: "line",
      sampling: series.data.length > 2000 ? "lttb" : undefined,
      symbol: "circle",
      symbolSize: (_, point) => (isLonely(point.dataIndex) ? 5 : 0),
      showAllSymbol: true,
      lineStyle: { width: series.stack ? 1 : 2, type: series.dash, color: series.edge },
      areaStyle: series.shape === "area" ? { opacity: series.edge ? 1 : series.stack ? 0.75 : 0.2 } : undefined,
      endLabel: { show: direct, formatter: () => series.name, color: colours.ink, width: 104, overflow: "truncate", fontSize: 12 },
      labelLayout: { moveOverlap: "shiftY" },
    };
  }

  // The bands from the widest to the narrowest, so that none hides another. A band that bears the name
  // of a series is that series' interval and has its colour.
  function fans(content, series, colours) {
    const width = (band) => band.points.reduce((sum, [, low, high]) => sum + (high - low || 0), 0);
    const owner = (band) => series.find((one) => one.name === band.name);
    return [...(content.bands || [])]
      .sort((one, other) => width(other) - width(one))
      .map((band) => ({ ...band, owned: Boolean(owner(band)), colour: (owner(band) || { colour: colours.accent }).colour }));
  }

  // How strong a band's key is: the inner ones lie upon the outer ones and look darker.
  const opacityOf = (index, bands) => 0.3 + 0.4 * (index / bands.length);

  // The stretches of a band between its gaps.
  function stretches(points) {
    const found = [[]];
    points.forEach((point) => (point[1] === null || point[2] === null ? found.push([]) : found.at(-1).push(point)));
    return found.filter((stretch) => stretch.length);
  }

  // The outline of a stretch: through all lower and back through all upper ends. One alone is a narrow bar.
  function outline(stretch, coord) {
    const low = stretch.map((point) => coord([point[0], point[1]]));
    const high = stretch.map((point) => coord([point[0], point[2]]));
    const beside = ([x, y], by) => [x + by, y];
    if (stretch.length > 1) return [...low, ...high.reverse()];
    return [beside(low[0], -LONE_WIDTH), beside(low[0], LONE_WIDTH), beside(high[0], LONE_WIDTH), beside(high[0], -LONE_WIDTH)];
  }

  function fan(band, index, bands, place) {
    const points = band.points.map(([at, low, high]) => [place(at), low, high]);
    return {
      type: "custom",
      name: band.name,
      data: points,
      encode: { x: 0, y: [1, 2] },
      silent: true,
      z: 1,
      color: band.colour,
      itemStyle: { opacity: opacityOf(index, bands) },
      renderItem(params, api) {
        if (params.dataIndex !== 0) return null;
        const style = { fill: band.colour, opacity: 0.14 + 0.12 * (index / Math.max(1, bands.length)) };
        const drawnStretch = (stretch) => ({ type: "polygon", shape: { points: outline(stretch, api.coord) }, style });
        return { type: "group", children: stretches(points).map(drawnStretch) };
      },
    };
  }

  const isLabelled = (content, wide) => wide && content.marks.length <= LABELLED_MARKS;
  const isMarked = (content, wide) => Boolean(content.marks && content.marks.length) && isLabelled(content, wide);

  // Marks too many to be labelled are named by the first and the last of them.
  function markKey(marks) {
    const [first, last] = [marks[0].label, marks.at(-1).label];
    return charts.element("span", {}, charts.element("span", { class: "gi-key gi-key-mark" }), first === last ? first : first + " to " + last);
  }

  function marks(content, colours, wide) {
    const labelled = isLabelled(content, wide);
    return {
      type: "line",
      data: [],
      silent: true,
      markLine: {
        silent: true,
        symbol: "none",
        animation: false,
        lineStyle: { color: colours.soft, type: "dashed", width: 1 },
        label: {
          show: labelled, formatter: (mark) => mark.name, color: colours.soft, fontSize: 12,
          rotate: 0, position: "end", width: 120, overflow: "truncate",
        },
        data: content.marks.map((mark) => ({ name: String(mark.label), xAxis: placeOn(content)(mark.at) })),
      },
    };
  }

  // Bars of counts need no marks between whole numbers.
  const isWhole = (content) => content.unit !== "share"
    && content.series.every((series) => series.points.every(([, value]) => value === null || Number.isInteger(value)));

  function ticks(content, most) {
    if (content.x) return [];
    const lines = [...content.series, ...(content.bands || [])];
    const times = lines.flatMap((line) => line.points.map(([at]) => Date.parse(at)));
    const ends = times.reduce(([low, high], time) => [Math.min(low, time), Math.max(high, time)], [Infinity, -Infinity]);
    return times.length ? charts.timeTicks(...ends, most) : [];
  }

  function axes(content, colours, wide) {
    const text = { color: colours.soft, fontSize: 12 };
    const overTime = { type: "time", axisLabel: { ...text, hideOverlap: true, customValues: ticks(content, wide ? 8 : 5), formatter: charts.tickLabel } };
    const overNumbers = () => ({
      type: "value", max: "dataMax", splitNumber: wide ? 8 : 4,
      name: content.x.title + " (" + content.x.unit + ")", nameLocation: "middle", nameGap: 26, nameTextStyle: text,
      axisLabel: { ...text, hideOverlap: true, showMaxLabel: false, formatter: (value) => charts.number(value) },
    });
    return {
      xAxis: {
        ...(content.x ? overNumbers() : overTime),
        axisLine: { lineStyle: { color: colours.strong } },
        axisTick: { show: false },
        splitLine: { show: false },
      },
      yAxis: {
        type: "value",
        name: content.unit === "share" ? "" : content.unit,
        nameTextStyle: { ...text, align: "left" },
        // Above the labels of marks, which may stand at the very left.
        nameGap: isMarked(content, wide) ? 26 : 12,
        minInterval: isWhole(content) ? 1 : 0,
        splitNumber: content.unit === "share" ? 5 : wide ? 4 : 3,
        max: content.unit === "share" ? (extent) => (extent.max > 0.5 && extent.max < 1.001 ? 1 : null) : null,
        axisLabel: { ...text, formatter: (value) => charts.axisNumber(value, content.unit) },
        splitLine: { lineStyle: { color: colours.line } },
      },
    };
  }

  function tip(content, series) {
    const place = placeOn(content);
    const heading = (at) => (content.x ? content.x.title + ": " + charts.quantity(at, content.x.unit) : charts.day(at));
    return (points) => {
      const first = (Array.isArray(points) ? points : [points])[0];
      const time = first.axisValue ?? first.value[0];
      const rows = series.map((one) => {
        const point = one.data.find(([at]) => at === time);
        return point ? [one.name, charts.quantity(point[1], content.unit)] : null;
      });
      const bands = (content.bands || []).map((band) => {
        const point = band.points.find(([at]) => place(at) === time);
        return point ? [band.name, charts.number(point[1], content.unit) + " to " + charts.quantity(point[2], content.unit)] : null;
      });
      const later = series[0].data.find(([at]) => at > time);
      const isHere = (at) => at >= time && (!later || at < later[0]);
      const notes = (content.marks || []).filter((mark) => isHere(place(mark.at))).map((mark) => [mark.label, ""]);
      return charts.tip(heading(time), [...rows, ...bands, ...notes].filter(Boolean));
    };
  }

  function build(content, view) {
    const { colours, width } = view;
    const wide = width >= WIDE;
    const series = styled(content, colours);
    const bands = fans(content, series, colours);
    const lines = series.filter((one) => one.shape === "line");
    const direct = wide && !bands.length && series.length > 1 && lines.length === series.length && lines.length <= DIRECT_LABELS;
    const hasMarks = Boolean(content.marks && content.marks.length);
    const option = {
      ...axes(content, colours, wide),
      grid: {
        left: 0, right: direct ? 112 : 12, bottom: content.x ? 26 : 4,
        top: (content.unit && content.unit !== "share" ? 28 : 12) + (isMarked(content, wide) ? 16 : 0),
        outerBoundsMode: "same", outerBoundsContain: "axisLabel",
      },
      tooltip: { trigger: "axis", axisPointer: { type: "line", lineStyle: { color: colours.strong } }, formatter: tip(content, series) },
      series: [
        ...bands.map((band, index) => fan(band, index, bands, placeOn(content))),
        ...series.map((one) => drawn(one, colours, direct)),
        ...(hasMarks ? [marks(content, colours, wide)] : []),
      ],
    };
    const keys = direct || series.length < 2 ? [] : series.map((one) => charts.legendKey(one.name, one.colour));
    const own = bands.map((band, index) => (band.owned ? null : charts.legendKey(band.name, band.colour, opacityOf(index, bands))));
    const unlabelled = hasMarks && !isLabelled(content, wide) ? [markKey(content.marks)] : [];
    return { option, legend: [...keys, ...own.filter(Boolean), ...unlabelled] };
  }

  const isEmpty = (content) => content.series.every((series) => series.points.every((point) => point[1] === null));

  charts.kinds = { chart: { build, isEmpty } };
})();
