// Names in a model file: those of today, and those of `lenet-model/1`, which are read for good.

import { isObject, type Json } from "./json";

export const FORMAT = "lenet-model/2";
export const OLD_FORMAT = "lenet-model/1";

/** For the training record and the objects in it, the new name of each renamed key. As in lenet/models/metadata.py. */
const OLD_NAMES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  training: {
    credits: "attributions",
    images: "num_train_images",
    nonletters: "num_outliers",
    shares: "data_weights",
    epochs_planned: "num_epochs",
    teachers_data: "teacher_train_data",
  },
  recipe: {
    batch: "batch_size",
    rate: "learning_rate",
    smoothing: "label_smoothing",
    balance: "class_balance",
    decay: "epoch_lr_decay",
    nonletters: "outlier_ratio",
    trust: "distillation_alpha",
    transfer: "transfer_set_size",
  },
  metrics: { rate: "learning_rate" },
  calibration: {
    letters: "num_letters",
    made_nonletters: "num_outliers",
    made_nonletters_rejected: "outliers_rejected",
  },
};

/** Names of data sets in version 0.1, and their names now. As in lenet/datasets/records.py. */
const OLD_DATA_NAMES: ReadonlyMap<unknown, string> = new Map([
  ["glyphs", "font-letters"],
  ["forms", "font-strokes"],
]);

/** Returns a training record with the names that its data sets have now. */
export function withDataNames(record: Json): Json {
  const { data } = record;
  if (!Array.isArray(data)) return record;
  return { ...record, data: data.map((name: unknown) => OLD_DATA_NAMES.get(name) ?? name) };
}

/** The training record of a `lenet-model/1` with the names of `lenet-model/2`. */
export function withNewNames(record: Json, place = "training"): Json {
  const names = OLD_NAMES[place]!;
  const nested = (key: string, value: unknown) =>
    place === "training" && key !== place && key in OLD_NAMES && isObject(value) ? withNewNames(value, key) : value;
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [names[key] ?? key, nested(key, value)]));
}
