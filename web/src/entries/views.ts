// The views: features/NAME/view.ts, each loaded when it is first looked at. The first one is part of the page.
import { open as draw } from "../features/draw/view";
import type { ViewName } from "../ui/state";
import type { Open } from "../ui/view";

const FILES = import.meta.glob<Open>(["../features/*/view.ts", "!../features/draw/view.ts"], { import: "open" });

export async function loadView(name: ViewName): Promise<Open> {
  return name === "draw" ? draw : FILES[`../features/${name}/view.ts`]!();
}
