// The camera: a live picture, and a still of it.
import { h } from "../app/dom";
import { pixels } from "./decode";
import type { Raster } from "./raster";

interface Words {
  readonly shoot: string;
  readonly stop: string;
  readonly live: string;
  readonly noCamera: string;
}

export class Camera {
  readonly #place: HTMLElement;
  readonly #words: Words;
  readonly #take: (raster: Raster) => void;
  readonly #fail: (error: unknown) => void;
  #stream: MediaStream | null = null;

  constructor(place: HTMLElement, words: Words, take: (raster: Raster) => void, fail: (error: unknown) => void) {
    this.#place = place;
    this.#words = words;
    this.#take = take;
    this.#fail = fail;
  }

  async start(): Promise<void> {
    if (this.#stream) return;
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      this.#fail(this.#words.noCamera);
      return;
    }
    const video = h("video", { autoplay: true, playsinline: true, muted: true, "aria-label": this.#words.live });
    video.srcObject = this.#stream;
    const shoot = () => {
      const raster = pixels(video, video.videoWidth, video.videoHeight);
      this.stop();
      this.#take(raster);
    };
    const buttons = h(
      "p",
      { class: "ways" },
      h("button", { type: "button", click: shoot }, this.#words.shoot),
      h("button", { type: "button", click: () => this.stop() }, this.#words.stop),
    );
    this.#place.replaceChildren(video, buttons);
    await video.play().catch(this.#fail);
    buttons.querySelector("button")?.focus();
  }

  stop(): void {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.#place.replaceChildren();
  }
}
