// Copies a text, also where a page has no clipboard: one of plain HTTP on a local network.

/** Copies a text; returns false if the browser refuses. */
export async function copyText(text: string): Promise<boolean> {
  const clipboard = navigator.clipboard as Clipboard | undefined;
  if (
    clipboard &&
    (await clipboard.writeText(text).then(
      () => true,
      () => false,
    ))
  )
    return true;
  const focused = document.activeElement;
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "unseen";
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy"); // deprecated, and the only way here
  field.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return copied;
}
