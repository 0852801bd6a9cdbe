import { LenetError } from "../i18n/errors";

/** What is wrong with a file of letters, for people. */
export class DataError extends LenetError {}
