"use strict";
// What is typed is kept in this browser until the gradebook says something else than when it was typed; the file has what
// differs from the gradebook.
const about = JSON.parse(document.getElementById("about").textContent);
const place = "answers of " + about.assignment + " " + document.querySelector("body > p").textContent;
const kept = JSON.parse(localStorage.getItem(place) || "{}");
const typed = kept.grades || {};
const comments = Object.assign({}, about.comments, kept.comments);

const cards = Array.from(document.querySelectorAll(".answer"), (element) => ({
  element,
  answers: JSON.parse(element.dataset.answers),
  points: element.querySelector("input"),
  comment: element.querySelector("textarea"),
  question: element.closest("section").dataset.question,
}));

const number = (card) => (card.points.value === "" ? null : Number(card.points.value));
const words = (card) => card.comment.value.trim();
const state = (one) => JSON.stringify([one.answer, one.points, one.comment]);
const differs = (card) => card.answers.some((one) => one.points !== number(card) || one.comment !== words(card));

function keep() {
  localStorage.setItem(place, JSON.stringify({ grades: typed, comments }));
  let given = 0, all = 0;
  for (const card of cards) {
    const good = number(card) !== null && card.points.validity.valid;
    card.element.classList.toggle("given", good);
    all += card.answers.length;
    given += good ? card.answers.length : 0;
  }
  document.getElementById("done").textContent = given + " of " + all + " graded";
}

function note(card) {
  for (const one of card.answers) {
    if (differs(card)) typed[one.key] = { as: state(one), points: card.points.value, comment: card.comment.value };
    else delete typed[one.key];
  }
  keep();
}

function button(text, title, press) {
  const made = document.createElement("button");
  Object.assign(made, { type: "button", textContent: text, title });
  made.addEventListener("click", press);
  return made;
}

// Comments of a question, to be used again with the points that came with them.
function offer(question) {
  for (const card of cards.filter((one) => one.question === question)) {
    const room = card.element.querySelector(".reuse");
    room.replaceChildren(
      ...(comments[question] || []).map((one) =>
        button((one.points === null ? "" : one.points + " · ") + one.text, "use this comment", () => {
          if (!card.comment.value.includes(one.text)) card.comment.value = (words(card) + "\n" + one.text).trim();
          if (one.points !== null && number(card) === null) card.points.value = one.points;
          note(card);
        })),
      button("+ use again", "offer this comment for the other answers", () => {
        const list = (comments[question] = comments[question] || []);
        if (words(card) && !list.some((one) => one.text === words(card))) {
          list.push({ text: words(card), points: number(card) });
          offer(question);
          keep();
        }
      }));
  }
}

cards.forEach((card, index) => {
  const before = typed[card.answers[0].key];
  if (before && before.as === state(card.answers[0]))
    [card.points.value, card.comment.value] = [before.points, before.comment];
  else card.answers.forEach((one) => delete typed[one.key]);
  card.element.addEventListener("input", () => note(card));
  card.element.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault(); // Enter goes on to the next answer
    const next = cards[index + 1];
    if (next) next.points.focus();
  });
  for (const give of card.element.querySelectorAll("[data-give]"))
    give.addEventListener("click", () => {
      card.points.value = Number(give.dataset.give);
      note(card);
    });
});
new Set(cards.map((card) => card.question)).forEach(offer);

document.getElementById("save").addEventListener("click", () => {
  const wrong = cards.find((card) => !card.points.validity.valid);
  if (wrong) return wrong.points.reportValidity();
  const grades = cards.filter(differs).flatMap((card) =>
    card.answers.map((one) => ({
      key: one.key, answer: one.answer, points: number(card), comment: words(card),
      before: { points: one.points, comment: one.comment },
    })));
  const text = JSON.stringify({ schema: 1, assignment: about.assignment, grades, comments }, null, 1);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text + "\n"], { type: "application/json" }));
  link.download = "answers-" + about.assignment + ".json";
  link.click();
});
keep();
