/* The schema through time: a picture of each state, in which a table keeps its place. */

/* The section, and what shows one of its states. `tell` is called with the number of what happened. */
function schemaSection(project, tell) {
  const { schema, timeline } = project;
  const states = schemaStates(schema);
  if (states.length === 0) {
    return { node: section("schema", "Schema through time", element("p", {}, "No schema is known: nothing was ever applied by a runner that keeps a log.")), show() {} };
  }
  const own = { at: states.length - 1, boxes: new Map(), places: new Map(), selected: null, focus: null, steps: 1, found: null };

  const ground = shape("g", {});
  const svg = shape("svg", { class: "diagram", tabindex: "0", role: "application", "aria-label": "Entity-relationship diagram", "aria-describedby": "diagram-keys" }, ground);
  svg.style.setProperty("--whole", `${schema.height + 100}px`);
  const view = viewport(svg, () => {});
  const slider = element("input", { type: "range", min: "0", max: String(states.length - 1), step: "1", value: String(own.at), "aria-label": "Step of the history", oninput: () => go(Number(slider.value)) });
  const which = element("output", { class: "which" });
  const told = element("div", { class: "told", "aria-live": "polite" });
  const panel = element("aside", { class: "panel", "aria-live": "polite" });
  const search = element("input", { type: "search", placeholder: "Find a table or column", "aria-label": "Find a table or column", autocomplete: "off", spellcheck: "false", role: "combobox", "aria-expanded": "false", "aria-controls": "matches" });
  const matches = element("ul", { id: "matches", class: "matches", role: "listbox", "aria-label": "Tables found", hidden: true });
  const alone = element("div", { class: "alone", hidden: true });

  /* Shows the state of this number. */
  function go(at) {
    own.at = Math.max(0, Math.min(states.length - 1, at));
    slider.value = String(own.at);
    const words = stateWords(schema.of[own.at], timeline, own.at);
    slider.setAttribute("aria-valuetext", words);
    which.replaceChildren(`${own.at + 1} of ${states.length}: `, ...[element("strong", {}, words)]);
    own.boxes = boxesOf(schema, states, own.at);
    told.replaceChildren(...stateDetail(schema, own, timeline, tell));
    draw();
  }

  function draw() {
    const isAlone = own.focus !== null && own.boxes.has(own.focus);
    own.places = isAlone ? placesAround(schema, own.boxes, own.focus, own.steps)
      : new Map([...own.boxes.values()].map(({ number, table }) => [number, table]));
    const shown = [...own.boxes.values()].filter((box) => own.places.has(box.number));
    const keys = shown.flatMap((box) => box.keys).filter(({ line }) => own.places.has(schema.keys[line].child) && own.places.has(schema.keys[line].parent));
    const way = isAlone ? curve : lanes;
    ground.replaceChildren(
      ...keys.map((key) => {
        const line = schema.keys[key.line];
        const [child, parent] = [own.boxes.get(line.child), own.boxes.get(line.parent)];
        return drawnKey(key, line, child, parent, way(line, child, parent, own.places));
      }),
      ...shown.map((box) => drawnBox(box, own.places.get(box.number))));
    showAlone(isAlone);
    mark();
  }

  /* Marks what is selected and what is found. */
  function mark() {
    const matching = own.found;
    svg.classList.toggle("searching", matching !== null);
    svg.classList.toggle("selecting", own.selected !== null && own.places.has(own.selected));
    for (const node of ground.children) {
      const { table, child, parent } = node.dataset;
      const is = (number) => own.selected !== null && Number(number) === own.selected;
      node.classList.toggle("selected", table === undefined ? is(child) || is(parent) : is(table));
      node.classList.toggle("found", matching !== null && table !== undefined && matching.includes(Number(table)));
    }
    panel.replaceChildren(...panelOf(own, schema, { focus, select }));
  }

  function select(number, { moves } = { moves: false }) {
    own.selected = number;
    const place = own.places.get(number);
    if (moves && place) view.centre(place.left + own.boxes.get(number).table.width / 2, place.top + boxHeight(own.boxes.get(number)) / 2);
    mark();
  }

  /* Shows a table with its neighbours alone; `null`: everything. */
  function focus(number, steps = own.steps) {
    const was = own.focus;
    Object.assign(own, { focus: number, steps, selected: number === null ? was : number });
    draw();
    fit();
  }

  function showAlone(isAlone) {
    alone.hidden = own.focus === null;
    if (alone.hidden) return;
    const name = schema.tables[own.focus].name;
    const depth = element("select", { "aria-label": "How far neighbours may be", onchange: () => focus(own.focus, Number(depth.value)) },
      [1, 2, 3].map((steps) => element("option", { value: String(steps), selected: steps === own.steps }, count(steps, "foreign key"))));
    alone.replaceChildren(
      element("span", {}, "Only ", element("code", {}, name), isAlone ? " and what is within " : " was to be shown, and is not there at this step. ", isAlone ? depth : null, isAlone ? ` (${count(own.places.size, "table")})` : ""),
      element("button", { type: "button", onclick: () => { focus(null); svg.focus(); } }, "Show all"));
  }

  function fit() {
    const room = 40;
    let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
    for (const [number, place] of own.places) {
      const box = own.boxes.get(number);
      [left, top] = [Math.min(left, place.left), Math.min(top, place.top)];
      [right, bottom] = [Math.max(right, place.left + box.table.width), Math.max(bottom, place.top + boxHeight(box))];
    }
    if (left > right) return view.show(0, 0, 800, 400);
    const least = [svg.clientWidth * 0.8, svg.clientHeight * 0.8];
    const [width, height] = [Math.max(right - left + 2 * room, least[0]), Math.max(bottom - top + 2 * room, least[1])];
    view.show((left + right - width) / 2, (top + bottom - height) / 2, width, height);
  }

  svg.addEventListener("click", (event) => {
    const box = event.target.closest(".box");
    select(box ? Number(box.dataset.table) : null);
  });
  svg.addEventListener("dblclick", (event) => {
    const box = event.target.closest(".box");
    if (box) focus(Number(box.dataset.table));
  });
  const keys = {
    0: fit,
    Escape: () => (own.focus !== null ? focus(null) : select(null)),
    f: () => own.selected !== null && own.boxes.has(own.selected) && focus(own.selected),
    n: () => next(1), p: () => next(-1),
    "[": () => go(own.at - 1), "]": () => go(own.at + 1),
    "/": () => search.focus(),
  };
  svg.addEventListener("keydown", (event) => {
    if (!Object.hasOwn(keys, event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    keys[event.key]();
  });
  /* The table that comes next by name. */
  function next(step) {
    const all = [...own.places.keys()].sort((a, b) => (schema.tables[a].name < schema.tables[b].name ? -1 : 1));
    const at = all.indexOf(own.selected);
    select(all[at < 0 ? (step > 0 ? 0 : all.length - 1) : (at + step + all.length) % all.length], { moves: own.focus === null });
  }

  searching(search, matches, own, { mark, pick(number) {
    if (own.focus !== null && !own.places.has(number)) focus(null);
    select(number, { moves: true });
    svg.focus({ preventScroll: true });
  } });

  const button = (text, title, onclick) => element("button", { type: "button", title, "aria-label": title, onclick }, text);
  const node = section("schema", "Schema through time",
    unknownStates(project, states),
    element("div", { class: "bar" },
      button("◀", "Step before", () => go(own.at - 1)), slider, button("▶", "Step after", () => go(own.at + 1))),
    which, told,
    element("div", { class: "bar" },
      element("div", { class: "search" }, search, matches),
      button("−", "Smaller", () => view.zoom(1.25)), button("+", "Larger", () => view.zoom(0.8)), button("Fit", "Show all of it", fit),
      alone),
    element("div", { class: "stage" }, svg, panel),
    element("p", { class: "legend" },
      element("span", { class: "new" }, "+ comes"), element("span", { class: "changed" }, "~ changes"), element("span", { class: "gone" }, "− goes")),
    element("p", { class: "quiet keys", id: "diagram-keys" }, "In the picture: arrows move, + and − zoom, 0 fits, n and p choose a table, f shows it with its neighbours alone, Esc shows all, [ and ] step through time, / searches."));
  return {
    node,
    show(at) {
      go(at);
      node.scrollIntoView();
      slider.focus({ preventScroll: true });
    },
    begin() {
      go(own.at);
      fit();
    },
    fit,
  };
}

function stateWords(of, timeline, at) {
  if (of.kind === "after") return timeline[of.happening].words;
  if (of.kind === "found") return `changed by something that keeps no log, before: ${timeline[of.before].words}`;
  if (of.kind === "beginning") return "as it was when the log began";
  return at === 0 ? "as it is now" : "as it is now, changed by something that keeps no log";
}

function stateDetail(schema, own, timeline, tell) {
  const of = schema.of[own.at];
  if (of.kind === "after") {
    const it = timeline[of.happening];
    const link = element("button", { type: "button", class: "link", onclick: () => tell(of.happening) }, "its source and the rest");
    return [element("p", { class: "quiet" }, moment(it.at), " · ", link), sentencesOf(it)].filter(Boolean);
  }
  if (of.kind === "found") return [changedLines(timeline[of.before].found || [])];
  return [];
}

/* Says of what the schema is not known. */
function unknownStates({ timeline, schema }, states) {
  const notes = [];
  const unknown = timeline.filter((it) => it.state === undefined && (it.what === "applied" || it.what === "reverted")).length;
  if (unknown > 0) notes.push(`Of ${count(unknown, "step")} the log has no schema: an older runner, which keeps none, took ${unknown === 1 ? "it" : "them"}, or somebody by hand.`);
  if (states.length === 1 && schema.of[0].kind === "now") notes.push("Only the schema of now is known.");
  if (schema.unread.length > 0) notes.push(`Not in the picture, because the runner cannot read it without the application: ${schema.unread.join(", ")}.`);
  return notes.map((note) => element("p", { class: "note" }, note));
}

/* What there is to say of the table that is selected. */
function panelOf(own, schema, { focus, select }) {
  const box = own.selected === null ? null : own.boxes.get(own.selected);
  if (!box) {
    const tables = [...own.boxes.values()].filter((it) => it.became !== "gone" && it.became !== "absent").length;
    return [element("p", { class: "quiet" }, `${count(tables, "table")}. Choose one to see what it is made of.`)];
  }
  const link = (number) => element("button", { type: "button", class: "link", onclick: () => select(number, { moves: true }) }, schema.tables[number].name);
  const others = (parents) => [...new Set([...own.boxes.values()].flatMap((it) => it.keys).map(({ line }) => schema.keys[line])
    .filter((key) => (parents ? key.child : key.parent) === box.number).map((key) => (parents ? key.parent : key.child)))];
  const list = (title, numbers) => numbers.length > 0 && [element("h4", {}, title), element("ul", {}, numbers.map((number) => element("li", {}, link(number))))];
  const line = ({ text, became }) => element("span", { class: MARKS[became] ? became : "same" }, `${MARKS[became] || " "} ${text}\n`);
  const rows = box.rows.flatMap(({ row, became, before }) =>
    (became === "changed" ? [{ text: before, became: "gone" }, { text: row.text, became: "new" }] : [{ text: row.text, became }]));
  return [
    element("h3", {}, element("code", {}, box.table.name)),
    element("p", { class: "quiet" }, { new: "comes with this step", gone: "goes with this step", changed: "changes with this step", same: "", absent: "is not there; a foreign key names it" }[box.became]),
    own.focus !== box.number && element("button", { type: "button", onclick: () => focus(box.number) }, "Only it and its neighbours"),
    rows.length > 0 && element("pre", { class: "lines" }, rows.map(line), box.rest.map(line)),
    list("Refers to", others(true)),
    list("Referred to by", others(false)),
  ].flat(Infinity).filter(Boolean);
}

/* The search: what is found is marked while somebody types, and one of it can be gone to. */
function searching(search, matches, own, { mark, pick }) {
  let chosen = -1;
  const found = () => {
    const wanted = search.value.trim().toLowerCase();
    if (wanted === "") return null;
    const has = (text) => text.toLowerCase().includes(wanted);
    const rank = ({ table }) => (table.name.toLowerCase() === wanted ? 0 : table.name.toLowerCase().startsWith(wanted) ? 1 : has(table.name) ? 2 : 3);
    return [...own.boxes.values()].filter((box) => has(box.table.name) || box.rows.some(({ row }) => has(row.name)))
      .sort((a, b) => rank(a) - rank(b) || (a.table.name < b.table.name ? -1 : 1));
  };
  function choose(at) {
    chosen = Math.max(-1, Math.min(matches.children.length - 1, at));
    [...matches.children].forEach((item, number) => {
      item.setAttribute("aria-selected", String(number === chosen));
      if (number === chosen) item.scrollIntoView({ block: "nearest" });
    });
    if (chosen >= 0) search.setAttribute("aria-activedescendant", matches.children[chosen].id);
    else search.removeAttribute("aria-activedescendant");
  }
  function close() {
    matches.hidden = true;
    search.setAttribute("aria-expanded", "false");
  }
  function take(number) {
    search.value = "";
    own.found = null;
    close();
    pick(number);
  }
  search.addEventListener("input", () => {
    const all = found();
    own.found = all && all.map((box) => box.number);
    mark();
    const wanted = search.value.trim().toLowerCase();
    matches.replaceChildren(...(all || []).map((box, at) => {
      const column = box.rows.find(({ row }) => row.name.toLowerCase().includes(wanted));
      const isByColumn = !box.table.name.toLowerCase().includes(wanted);
      return element("li", { role: "option", id: `match-${at}`, "data-table": box.number, onpointerdown: (event) => { event.preventDefault(); take(box.number); } },
        box.table.name, isByColumn && column && element("span", { class: "quiet" }, ` ${column.row.name}`));
    }));
    if (all && all.length === 0) matches.replaceChildren(element("li", { class: "quiet" }, "nothing found at this step"));
    matches.hidden = all === null;
    search.setAttribute("aria-expanded", String(all !== null));
    choose(all && all.length > 0 ? 0 : -1);
  });
  search.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      choose(chosen + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter") {
      const item = matches.children[chosen];
      if (item && item.dataset.table) take(Number(item.dataset.table));
    } else if (event.key === "Escape") {
      search.value = "";
      own.found = null;
      close();
      mark();
    }
  });
  search.addEventListener("blur", close);
}
