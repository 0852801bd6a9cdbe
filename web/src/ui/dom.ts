// Creates and finds elements, with types.

type Attributes = Readonly<Record<string, string | number | boolean | EventListener>>;
type Child = Node | string;

/**
 * A new element. Attributes: text, numbers, or true for those without a value; false leaves one out;
 * functions listen, { click: save }.
 */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  return filled(document.createElement(tag), attributes, children);
}

/** Creates an SVG element in the same way. */
export function svg<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[Tag] {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function filled<E extends Element>(element: E, attributes: Attributes, children: readonly Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== false) element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children);
  return element;
}

/** Returns the element with an id; throws if the page lacks it. */
export function element<T extends HTMLElement>(id: string, type: new () => T): T {
  const match = document.getElementById(id);
  if (!(match instanceof type)) throw new Error(`The page lacks #${id}.`);
  return match;
}
