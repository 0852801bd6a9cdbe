// The view "Draw": the input image of the network, below the answer.

import { SIDE } from "../../engine/rasterizer";
import { h } from "../../ui/dom";
import { paintImage } from "../../ui/image";
import type { Open } from "../../ui/view";

export const open: Open =
  () =>
  (place, { words: { draw: words } }) => {
    const image = h("canvas", { id: "image", width: SIDE, height: SIDE, role: "img", "aria-label": words.inputImage });
    const time = h("span", { id: "time" });
    const caption = h("figcaption", {}, h("h2", {}, words.input), ` ${words.how} `, time);
    place.append(h("figure", { class: "seen" }, image, caption));
    return {
      update: ({ answer, elapsed }) => {
        paintImage(image, answer.image);
        time.textContent = answer.image ? words.inferenceTime(elapsed) : "";
      },
    };
  };
