// A QR code as SVG.
import { encode } from "uqr";
import { svg } from "./dom";

const BORDER = 4; // modules, as the standard asks

/** Creates a QR code; `name` says what it holds. Dark on light in every theme, since readers expect that. */
export function qrCode(text: string, name: string): SVGElement {
  const { data, size } = encode(text, { ecc: "M", border: BORDER });
  const runs = data.map((row, y) => rowPath(row, y)).join("");
  return svg(
    "svg",
    { class: "qr", viewBox: `0 0 ${size} ${size}`, role: "img", "aria-label": name, "shape-rendering": "crispEdges" },
    svg("rect", { class: "light", width: size, height: size }),
    svg("path", { class: "dark", d: runs }),
  );
}

/** Returns one rectangle for each run of dark modules. */
export function rowPath(row: readonly boolean[], y: number): string {
  let path = "";
  for (let x = 0; x < row.length; x++) {
    if (!row[x]) continue;
    const start = x;
    while (row[x]) x++;
    path += `M${start} ${y}h${x - start}v1h${start - x}z`;
  }
  return path;
}
