import { LenetError } from "../i18n/errors";

/** A file that cannot be used as a data set. */
export class DataError extends LenetError {}
