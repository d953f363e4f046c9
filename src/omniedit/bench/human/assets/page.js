// The rating page. A choice becomes a rating when both sides are chosen; it is sent at once, and again until it is saved.
"use strict";

const $ = (id) => document.getElementById(id);
const BUTTONS = [...document.querySelectorAll("[data-key]")];
const FIELDS = ["sc", "pq"];
const RETRY = 2000; // milliseconds until what could not be saved is sent again
const PAUSE = 250; // milliseconds in which a choice can be seen before the page goes on by itself

let questions = []; // in order: {question, instruction, sc, pq, chosen, sent}: saved, chosen, and sent last
let place = 0; // questions.length: the end
let ready = false; // both pictures are there
let queue = Promise.resolve(); // ratings are saved one after the other: the last one counts

const current = () => questions[place];
const isRated = (one) => one.sc !== null;
const isComplete = (one) => FIELDS.every((side) => one.chosen[side] !== null);
const isSaved = (one) => FIELDS.every((side) => one.chosen[side] === one[side]);
const picture = (one, side) => `/pictures/${one.question}/${side}`;

// Showing -------------------------------------------------------------------------------------------------------------

function show() {
  const ended = place >= questions.length;
  $("work").hidden = ended;
  $("end").hidden = !ended;
  if (ended) showEnd();
  else showQuestion();
  showProgress();
  history.replaceState(null, "", ended ? "#end" : `#${place + 1}`);
}

function showQuestion() {
  $("instruction").textContent = current().instruction;
  showPictures(current());
  showChoice();
  questions.slice(place + 1, place + 3).forEach((one) => {
    for (const side of ["source", "result"]) new Image().src = picture(one, side);
  });
}

async function showPictures(one) {
  ready = false;
  flip(false);
  trouble("");
  $("stage").classList.add("loading");
  $("source").src = $("flip").src = picture(one, "source");
  $("result").src = picture(one, "result");
  const loaded = await Promise.allSettled([$("source").decode(), $("result").decode()]);
  if (one !== current()) return;
  if (loaded.some((each) => each.status === "rejected")) {
    trouble("A picture cannot be shown. Leave this edit unrated, and tell whoever runs the study.");
    return;
  }
  ready = true;
  arrange();
  $("stage").classList.remove("loading");
}

function arrange() {
  // Side by side, or one above the other: whichever makes the pictures larger.
  const { naturalWidth: width, naturalHeight: height } = $("source");
  const room = $("stage").getBoundingClientRect();
  const beside = Math.min(room.width / 2 / width, room.height / height);
  const stacked = Math.min(room.width / width, room.height / 2 / height);
  $("stage").classList.toggle("stacked", stacked > beside * 1.1);
}

function showChoice() {
  const { chosen } = current();
  for (const button of BUTTONS) {
    button.setAttribute("aria-pressed", chosen[button.dataset.side] === Number(button.dataset.level));
  }
  for (const side of FIELDS) $(side).classList.remove("wanted");
  showState();
}

function showState() {
  if (!current()) return;
  $("state").classList.remove("wanted");
  const saved = isRated(current()) && isSaved(current());
  $("state").textContent = saved ? "saved" : isComplete(current()) ? "saving …" : "";
}

function showProgress() {
  const rated = questions.filter(isRated).length;
  $("place").textContent = place < questions.length ? `${place + 1} of ${questions.length}` : "the end";
  $("count").textContent = `${rated} rated, ${questions.length - rated} to go`;
  $("bar").style.width = `${(100 * rated) / Math.max(1, questions.length)}%`;
  $("track").setAttribute("aria-valuemax", questions.length);
  $("track").setAttribute("aria-valuenow", rated);
}

function showEnd() {
  const gaps = questions.filter((one) => !isRated(one)).length;
  $("thanks").textContent = gaps ? "This was the last edit." : "All is rated. Thank you!";
  $("left").textContent = gaps ? `${gaps} of ${questions.length} are not rated yet.` : `${questions.length} edits, all saved.`;
  $("gaps").hidden = !gaps;
}

function trouble(message) {
  $("trouble").textContent = message;
  $("trouble").hidden = !message;
}

// Going ---------------------------------------------------------------------------------------------------------------

function go(to) {
  const one = current();
  if (one && FIELDS.some((side) => one.chosen[side] !== null) && !isComplete(one)) {
    for (const side of FIELDS) $(side).classList.toggle("wanted", one.chosen[side] === null);
    $("state").classList.add("wanted");
    $("state").textContent = "rate both, or Esc";
    return;
  }
  place = Math.max(0, Math.min(questions.length, to));
  show();
}

function goUnrated() {
  const order = [...questions.keys()].map((step) => (place + 1 + step) % questions.length);
  const found = order.find((index) => !isRated(questions[index]));
  go(found === undefined ? questions.length : found);
}

// Rating --------------------------------------------------------------------------------------------------------------

function choose(side, level) {
  const one = current();
  if (!one || !ready) return;
  const first = !isRated(one);
  one.chosen[side] = level;
  showChoice();
  if (!isComplete(one) || FIELDS.every((side) => one.chosen[side] === one.sent[side])) return;
  save(one).then(() => {
    if (first && $("auto").checked) setTimeout(() => one === current() && go(place + 1), PAUSE);
  });
}

