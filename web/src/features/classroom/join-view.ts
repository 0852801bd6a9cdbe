// The view of a pupil: joins by a code, draws letters, and gets the network that the class trained.
import "../../ui/style/forms.css";
import "../../ui/style/collect.css";
import type { CollectWords } from "../../i18n/en/collect";
import { isObject, parseObject } from "../../model/json";
import { type ClassSnapshot, fetchModel, type Joined, joinClass, pupilHeaders } from "../../server/classes";
import { thisContributor } from "../../server/contributor";
import { followClass } from "../../server/follow";
import { invitation } from "../../server/services";
import { ensureConsent } from "../../ui/collect/consent-dialog";
import { newOwnMemory, OwnPanel } from "../../ui/collect/own-panel";
import { problemOf } from "../../ui/collect/problem";
import { newMemory, PromptPanel } from "../../ui/collect/prompt-panel";
import { TokenForm } from "../../ui/collect/token-form";
import { h } from "../../ui/dom";
import { writeState } from "../../ui/state";
import type { App, Frame, Open, View } from "../../ui/view";

const KEPT = "lenet class"; // in the tab's storage, so that a reload stays in the class

/** State that outlives the view, which is mounted anew for another network or language. */
const tab = {
  memory: newMemory(),
  own: newOwnMemory(),
  joined: null as Joined | null,
  hasEnded: false,
  /** Version of the class's network in use; 0 for the default one. */
  model: 0,
};

export const open: Open = async (all) => {
  const words = await all.collect();
  return (place, app) => new JoinView(place, app, words);
};

class JoinView implements View {
  readonly #place: HTMLElement;
  readonly #app: App;
  readonly #words: CollectWords;
  readonly #leave = new AbortController();
  readonly #notice = h("p", { class: "notice", role: "status" });
  #prompt: PromptPanel | null = null;
  #mine: OwnPanel | null = null;

  constructor(place: HTMLElement, app: App, words: CollectWords) {
    [this.#place, this.#app, this.#words] = [place, app, words];
    const code = invitation.join ?? "";
    delete invitation.join;
    tab.joined ??= code ? null : keptClass();
    if (code && tab.joined) Object.assign(tab, { joined: null, hasEnded: false, model: 0 });
    if (tab.hasEnded) this.#showEnd();
    else if (tab.joined) void this.#enter(tab.joined);
    else this.#askCode(code);
  }

  update({ strokes }: Frame): void {
    this.#prompt?.update(strokes.length === 0);
  }

  close(): void {
    this.#leave.abort();
    this.#prompt?.close();
    this.#mine?.close();
  }

  #askCode(code: string): void {
    const { join } = this.#words;
    const form = new TokenForm({ name: "class", label: join.code, how: join.how, submit: join.join }, false, (text) =>
      this.#join(text),
    );
    const teach = location.href.split("#")[0] + writeState({ ...this.#app.store.state, view: "class" });
    const teacher = h("p", { class: "quiet" }, h("a", { href: teach }, join.teacher));
    this.#place.append(h("h2", {}, join.title), form.element, teacher);
    if (code) void form.submit(code);
  }

  /** Joins; returns the problem to show. */
  async #join(code: string): Promise<string> {
    try {
      tab.joined = await joinClass(code);
    } catch (error) {
      return problemOf(error, this.#words);
    }
    keepClass(tab.joined);
    await this.#enter(tab.joined);
    return "";
  }

  async #enter(joined: Joined): Promise<void> {
    const contributor = await thisContributor();
    contributor.headers = pupilHeaders(joined.session);
    const agreed = await ensureConsent(contributor, this.#words).catch(() => false);
    if (this.#leave.signal.aborted) return;
    if (agreed) this.#showPrompts(joined);
    else this.#showRefusal(joined);
  }

  #showRefusal(joined: Joined): void {
    const { join } = this.#words;
    const again = h("button", { type: "button", class: "main", click: () => void this.#enter(joined) }, join.read);
    this.#place.replaceChildren(h("h2", {}, joined.name), h("p", {}, join.agreeFirst), again, this.#wayOut());
    again.focus();
  }

  #showPrompts(joined: Joined): void {
    const { join } = this.#words;
    this.#mine = new OwnPanel(this.#app, this.#words, tab.own, {
      withdrawn: () => this.#prompt?.forget(),
      code: false,
    });
    const { element } = this.#mine;
    this.#prompt = new PromptPanel(this.#app, this.#words, tab.memory, () => this.#mine?.refresh());
    const heading = h("h2", { tabindex: -1 }, joined.name);
    this.#place.replaceChildren(
      h("div", { class: "lead" }, heading, this.#notice, this.#prompt.ask),
      this.#prompt.act,
      element,
      this.#wayOut(),
    );
    heading.focus({ preventScroll: true });
    if (tab.model > 0) this.#notice.textContent = join.trained;
    this.#app.announce(join.joined(joined.name));
    const follower = {
      changed: (state: ClassSnapshot) => void this.#follow(joined, state),
      connected: () => {},
      refused: () => this.#end(),
    };
    void followClass(pupilHeaders(joined.session), follower, this.#leave.signal);
  }

  /** Uses the class's network as soon as there is another one. */
  async #follow({ session }: Joined, { open, model }: ClassSnapshot): Promise<void> {
    if (!open) return this.#end();
    if (model === tab.model || model === 0) return;
    const recognizer = await fetchModel(pupilHeaders(session), this.#app.recognizer.core).catch(() => null);
    if (!recognizer || this.#leave.signal.aborted) return;
    tab.model = model;
    this.#app.announce(this.#words.join.trained);
    this.#app.use(recognizer); // mounts the view anew
  }

  #end(): void {
    const usesClass = tab.model > 0;
    Object.assign(tab, { hasEnded: true, joined: null, model: 0, memory: newMemory(), own: newOwnMemory() });
    keepClass(null);
    this.close();
    if (usesClass) this.#app.use(this.#app.defaultRecognizer);
    else this.#showEnd();
  }

  #showEnd(): void {
    const { join } = this.#words;
    const again = () => {
      tab.hasEnded = false;
      this.#place.replaceChildren();
      this.#askCode("");
    };
    this.#prompt = this.#mine = null;
    const heading = h("h2", { tabindex: -1 }, join.ended);
    this.#place.replaceChildren(
      heading,
      h("p", {}, join.endedHow),
      h("button", { type: "button", click: again }, join.title),
      this.#wayOut(),
    );
    heading.focus({ preventScroll: true });
    this.#app.announce(join.ended);
  }

  /** The way back to the page, without the class's network. */
  #wayOut(): HTMLElement {
    const leave = () => {
      const usesClass = tab.model > 0;
      Object.assign(tab, { hasEnded: false, joined: null, model: 0 });
      keepClass(null);
      this.#app.store.set({ view: "draw" });
      if (usesClass) this.#app.use(this.#app.defaultRecognizer);
    };
    return h("p", {}, h("button", { type: "button", class: "leave", click: leave }, this.#words.join.leave));
  }
}

function keepClass(joined: Joined | null): void {
  try {
    if (joined) sessionStorage.setItem(KEPT, JSON.stringify(joined));
    else sessionStorage.removeItem(KEPT);
  } catch {
    // the class is forgotten with the page
  }
}

function keptClass(): Joined | null {
  try {
    const kept = parseObject(sessionStorage.getItem(KEPT) ?? "");
    return isObject(kept) && typeof kept["session"] === "string"
      ? { name: String(kept["name"] ?? ""), session: kept["session"] }
      : null;
  } catch {
    return null;
  }
}
