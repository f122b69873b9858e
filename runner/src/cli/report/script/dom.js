"use strict";

/* Elements, and values as people read them. All text comes into the page as text nodes. */

const SVG = "http://www.w3.org/2000/svg";

/* An element with these attributes and children; text is a child, and what is null or false is none. */
function element(name, attributes, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/* The same of a picture. */
function shape(name, attributes, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value);
  }
  const there = children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
  node.append(...there.map((child) => (typeof child === "string" ? visible(child) : child)));
  return node;
}

/* The text, in which what would change the order or the look of the rest is spelled. */
function visible(text) {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (letter) => `\\u{${letter.codePointAt(0).toString(16)}}`);
}

/* A part of the page, under a heading. */
function section(id, title, ...children) {
  return element("section", { id, "aria-labelledby": `${id}-title` },
    element("h2", { id: `${id}-title` }, title), ...children);
}

function count(number, noun) {
  if (number === 1) return `1 ${noun}`;
  return noun.endsWith("y") ? `${number} ${noun.slice(0, -1)}ies` : `${number} ${noun}s`;
}

/* 2026-11-30 13:57:36 UTC */
function moment(text) {
  return text ? `${text.slice(0, 10)} ${text.slice(11, 19)} UTC` : "at an unknown time";
}

function duration(microseconds) {
  const digits = (number) => (number < 10 ? number.toFixed(1) : String(Math.round(number)));
  if (microseconds < 1000) return `${microseconds} µs`;
  if (microseconds < 1e6) return `${digits(microseconds / 1000)} ms`;
  if (microseconds < 120e6) return `${digits(microseconds / 1e6)} s`;
  const seconds = Math.round(microseconds / 1e6);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

function bytes(number) {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let unit = 0;
  while (number >= 1000 && unit < units.length - 1) {
    number /= 1000;
    unit += 1;
  }
  return `${unit > 0 && number < 10 ? number.toFixed(1) : Math.round(number)} ${units[unit]}`;
}

/* A text in which what stands between backticks is code. */
function words(text) {
  return text.split("`").map((part, at, parts) =>
    at % 2 === 1 && at < parts.length - 1 ? element("code", {}, part) : (at % 2 === 1 ? "`" : "") + part);
}

/* A table of these columns, each a title or [title, class]. */
function table(columns, rows) {
  const [titles, classes] = [columns.map((it) => [it].flat()[0]), columns.map((it) => [it].flat()[1])];
  return element("div", { class: "scroll" }, element("table", {},
    element("thead", {}, element("tr", {}, titles.map((title, at) => element("th", { scope: "col", class: classes[at] }, title)))),
    element("tbody", {}, rows.map((row) =>
      element("tr", {}, row.map((cell, at) => element("td", { class: classes[at] }, cell)))))));
}
