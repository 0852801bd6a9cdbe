// The architectures and recipes that have a name in Python; tools/codegen/page_networks.py writes named.json.
import type { Recipe } from "../../engine/trainer";
import type { Json } from "../../model/json";
import named from "./named.json";

export type NetName = keyof typeof named.networks;
export type RecipeName = keyof typeof named.recipes;

export interface Net {
  readonly origin: string;
  readonly parameters: number;
  readonly spec: Json;
}

export const NETS: Readonly<Record<NetName, Net>> = named.networks;

/** With how many epochs each takes. */
export const RECIPES = named.recipes as unknown as Readonly<Record<RecipeName, Recipe & { readonly epochs: number }>>;

export const NET_NAMES = Object.keys(NETS) as readonly NetName[];
export const RECIPE_NAMES = Object.keys(RECIPES) as readonly RecipeName[];
