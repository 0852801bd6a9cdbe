// Explore mistakes: how much a drawing bears, and what a set of letters is confused with.
import "../style/mistakes.css";
import type { App, Mount } from "../app/app";
import { h } from "../app/dom";
import { Bearing } from "../mistakes/bearing";
import { Confusions } from "../mistakes/confusions";

export const mount: Mount = (place, app: App) => {
  const bearing = new Bearing(app);
  const confusions = new Confusions(app);
  place.append(h("h2", {}, app.words.mistakes.title), bearing.element, confusions.element);
  return {
    update: (frame) => {
      bearing.update(frame);
      confusions.update(frame.state);
    },
    close: () => confusions.close(),
  };
};
