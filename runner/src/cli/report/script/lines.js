/* Lines of a difference, and files. */

const SIDES = { "-": "gone", "+": "new" };

/* Lines that begin with `-` or `+`, after blanks or not. */
function changedLines(lines) {
  return element("pre", { class: "lines" }, lines.map((line) =>
    element("span", { class: SIDES[line.trimStart()[0]] || "same" }, `${line}\n`)));
}

/* In what a file is another: lines of one side or of both. */
function fileDifference({ path, lines }) {
  const marks = { from: ["gone", "-"], to: ["new", "+"], both: ["same", " "], gap: ["gap", "⋮"] };
  return element("figure", { class: "file" }, element("figcaption", {}, path),
    element("pre", { class: "lines" }, lines.map(({ side, text }) => {
      const [name, mark] = marks[side] || marks.both;
      return element("span", { class: name }, `${mark} ${text}\n`);
    })));
}

/* The files of a migration: SQL first, then its code, then the rest. */
function sourceFiles(source) {
  const rank = (path) => (path.endsWith(".sql") ? 0 : path.endsWith(".rs") ? 1 : 2);
  const files = [...source].sort((a, b) => rank(a.path) - rank(b.path) || (a.path < b.path ? -1 : 1));
  return files.map(({ path, text }) => element("details", { class: "file", open: rank(path) < 2 },
    element("summary", {}, path), element("pre", {}, text)));
}
