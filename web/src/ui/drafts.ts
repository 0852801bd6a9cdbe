// Texts that a person typed and has not submitted: a view that is mounted anew, as in another language, still has them.
// They are in memory only.

const drafts = new Map<string, string>();

/** Fills a field with its draft, and keeps further input; returns the field. */
export function keepDraft<F extends HTMLInputElement | HTMLTextAreaElement>(name: string, field: F): F {
  field.value = drafts.get(name) ?? field.value;
  field.addEventListener("input", () => drafts.set(name, field.value));
  return field;
}

/** Forgets a draft, as after it was submitted. */
export function forgetDraft(name: string): void {
  drafts.delete(name);
}
