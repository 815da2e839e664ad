/** The elements of the page, which its HTML promises. */

type ElementClass<T extends Element> = new () => T;

/** The element with an id. Throws if the HTML does not keep its promise. */
export function byId<T extends HTMLElement>(id: string, type: ElementClass<T>): T {
  const element = document.getElementById(id);
  if (element instanceof type) return element;
  throw new Error(`Cannot find #${id}: the page must have it as ${type.name}`);
}

/** A new element with a class and a text; text is never read as HTML. */
export function make(tag: string, className: string, text = ""): HTMLElement {
  const element = document.createElement(tag);
  if (className !== "") element.className = className;
  element.textContent = text;
  return element;
}

/** Sets a text only if it is another: what is set again is read aloud again. */
export function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
