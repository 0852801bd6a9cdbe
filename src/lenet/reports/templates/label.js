"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const at = (id) => document.getElementById(id);
const SIDE = 28;
const UNREADABLE = "unreadable";
const NOT_A_LETTER = "not-a-letter";
const DRAFT = `lenet-labels-${data.run}`;

// ---- Labels: one for each of the first letters, in the order of the page ----------------------

let labels = [];
let unsaved = false;

function isLabel(value) {
  return value === UNREADABLE || value === NOT_A_LETTER || data.classes.includes(value);
}

function readDraft() {
  try {
    const draft = JSON.parse(localStorage.getItem(DRAFT));
    if (Array.isArray(draft) && draft.length <= data.letters.length && draft.every(isLabel)) labels = draft;
  } catch {
    // The browser keeps nothing for this page; labels.json does.
  }
}

function keepDraft() {
  try {
    localStorage.setItem(DRAFT, JSON.stringify(labels));
    return true;
  } catch {
    return false;
  }
}

function changed(message) {
  unsaved = labels.length > 0;
  const kept = keepDraft();
  at("draft").textContent = kept
    ? "This browser keeps a draft of your labels."
    : "This browser keeps no draft; save before you close the page.";
  show(message);
}

function label(value) {
  if (labels.length === data.letters.length) return;
  labels.push(value);
  changed(`Labelled ${value}.`);
}

function undo() {
  if (labels.length === 0) return;
  changed(`Took back ${labels.pop()}.`);
}

function labelOfKey(key) {
  if (data.classes.includes(key)) return key;
  if (data.classes.includes(key.toUpperCase())) return key.toUpperCase();
  return { "?": UNREADABLE, "-": NOT_A_LETTER }[key];
}

// ---- What is shown ----------------------------------------------------------------------------

const sheet = at("sheet");

function draw(canvas, slots) {
  const context = canvas.getContext("2d");
  const size = canvas.width / slots.length;
  context.imageSmoothingEnabled = false;
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  slots.forEach((slot, k) => {
    const x = (slot % data.columns) * SIDE;
    const y = Math.floor(slot / data.columns) * SIDE;
    context.drawImage(sheet, x, y, SIDE, SIDE, k * size, (canvas.height - size) / 2, size, size);
  });
}

function show(message) {
  const done = labels.length;
  const count = data.letters.length;
  const first = Math.min(done, count - 1) * data.slots;
  const middle = (data.slots - 1) / 2;
  const slots = Array.from({ length: data.slots }, (_, k) => first + k);
  draw(at("before"), slots.slice(0, middle));
  draw(at("letter"), [first + middle]);
  draw(at("after"), slots.slice(middle + 1));
  at("progress").max = count;
  at("progress").value = done;
  at("progress-text").textContent = `${done} of ${count} letters are labelled.`;
  at("save").disabled = done === 0;
  const next = done < count ? `Letter ${done + 1} of ${count}.` : "All letters are labelled; save labels.json.";
  at("message").textContent = [message, next].filter(Boolean).join(" ");
}

function button(name, title, act) {
  const element = document.createElement("button");
  element.type = "button";
  element.textContent = name;
  element.setAttribute("aria-label", title);
  element.title = title;
  element.addEventListener("click", act);
  at("buttons").append(element);
}

function save() {
  const rows = labels.map((value, k) => [...data.letters[k], value]);
  const content = { format: "lenet-labels/1", run: data.run, labels: rows };
  const url = URL.createObjectURL(new Blob([`${JSON.stringify(content)}\n`], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = "labels.json";
  link.click();
  URL.revokeObjectURL(url);
  unsaved = false;
}

// ---- Events -----------------------------------------------------------------------------------

document.addEventListener("keydown", (event) => {
  const isHere = document.activeElement === at("key") || document.activeElement === document.body;
  if (!isHere || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  const value = labelOfKey(event.key);
  if (event.key === "Backspace") undo();
  else if (value) label(value);
  else if (event.key.length > 1) return;
  event.preventDefault();
});
at("key").addEventListener("input", () => {
  // Keyboards of phones send no key.
  const value = labelOfKey(at("key").value.trim());
  at("key").value = "";
  if (value) label(value);
});
at("save").addEventListener("click", save);
addEventListener("beforeunload", (event) => {
  if (unsaved && !keepDraft()) event.preventDefault();
});

for (const name of data.classes) button(name, name, () => label(name));
button("?", "unreadable", () => label(UNREADABLE));
button("-", "not a letter", () => label(NOT_A_LETTER));
button("\u232b", "take the last label back", undo);
readDraft();
sheet.decode().then(() => show(labels.length ? "Your draft is here again." : ""));
