/* A box for each table, and a line for each foreign key. Sizes are those that the positions were computed for. */

const CELL = 24;
const GAP = 12;
const CHARACTER = 7.4;
const MARKS = { new: "+", gone: "−", changed: "~" };

function boxHeight(box) {
  return CELL * (1 + box.rows.length);
}

/* What is long loses its middle. Its title has all of it. */
function shortened(text) {
  const letters = [...text];
  return letters.length <= 34 ? text : `${letters.slice(0, 19).join("").trimEnd()}…${letters.slice(-14).join("").trimStart()}`;
}

function textWidth(text) {
  let columns = 0;
  for (const letter of text) columns += letter.codePointAt(0) < 0x1100 ? 1 : 2;
  return columns * CHARACTER;
}

const farNames = new Map();

/* The name of a table as it is read from far away: as large as its box, in as many lines as make it largest. */
function farName(label, width, height) {
  const key = `${width} ${height} ${label}`;
  if (!farNames.has(key)) farNames.set(key, largest(label, width, height));
  return farNames.get(key);
}

function largest(label, width, height) {
  const parts = label.split(/(?<=_)/);
  let best = { lines: [label], size: 0 };
  for (let longest = 4; longest <= Math.min(60, Math.max(4, label.length)); longest += 1) {
    const lines = [];
    for (const part of parts) {
      const last = lines.length - 1;
      if (last >= 0 && lines[last].length + part.length <= longest) lines[last] += part;
      else lines.push(part);
    }
    const size = Math.min(44, height * 0.85 / lines.length / 1.1, width / 0.62 / Math.max(...lines.map((line) => line.length)));
    if (size > best.size + 0.5) best = { lines, size };
  }
  return best;
}

/* The box of a table at a place. */
function drawnBox(box, { left, top }) {
  const { table, became } = box;
  const [width, height] = [table.width, boxHeight(box)];
  const base = (row) => top + CELL * row + CELL / 2 + 4;
  const keys = Math.max(0, ...table.rows.map((row) => textWidth(row.keys.join(" "))));
  const names = left + GAP + (keys > 0 ? keys + GAP : 0);
  const far = farName(table.label, width - GAP, height);
  const rows = box.rows.map(({ row, became: rowBecame, before }, at) => {
    const mark = became === "same" || became === "changed" ? rowBecame : "same";
    return shape("g", { class: `row ${mark}` },
      shape("title", {}, before ? `${row.text}\nbefore: ${before}` : row.text),
      shape("rect", { x: left, y: top + CELL * (at + 1), width, height: CELL, class: "ground" }),
      MARKS[mark] && shape("text", { x: left - 4, y: base(at + 1), class: "sign", "text-anchor": "end" }, MARKS[mark]),
      row.keys.length > 0 && shape("text", { x: left + GAP, y: base(at + 1), class: "key-words" }, row.keys.join(" ")),
      shape("text", { x: names, y: base(at + 1), class: row.keys.includes("PK") ? "name primary" : "name" }, row.label),
      row.declared_type && shape("text", { x: left + width - GAP, y: base(at + 1), class: "type", "text-anchor": "end" }, shortened(row.declared_type)));
  });
  const drawn = shape("g", { class: `box ${became} c${table.colour}`, "data-table": box.number },
    shape("title", {}, table.name),
    shape("rect", { x: left, y: top, width, height, class: "outline" }),
    shape("rect", { x: left, y: top, width, height: CELL, class: "head" }),
    MARKS[became] && shape("text", { x: left - 4, y: base(0), class: "sign", "text-anchor": "end" }, MARKS[became]),
    shape("text", { x: left + GAP, y: base(0), class: "title" }, table.label),
    rows,
    shape("rect", { x: left, y: top, width, height, class: "outline top" }),
    far.lines.map((line, at) => shape("text", { x: left + width / 2, y: top + height / 2 + far.size * (1.1 * (at - far.lines.length / 2) + 0.9), class: "far-name", "text-anchor": "middle" }, line)));
  drawn.style.setProperty("--size", `${far.size.toFixed(1)}px`);
  return drawn;
}

