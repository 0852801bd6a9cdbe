// The view "Contribute": one letter after another, and what this contributor gave.
import "../../ui/style/forms.css";
import "../../ui/style/collect.css";
import type { CollectWords } from "../../i18n/en/collect";
import { thisContributor } from "../../server/contributor";
import { readKey } from "../../server/identity";
import { invitation } from "../../server/services";
import { newOwnMemory, OwnPanel } from "../../ui/collect/own-panel";
import { newMemory, PromptPanel } from "../../ui/collect/prompt-panel";
import { askPerson } from "../../ui/collect/question";
import { h } from "../../ui/dom";
import { writeState } from "../../ui/state";
import type { Open } from "../../ui/view";

const memory = newMemory();
const own = newOwnMemory();

export const open: Open = async (all) => {
  const words = await all.collect();
  const key = readKey(invitation.key ?? "");
  delete invitation.key;
  return (place, app) => {
    const mine = new OwnPanel(app, words, own, { withdrawn: () => prompt.forget(), code: true });
    const prompt = new PromptPanel(app, words, memory, () => mine.refresh());
    const review = location.href.split("#")[0] + writeState({ ...app.store.state, view: "moderate" });
    place.append(
      h(
        "div",
        { class: "lead" },
        h("h2", {}, words.give.title),
        h("p", { class: "quiet" }, words.give.how),
        prompt.ask,
      ),
      prompt.act,
      mine.element,
      h("p", { class: "quiet" }, h("a", { href: review }, words.give.review)),
    );
    if (key) void takeOver(key, words, mine);
    return {
      update: ({ strokes }) => prompt.update(strokes.length === 0),
      close: () => {
        prompt.close();
        mine.close();
      },
    };
  };
};

/** Takes over the key of an address; a key that this device has is replaced only if the person says so. */
async function takeOver(key: string, { mine: texts }: CollectWords, mine: OwnPanel): Promise<void> {
  const contributor = await thisContributor();
  const replaces = contributor.key !== null && contributor.key !== key;
  const [no, yes] = [{ value: "no", text: texts.no } as const, { value: "yes", text: texts.use } as const];
  if (replaces && (await askPerson(texts.replace, no, yes)) === "no") return;
  await contributor.become(key);
  mine.refresh();
  mine.element.querySelector("h3")?.focus();
}
