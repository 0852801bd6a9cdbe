// The least page that answers with ONNX Runtime Web.
import * as ort from "onnxruntime-web/wasm";
import { answered, bytes, letter, SIDE } from "./task";

ort.env.wasm.numThreads = 1;
const session = await ort.InferenceSession.create(new Uint8Array(await bytes("model.onnx")));
const { probabilities } = await session.run({ images: new ort.Tensor("uint8", letter(), [1, SIDE, SIDE]) });
answered(probabilities!.data as Float32Array);
