/* A table with its neighbours, by themselves: parents to its left, children to its right. */

/* The numbers of the boxes that at most `steps` foreign keys lie between and the table. */
function near(schema, boxes, number, steps) {
  const distances = new Map([[number, 0]]);
  for (let step = 1; step <= steps; step += 1) {
    for (const [own, distance] of [...distances]) {
      if (distance !== step - 1) continue;
      for (const box of boxes.values()) {
        for (const { line } of box.keys) {
          const { child, parent } = schema.keys[line];
          const other = child === own ? parent : parent === own ? child : null;
          if (other !== null && boxes.has(other) && !distances.has(other)) distances.set(other, step);
        }
      }
    }
  }
  return distances;
}

/* Where they stand. What is further away stands further outside, in columns about as high as a screen is. */
function placesAround(schema, boxes, number, steps) {
  const distances = near(schema, boxes, number, steps);
  const side = new Map([[number, 0]]);
  const ordered = [...distances].sort((a, b) => a[1] - b[1] || a[0] - b[0]);
  for (const [own, distance] of ordered) {
    if (distance === 0) continue;
    for (const box of boxes.values()) {
      for (const { line } of box.keys) {
        const { child, parent } = schema.keys[line];
        const inner = child === own ? parent : parent === own ? child : null;
        if (side.has(own) || inner === null || distances.get(inner) !== distance - 1) continue;
        side.set(own, side.get(inner) || (child === inner ? -1 : 1));
      }
    }
  }
  const places = new Map();
  places.columns = [];
  const centre = boxes.get(number);
  places.set(number, { left: -centre.table.width / 2, top: -boxHeight(centre) / 2 });
  for (const direction of [-1, 1]) {
    let edge = centre.table.width / 2;
    for (let distance = 1; distance <= steps; distance += 1) {
      const group = ordered.filter(([own, far]) => far === distance && side.get(own) === direction).map(([own]) => boxes.get(own));
      edge = column(places, group, direction, edge, boxHeight(centre));
    }
  }
  places.columns.sort((a, b) => a.left - b.left);
  return places;
}

/* Between two boxes of a column. */
const APART = 36;

/* Stands boxes in columns beyond an edge. Gives the edge beyond them. */
function column(places, group, direction, edge, least) {
  const whole = group.reduce((sum, box) => sum + boxHeight(box) + APART, 0);
  const columns = Math.max(1, Math.round(whole / Math.max(least, 900)));
  const columnHeight = whole / columns;
  let [at, beyond] = [0, edge];
  for (let number = 0; number < columns && at < group.length; number += 1) {
    const own = [];
    let height = 0;
    while (at < group.length && (own.length === 0 || number === columns - 1 || height + boxHeight(group[at]) / 2 < columnHeight)) {
      own.push(group[at]);
      height += boxHeight(group[at]) + APART;
      at += 1;
    }
    const width = Math.max(...own.map((box) => box.table.width));
    const near = beyond + 120;
    let top = -(height - APART) / 2;
    const gaps = [{ y: top - APART / 2, lines: 0 }];
    for (const box of own) {
      places.set(box.number, { left: direction > 0 ? near : -near - box.table.width, top });
      top += boxHeight(box) + APART;
      gaps.push({ y: top - APART / 2, lines: 0 });
    }
    const [left, right] = direction > 0 ? [near, near + width] : [-near - width, -near];
    places.columns.push({ left, right, gaps });
    beyond = near + width;
  }
  return beyond;
}
