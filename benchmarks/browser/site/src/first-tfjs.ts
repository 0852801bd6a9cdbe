// The least page that answers with TensorFlow.js: its JavaScript backend, which needs no further download.
import "@tensorflow/tfjs-backend-cpu";
import { tensor4d, type Tensor } from "@tensorflow/tfjs-core";
import { loadLayersModel } from "@tensorflow/tfjs-layers";
import { answered, letter, SIDE } from "./task";

const model = await loadLayersModel("./shipped/model.json");
const x = tensor4d(Float32Array.from(letter(), (pixel) => pixel / 255), [1, SIDE, SIDE, 1]);
answered(await (model.predict(x) as Tensor).data());
