// The view "Mistakes": robustness of a prediction, and the confusion matrix of a data set.
import "./view.css";
import { h } from "../../ui/dom";
import type { Open } from "../../ui/view";
import { ConfusionPanel } from "./confusion-panel";
import { RobustnessPanel } from "./robustness-panel";

export const open: Open = () => (place, app) => {
  const robustness = new RobustnessPanel(app);
  const confusions = new ConfusionPanel(app);
  place.append(h("h2", {}, app.words.mistakes.title), robustness.element, confusions.element);
  return {
    update: (frame) => {
      robustness.update(frame);
      confusions.update(frame.state);
    },
    close: () => confusions.close(),
  };
};
