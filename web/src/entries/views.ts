// Loads the views, features/NAME/view.ts, when they are first opened. The first view is part of the page.
import { open as draw } from "../features/draw/view";
import type { ServedView, ViewName } from "../ui/state";
import type { Open } from "../ui/view";

const FILES = import.meta.glob<Open>(["../features/*/view.ts", "!../features/draw/view.ts"], { import: "open" });

export async function loadView(name: ViewName): Promise<Open> {
  if (name === "draw") return draw;
  return (FILES[`../features/${name}/view.ts`] ?? (await import("./served")).VIEWS[name as ServedView])();
}
