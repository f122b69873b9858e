/* The states of the schema: what is in each, and in what it is another than the one before. */

/* Of each state, the versions of the tables that are in it. */
function schemaStates(schema) {
  const now = new Map();
  return schema.states.map((changes) => {
    for (const [table, version] of changes) {
      if (version === null) now.delete(table);
      else now.set(table, version);
    }
    return new Map(now);
  });
}

/* The boxes of the state `at`, those that go with it too. Each says what became of it: `new`, `gone`, `changed`, `same`;
   `absent` is a table that only foreign keys name. */
function boxesOf(schema, states, at) {
  const isFirst = at === 0 && schema.of[0].kind !== "after";
  const now = states[at];
  const before = isFirst ? now : states[at - 1] || new Map();
  const boxes = new Map();
  for (const number of [...before.keys(), ...now.keys()]) {
    if (!boxes.has(number)) boxes.set(number, boxOf(schema.tables[number], number, before.get(number), now.get(number)));
  }
  for (const box of [...boxes.values()]) {
    for (const { line } of box.keys) {
      const parent = schema.keys[line].parent;
      if (!boxes.has(parent)) boxes.set(parent, { number: parent, table: schema.tables[parent], became: "absent", rows: [], keys: [], rest: [] });
    }
  }
  return boxes;
}

function boxOf(table, number, before, now) {
  const versionNow = table.versions[now === undefined ? before : now];
  const versionBefore = table.versions[before === undefined ? now : before];
  const became = before === undefined ? "new" : now === undefined ? "gone" : before === now ? "same" : "changed";
  return {
    number, table, became,
    rows: rowsOf(table, versionBefore, versionNow),
    keys: keysOf(versionBefore, versionNow, became),
    rest: merged(versionBefore.rest, versionNow.rest, (text) => text).map(([text, became]) => ({ text, became })),
  };
}

/* The columns of now, and between them those that are gone. */
function rowsOf(table, before, now) {
  const named = (rows) => new Map(rows.map((row) => [table.rows[row].name.toLowerCase(), row]));
  const [old, current] = [named(before.rows), named(now.rows)];
  return merged([...old.keys()], [...current.keys()], (name) => name).map(([name, became]) => {
    const row = current.has(name) ? current.get(name) : old.get(name);
    const changed = became === "same" && old.get(name) !== row;
    return { row: table.rows[row], became: changed ? "changed" : became, before: changed ? table.rows[old.get(name)].text : null };
  });
}

function keysOf(before, now, became) {
  if (became === "new" || became === "gone") return now.keys.map((key) => ({ ...key, became }));
  const lines = (version) => version.keys.map((key) => key.line);
  const [old, current] = [new Set(lines(before)), new Set(lines(now))];
  return now.keys.map((key) => ({ ...key, became: old.has(key.line) ? "same" : "new" }))
    .concat(before.keys.filter((key) => !current.has(key.line)).map((key) => ({ ...key, became: "gone" })));
}

/* The items of now in their order, and those of before that are gone, each after the one that it stood behind. */
function merged(before, now, name) {
  const [old, current] = [new Set(before.map(name)), new Set(now.map(name))];
  const all = now.map((item) => [item, old.has(name(item)) ? "same" : "new"]);
  before.forEach((item, at) => {
    if (current.has(name(item))) return;
    const behind = at === 0 ? -1 : all.findIndex(([other]) => name(other) === name(before[at - 1]));
    all.splice(behind + 1, 0, [item, "gone"]);
  });
  return all;
}
