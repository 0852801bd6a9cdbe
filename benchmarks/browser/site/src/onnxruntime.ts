// ONNX Runtime Web: the WebAssembly provider. Answers only.
import * as ort from "onnxruntime-web/wasm";
import { bytes, images, offer, SIDE, timed, type Runner, type Task } from "./task";

async function predictor({ batch, threads }: Task): Promise<Runner> {
  ort.env.wasm.numThreads = threads;
  const session = await ort.InferenceSession.create(new Uint8Array(await bytes("model.onnx")));
  const pixels = (await images()).subarray(0, batch * SIDE * SIDE);
  const input = new ort.Tensor("uint8", pixels, [batch, SIDE, SIDE]);
  const answer = async () => (await session.run({ images: input }))["probabilities"]!.data as Float32Array;
  return {
    check: async () => Array.from(await answer()),
    seconds: (times) =>
      timed(async () => {
        for (let i = 0; i < times; i++) await answer();
      }),
  };
}

offer(predictor);
