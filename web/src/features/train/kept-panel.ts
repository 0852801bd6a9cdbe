// The network that was trained last, kept on the device: use it, download it, delete it.

import type { TrainWords } from "../../i18n/en/train";
import type { Model } from "../../model/file";
import { isObject } from "../../model/json";
import { Recognizer } from "../../model/recognizer";
import { writeModel } from "../../model/writer";
import { deleteTrainedNetwork } from "../../storage/network";
import { h } from "../../ui/dom";
import type { Numbers } from "../../ui/numbers";
import { save } from "../../ui/save";
import type { App } from "../../ui/view";

/** Returns the section of a stored network, which removes itself once the network is deleted. */
export function keptPanel(app: App, model: Model, words: TrainWords, numbers: Numbers): HTMLElement {
  const { core } = app.recognizer;
  const button = (text: string, click: () => void) => h("button", { type: "button", click }, text);
  const use = () => {
    app.store.set({ view: "draw" });
    app.use(new Recognizer(core, model));
  };
  const forget = async () => {
    await deleteTrainedNetwork().catch(() => {}); // without storage there is nothing to delete
    section.remove();
    app.announce(words.keptDeleted);
  };
  const { name, metrics } = model.training;
  const title = typeof name === "string" ? name : "safetensors";
  const accuracy = isObject(metrics) ? metrics["validation_accuracy"] : null;
  const facts = [title, ...(typeof accuracy === "number" ? [words.validationAccuracy(numbers.share(accuracy))] : [])];
  const section = h(
    "section",
    { class: "learned", "aria-label": words.keptTitle },
    h("h3", {}, words.keptTitle),
    h("p", { class: "quiet" }, `${facts.join(". ")}. ${words.kept}`),
    h(
      "div",
      { class: "sets" },
      button(words.use, use),
      button(words.download, () => save(new Blob([writeModel(model, core.rasterizerVersion)]), `${title}.safetensors`)),
      button(words.keptForget, () => void forget()),
    ),
  );
  return section;
}
