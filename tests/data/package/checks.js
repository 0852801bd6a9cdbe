// What the package is asked, wherever it runs; test_package.py says what must come out.
import { LenetError, load } from "./lenet/index.js";

const plain = ({ image, ...answer }) => ({ ...answer, image: image && Array.from(image) });

/** The answers to drawings and pictures. */
export async function answers({ drawings = [], pictures = [], model }) {
  const recognizer = await load({ model });
  return {
    labels: recognizer.labels,
    drawings: drawings.map(({ strokes, pen }) => plain(recognizer.recognize(strokes, { pen }))),
    pictures: pictures.map(({ tones, height, width }) =>
      plain(recognizer.recognizePicture(Uint8Array.from(tones), height, width)),
    ),
  };
}

/** An L in every form that a drawing may have. */
export async function forms() {
  const recognizer = await load();
  const stroke = [[0, 0], [0, 10], [6, 10]];
  const arrays = [Float64Array, Float32Array, Int32Array, Uint32Array, Int16Array, Uint16Array, Int8Array, Uint8Array];
  return [
    [stroke],
    [stroke.map((point) => [...point, 17])],
    [stroke, []],
    ...arrays.map((Numbers) => [Numbers.from(stroke.flat())]),
  ].map((drawing) => plain(recognizer.recognize(drawing)));
}

async function refusal(ask) {
  try {
    await ask();
  } catch (error) {
    return `${error instanceof LenetError ? error.name : `not a LenetError: ${error}`}: ${error.message}`;
  }
  return "nothing was refused";
}

/** What is said of what cannot be used; the model is a whole one. */
export async function refusals(model) {
  const recognizer = await load();
  const bytes = Uint8Array.from(model);
  const many = (count) => new Float64Array(2 * count);
  const asked = {
    nothing: () => recognizer.recognize(undefined),
    text: () => recognizer.recognize("L"),
    "one stroke": () => recognizer.recognize([[0, 0], [0, 10]]),
    "objects": () => recognizer.recognize([[{ x: 0, y: 0 }]]),
    "a hole": () => recognizer.recognize([[[0, 0]], , [[1, 1]]]),
    "a point short": () => recognizer.recognize([[[0, 0], [1]]]),
    "text in a point": () => recognizer.recognize([[["0", "1"]]]),
    "odd": () => recognizer.recognize([[[0, 0]], new Float32Array(3)]),
    "big integers": () => recognizer.recognize([new BigInt64Array(2)]),
    "a view": () => recognizer.recognize([new DataView(new ArrayBuffer(8))]),
    "NaN": () => recognizer.recognize([[[0, NaN]]]),
    "far": () => recognizer.recognize([Float64Array.of(0, 1e12)]),
    "many points": () => recognizer.recognize([many(60_000), many(60_000)]),
    "many strokes": () => recognizer.recognize(Array(100_001).fill([])),
    "pen": () => recognizer.recognize([[[0, 0]]], { pen: 0.01 }),
    "pen NaN": () => recognizer.recognize([[[0, 0]]], { pen: NaN }),
    "picture": () => recognizer.recognizePicture(new Uint8Array(12), 4, 4),
    "model number": () => load({ model: 7 }),
    "model null": () => load({ model: null }),
    "model short": () => load({ model: bytes.subarray(0, -1) }),
    "model empty": () => load({ model: new ArrayBuffer(0) }),
    "model nowhere": () => load({ model: new URL("./nowhere.safetensors", "http://127.0.0.1:9/") }),
  };
  const said = {};
  for (const [name, ask] of Object.entries(asked)) said[name] = await refusal(ask);
  return { said, after: recognizer.recognize([[[0, 0], [0, 10], [6, 10]]]).letter };
}

/** The letter that a model reads, given in each way that it can be. */
export async function models(address, model) {
  const bytes = Uint8Array.from([0, 0, 0, ...model]).subarray(3);
  const given = [bytes, bytes.slice().buffer, new DataView(bytes.buffer, 3)];
  if (address) given.push(address, new URL(address));
  const found = await Promise.all(given.map((model) => load({ model })));
  return found.map((recognizer) => plain(recognizer.recognize([[[0, 0], [0, 10], [6, 10]]])));
}

export const ask = { answers, forms, refusals, models };
