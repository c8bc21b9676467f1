// Colours, numbers and dates of all charts. Colours come from the CSS variables of the present theme,
// so a chart and the page around it can never differ.
(function () {
  "use strict";
  const SLOTS = 8;
  const RAMP = 5;
  const SKEW = 6;
  const DAY = 24 * 60 * 60 * 1000;
  const MONTH = 30.44 * DAY;
  const MONTHS_BETWEEN = [1, 2, 3, 6, 12, 24, 60, 120, 240];
  // A pair of opposites is told apart by warm and cold wherever it appears.
  const slotByName = new Map([["negative", 5], ["positive", 4]]);

  const integer = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
  const oneDecimal = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
  const twoDigits = new Intl.NumberFormat("en", { maximumSignificantDigits: 2 });
  const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
  const dayMonthYear = new Intl.DateTimeFormat("en-GB", {
    day: "numeric", month: "short", year: "numeric", timeZone: "UTC",
  });

  const dayMonth = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
  const monthOnly = new Intl.DateTimeFormat("en-GB", { month: "short", timeZone: "UTC" });

  // A variable may be light-dark(...); only the computed colour of an element resolves it.
  function colours() {
    const probe = document.createElement("span");
    document.body.append(probe);
    const read = (name) => {
      probe.style.color = "var(--" + name + ")";
      return getComputedStyle(probe).color;
    };
    const many = (name, count) => Array.from({ length: count }, (_, index) => read(name + "-" + index));
    const found = {
      ink: read("ink"), soft: read("ink-soft"), line: read("line"), surface: read("surface"),
      sunken: read("sunken"), accent: read("accent"), strong: read("line-strong"), none: read("ramp-none"),
      palette: many("palette", SLOTS), ramp: many("ramp", RAMP),
      font: getComputedStyle(document.body).fontFamily,
    };
    probe.remove();
    return found;
  }

  function hash(text) {
    let value = 2166136261;
    for (let index = 0; index < text.length; index += 1) {
      value = Math.imul(value ^ text.charCodeAt(index), 16777619);
    }
    return value >>> 0;
  }

  // The palette slot of each name: the one it has elsewhere on the page, else the one its hash asks
  // for, else the next that this chart has free.
  function slots(names) {
    document.querySelectorAll("[data-slot]").forEach((key) => slotByName.set(key.dataset.name, Number(key.dataset.slot)));
    const taken = new Set();
    return names.map((name) => {
      let slot = slotByName.get(name) ?? hash(name) % SLOTS;
      for (let tries = 0; taken.has(slot) && tries < SLOTS; tries += 1) slot = (slot + 1) % SLOTS;
      taken.add(slot);
      if (!slotByName.has(name)) slotByName.set(name, slot);
      return slot;
    });
  }

  // Five steps between the smallest and the largest value: the bin of a value, and the borders. The
  // steps are equal; where a few values tower over the rest they widen (squares), else all would be pale.
  function ramp(values) {
    const known = values.filter((value) => typeof value === "number");
    const low = known.reduce((a, b) => Math.min(a, b), 0);
    const high = known.reduce((a, b) => Math.max(a, b), low);
    const mean = known.reduce((sum, value) => sum + value, 0) / (known.length || 1);
    const power = mean - low < (high - low) / SKEW ? 2 : 1;
    const borders = Array.from({ length: RAMP + 1 }, (_, step) => low + (high - low) * (step / RAMP) ** power);
    const bin = (value) => {
      if (typeof value !== "number") return -1;
      const above = borders.findIndex((border) => value < border);
      return high === low ? 0 : above < 0 ? RAMP - 1 : Math.max(0, above - 1);
    };
    return { borders, bin, hasGaps: known.length < values.length };
  }

  // A colour between the ends of the ramp, 0 being its pale and 1 its strong end.
  function rampColour(steps, share) {
    const place = Math.max(0, Math.min(1, share)) * (steps.length - 1);
    const low = Math.min(Math.floor(place), steps.length - 2);
    const parts = [steps[low], steps[low + 1]].map((colour) => colour.match(/[\d.]+/g).slice(0, 3).map(Number));
    const mixed = parts[0].map((part, index) => Math.round(part + (parts[1][index] - part) * (place - low)));
    return "rgb(" + mixed.join(", ") + ")";
  }

  function inkOn(colour) {
    const [red, green, blue] = colour.match(/[\d.]+/g).map(Number);
    return (red * 299 + green * 587 + blue * 114) / 1000 > 140 ? "#14181c" : "#ffffff";
  }

  function number(value, unit) {
    if (typeof value !== "number") return value === null || value === undefined ? "n/a" : String(value);
    if (unit === "share") return oneDecimal.format(value * 100) + "\u00a0%";
    const size = Math.abs(value);
    const text = (size >= 100 || Number.isInteger(value) ? integer : size >= 1 ? oneDecimal : twoDigits).format(value);
    return text.replace("-", "\u2212");
  }

  function quantity(value, unit) {
    const text = number(value, unit);
    return unit && unit !== "share" && typeof value === "number" ? text + "\u00a0" + unit : text;
  }

  function axisNumber(value, unit) {
    if (unit === "share") return oneDecimal.format(value * 100) + "\u00a0%";
    return Math.abs(value) >= 10000 ? compact.format(value) : number(value);
  }

  const day = (time) => dayMonthYear.format(new Date(time));

  // The marks of a time axis, at most so many: first days of years, else of months, else days.
  function timeTicks(low, high, most) {
    const months = MONTHS_BETWEEN.find((step) => (high - low) / (step * MONTH) <= most) || MONTHS_BETWEEN.at(-1);
    if (high - low < 2 * MONTH) {
      const days = Math.max(1, Math.ceil((high - low) / DAY / most));
      const first = Math.ceil(low / DAY) * DAY;
      const count = Math.floor((high - first) / (days * DAY)) + 1;
      return Array.from({ length: Math.max(0, count) }, (_, index) => first + index * days * DAY);
    }
    const start = new Date(low);
    const found = [];
    for (let month = Math.ceil((start.getUTCFullYear() * 12 + start.getUTCMonth()) / months) * months; ; month += months) {
      const time = Date.UTC(Math.floor(month / 12), month % 12, 1);
      if (time > high) return found;
      if (time >= low) found.push(time);
    }
  }

  // What a mark says: its year in January, else its month, the day before it where it is not the first,
  // and the year behind it on the first mark of all.
  function tickLabel(time, index) {
    const at = new Date(time);
    const year = String(at.getUTCFullYear());
    if (at.getUTCDate() === 1 && at.getUTCMonth() === 0) return year;
    const text = (at.getUTCDate() > 1 ? dayMonth : monthOnly).format(at);
    return index ? text : text + " " + year;
  }

  window.gitinsight.charts = {
    colours, slots, ramp, rampColour, inkOn, number, quantity, axisNumber, day, timeTicks, tickLabel,
    reducedMotion: () => window.matchMedia("(prefers-reduced-motion: reduce)").matches,
  };
})();
