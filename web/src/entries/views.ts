// Loads the views, features/NAME/view.ts, when they are first opened. The first view is part of the page.
import { open as draw } from "../features/draw/view";
import type { ViewName } from "../ui/state";
import type { Open } from "../ui/view";

const FILES = import.meta.glob<Open>(["../features/*/view.ts", "!../features/draw/view.ts"], { import: "open" });

export async function loadView(name: ViewName): Promise<Open> {
  return name === "draw" ? draw : FILES[`../features/${name}/view.ts`]!();
}