/* At what height the line of a key touches a box: in the row of this slot, or in the title. */
function heightAt(box, top, slot) {
  const row = slot === null ? -1 : box.rows.findIndex((it) => it.row.slot === slot);
  return top + CELL * (row + 1);
}

/* Where a key's line runs, in the picture of everything: through the lanes that are kept free for it. */
function lanes(line, child, parent, places) {
  const [from, to] = [places.get(child.number), places.get(parent.number)];
  const slotHeight = (table, slot) => table.top + CELL * (slot === null ? 0 : slot + 1);
  const [first, last] = [line.path[0][1], line.path[line.path.length - 1][1]];
  const start = heightAt(child, from.top, line.from_slot) + first - slotHeight(child.table, line.from_slot);
  const end = heightAt(parent, to.top, line.to_slot) + last - slotHeight(parent.table, line.to_slot);
  const height = (y, at) => (at <= 1 ? start : at >= line.path.length - 2 ? end : y);
  const points = line.path.map(([x, y], at) => [x, height(y, at)]);
  return { path: `M${points.map((point) => point.join(" ")).join("L")}`, start: points[0], starts: points[1][0] > points[0][0] ? 1 : -1, end: points[points.length - 1], ends: points[points.length - 2][0] > points[points.length - 1][0] ? 1 : -1 };
}

/* The same where boxes stand for themselves: curves, which pass the columns between them through the gaps between boxes. */
function curve(line, child, parent, places) {
  const [from, to] = [places.get(child.number), places.get(parent.number)];
  const y = heightAt(child, from.top, line.from_slot) + CELL / 2;
  const z = heightAt(parent, to.top, line.to_slot) + CELL / 2;
  const isLeft = from.left + child.table.width <= to.left;
  const isRight = to.left + parent.table.width <= from.left;
  const [starts, ends] = isLeft ? [1, -1] : isRight ? [-1, 1] : [1, 1];
  const x = from.left + (starts > 0 ? child.table.width : 0);
  const w = to.left + (ends > 0 ? parent.table.width : 0);
  let [path, at, height] = [`M${x} ${y}`, x, y];
  const go = (nextX, nextY, leaves, arrives) => {
    const bow = Math.max(30, Math.min(120, Math.abs(nextX - at) / 2));
    path += `C${at + leaves * bow} ${height} ${nextX + arrives * bow} ${nextY} ${nextX} ${nextY}`;
    [at, height] = [nextX, nextY];
  };
  const between = places.columns.filter(({ left, right }) => left > Math.min(x, w) && right < Math.max(x, w));
  for (const passed of isLeft ? between : between.reverse()) {
    const gap = passed.gaps.reduce((best, it) => (Math.abs(it.y - z) + it.lines * CELL < Math.abs(best.y - z) + best.lines * CELL ? it : best));
    const own = gap.y + ((gap.lines % 5) - 2) * 4;
    gap.lines += 1;
    const [near, far] = isLeft ? [passed.left, passed.right] : [passed.right, passed.left];
    go(near, own, starts, -starts);
    path += `H${far}`;
    at = far;
  }
  go(w, z, starts, ends);
  return { path, start: [x, y], starts, end: [w, z], ends };
}

/* The line of a foreign key: a crow's foot at the child, a bar where it has one at most, an arrow at the parent. */
function drawnKey(key, line, child, parent, way) {
  const { path, start: [x, y], starts, end: [w, z], ends } = way;
  const foot = key.one ? `M${x + 6 * starts} ${y - 5}v10` : `M${x} ${y - 5}L${x + 9 * starts} ${y}L${x} ${y + 5}`;
  const name = (table, columns) => `${table.name} (${columns.join(", ")})`;
  const many = key.one ? "one at most" : "any number";
  return shape("g", { class: `key ${key.became} c${parent.table.colour}${key.optional ? " optional" : ""}`, "data-child": line.child, "data-parent": line.parent },
    shape("title", {}, `${name(child.table, line.from)} to ${name(parent.table, line.to)}\n${many}${key.optional ? ", may be NULL" : ""}`),
    shape("path", { d: path, class: "halo" }),
    shape("path", { d: path, class: "line" }),
    shape("path", { d: foot, class: "line" }),
    shape("path", { d: `M${w} ${z}l${8 * ends} -4v8Z`, class: "arrow" }));
}
