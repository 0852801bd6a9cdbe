// The least page that answers with this project.
import { loadCore } from "../../../../web/src/model/load";
import { readModel } from "../../../../web/src/model/file";
import { answered, bytes, letter } from "./task";

const [core, file] = await Promise.all([loadCore(), bytes("model.safetensors")]);
const { architecture, parameters, temperature } = readModel(file, core.rasterizerVersion);
answered(core.network(architecture, parameters).predict(letter(), temperature));
