// The least page that answers with this project.
import { Core } from "../../../web/src/core";
import { readModel } from "../../../web/src/model";
import { answered, bytes, letter } from "./task";

const [core, file] = await Promise.all([Core.load(), bytes("model.safetensors")]);
const { architecture, parameters, temperature } = readModel(file, core.inkVersion);
answered(core.network(architecture, parameters).predict(letter(), temperature));