function takeBack() {
  const one = current();
  if (!one || isComplete(one)) return;
  for (const side of FIELDS) one.chosen[side] = one[side];
  showChoice();
}

function save(one) {
  const rating = { question: one.question, ...one.chosen };
  one.sent = { ...one.chosen };
  queue = queue.then(() => send(one, rating));
  return queue;
}

async function send(one, rating) {
  for (;;) {
    try {
      const answer = await fetch("/ratings", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(rating),
      });
      if (!answer.ok) throw new Error((await answer.json()).error);
      break;
    } catch (error) {
      trouble(`Not saved yet, trying again: ${error.message}. Is the server still running?`);
      await new Promise((wake) => setTimeout(wake, RETRY));
    }
  }
  for (const side of FIELDS) one[side] = rating[side];
  trouble("");
  showState();
  showProgress();
  if (!current()) showEnd();
}

// Looking -------------------------------------------------------------------------------------------------------------

function flip(on) {
  $("flip").hidden = !on;
  $("caption").textContent = on ? "Before" : "After";
  $("caption").classList.toggle("flipped", on);
}

function zoom() {
  const on = $("stage").classList.toggle("zoomed");
  $("zoom").setAttribute("aria-pressed", on);
}

function point(event) {
  // Both pictures are magnified at the same place.
  const frame = event.target.closest(".frame");
  if (!frame) return;
  const room = frame.getBoundingClientRect();
  $("stage").style.setProperty("--x", `${(100 * (event.clientX - room.left)) / room.width}%`);
  $("stage").style.setProperty("--y", `${(100 * (event.clientY - room.top)) / room.height}%`);
}

function toggleGuide() {
  $("guide").hidden = !$("guide").hidden;
  $("toggle").setAttribute("aria-pressed", !$("guide").hidden);
  if (ready) arrange();
}

// Keys and buttons ----------------------------------------------------------------------------------------------------

const KEYS = {
  ArrowLeft: () => go(place - 1),
  Backspace: () => go(place - 1),
  ArrowRight: () => go(place + 1),
  Enter: () => go(place + 1),
  Escape: takeBack,
  n: goUnrated,
  z: zoom,
  g: toggleGuide,
};
for (const { dataset } of BUTTONS) KEYS[dataset.key] = () => choose(dataset.side, Number(dataset.level));

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if ([" ", "Enter"].includes(key) && event.target.closest("a, button, input")) return; // reached by Tab: presses it
  if (key === " ") {
    event.preventDefault();
    if (ready) flip(true);
  } else if (Object.hasOwn(KEYS, key)) {
    event.preventDefault();
    if (!event.repeat || key.startsWith("Arrow")) KEYS[key]();
  }
});
document.addEventListener("keyup", (event) => {
  if (event.key === " ") flip(false);
});
document.addEventListener("click", (event) => {
  if (event.detail) document.activeElement.blur(); // or Space and Enter would press what the mouse pressed last
});
window.addEventListener("blur", () => flip(false));
window.addEventListener("resize", () => ready && arrange());
window.addEventListener("beforeunload", (event) => {
  if (questions.some((one) => isComplete(one) && !isSaved(one))) event.preventDefault();
});
window.addEventListener("hashchange", () => go(fromHash() ?? place));
for (const button of BUTTONS) button.addEventListener("click", () => KEYS[button.dataset.key]());
$("back").addEventListener("click", () => go(place - 1));
$("again").addEventListener("click", () => go(questions.length - 1));
$("next").addEventListener("click", () => go(place + 1));
$("open").addEventListener("click", goUnrated);
$("gaps").addEventListener("click", goUnrated);
$("zoom").addEventListener("click", zoom);
$("toggle").addEventListener("click", toggleGuide);
$("swap").addEventListener("pointerdown", () => ready && flip(true));
for (const end of ["pointerup", "pointerleave"]) $("swap").addEventListener(end, () => flip(false));
$("stage").addEventListener("pointermove", point);
$("auto").checked = localStorage.getItem("auto") === "yes";
$("auto").addEventListener("change", () => localStorage.setItem("auto", $("auto").checked ? "yes" : "no"));

// Beginning -----------------------------------------------------------------------------------------------------------

function fromHash() {
  if (location.hash === "#end") return questions.length;
  const number = Number(location.hash.slice(1));
  return Number.isInteger(number) && number >= 1 && number <= questions.length ? number - 1 : null;
}

async function start() {
  const found = await (await fetch("/questions")).json();
  questions = found.questions.map((one) => ({ ...one, chosen: { sc: one.sc, pq: one.pq }, sent: { sc: one.sc, pq: one.pq } }));
  document.title = `Rating edits: ${found.rater}`;
  const first = questions.findIndex((one) => !isRated(one));
  place = fromHash() ?? (first < 0 ? questions.length : first);
  show();
}

start().catch((error) => trouble(`The edits cannot be loaded: ${error.message}. Reload the page.`));
