import { LenetError, load, type Strokes, type LetterRecognizer, type Recognition, type Verdict } from "lenet";
import { LenetPad } from "lenet/element.js";

const recognizer: LetterRecognizer = await load();
await load({ model: new URL("https://example.org/model.safetensors") });
await load({ model: new Uint8Array(8) });
const lists: number[][][] = [[[0, 0], [0, 10]]];
const drawing: Strokes = [[[0, 0], [0, 10, 17]], Float32Array.of(0, 10, 6, 10)];
const { letter, confidence, candidates, verdict, image }: Recognition = recognizer.recognize(drawing, { pen: 0.1 });
recognizer.recognize(lists);
recognizer.recognizePicture(new Uint8ClampedArray(4), 2, 2);
const text: string = (letter ?? "") + candidates.map(([name, share]) => `${name} ${share.toFixed(2)}`).join();
const sure: boolean = confidence > 0.5 && verdict === "letter" && image?.length === 784;
const all: Record<Verdict, boolean> = { letter: sure, unsure: false, "not-a-letter": false, empty: text === "" };

const pad = document.createElement("lenet-pad");
pad.addEventListener("recognize", ({ detail }) => console.log(detail.letter, all));
pad.addEventListener("error", ({ message, error }) => console.log(message, error instanceof LenetError));
pad.addEventListener("pointerdown", ({ pointerType }) => console.log(pointerType));
pad.label = "Draw";
pad.model = null;
pad.pen = 0.1;
pad.disabled = pad instanceof LenetPad;
pad.strokes = pad.strokes;
pad.undo();
pad.clear();
const result: Recognition | null = pad.result;
console.log(result);

// @ts-expect-error: no points
recognizer.recognize([1, 2]);
// @ts-expect-error: a picture has a size
recognizer.recognizePicture(new Uint8Array(4));
// @ts-expect-error: nothing else is loaded
await load({ models: "a" });
// @ts-expect-error: nobody sets it
pad.result = null;
// @ts-expect-error: the machinery is not public
pad.connectedCallback();
