/** Returns the command of a key; null for any other key. */
export function command(event: KeyboardEvent): "undo" | "redo" | "clear" | null {
  const key = event.key.toLowerCase();
  if ((event.ctrlKey || event.metaKey) && !event.altKey) {
    if (key === "y" || (key === "z" && event.shiftKey)) return "redo";
    return key === "z" ? "undo" : null;
  }
  return key === "escape" || key === "delete" ? "clear" : null;
}
