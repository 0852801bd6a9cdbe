// The camera: a live video, and a still of it.

import type { ColourRaster } from "../../segmentation/picture/raster";
import { h } from "../../ui/dom";
import { pixels } from "./decode";

interface Words {
  readonly shoot: string;
  readonly stop: string;
  readonly live: string;
  readonly noCamera: string;
}

export class Camera {
  readonly #place: HTMLElement;
  readonly #words: Words;
  readonly #take: (raster: ColourRaster) => void;
  readonly #fail: (error: unknown) => void;
  #stream: MediaStream | null = null;
  #turn = 0; // counts, so that a camera that opens late, when nobody waits for it any more, is let go

  constructor(place: HTMLElement, words: Words, take: (raster: ColourRaster) => void, fail: (error: unknown) => void) {
    this.#place = place;
    this.#words = words;
    this.#take = take;
    this.#fail = fail;
  }

  async start(): Promise<void> {
    if (this.#stream) return;
    const turn = ++this.#turn;
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      if (turn === this.#turn) this.#fail(this.#words.noCamera);
      return;
    }
    if (turn !== this.#turn) return release(stream);
    this.#stream = stream;
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

  get isOpen(): boolean {
    return this.#stream !== null;
  }

  stop(): void {
    this.#turn++;
    if (this.#stream) release(this.#stream);
    this.#stream = null;
    this.#place.replaceChildren();
  }
}

function release(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
