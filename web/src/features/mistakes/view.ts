// Explore mistakes: how much a drawing bears, and what a set of letters is confused with.
import "./view.css";
import { h } from "../../ui/dom";
import type { Open } from "../../ui/view";
import { Confusions } from "./confusion-panel";
import { Bearing } from "./robustness-panel";

export const open: Open = () => (place, app) => {
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
