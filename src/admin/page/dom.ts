/** The little of the browser that the status page uses. */

/** An element. */
export interface Element {
  textContent: string | null;
  hidden: boolean;
  className: string;
  dataset: Record<string, string | undefined>;
  style: { setProperty(name: string, value: string): void };
  append(...nodes: (Element | string)[]): void;
  replaceChildren(...nodes: (Element | string)[]): void;
  setAttribute(name: string, value: string): void;
  children: ArrayLike<Element>;
}

declare const document: {
  title: string;
  getElementById(id: string): Element | null;
  createElement(tag: string): Element;
};

/** The element with an id; the page has it. */
export function byId(id: string): Element {
  return document.getElementById(id)!;
}

/** A new element with a text or with children. */
export function make(tag: string, ...content: (Element | string)[]): Element {
  const element = document.createElement(tag);
  element.append(...content);
  return element;
}

/** Writes a text, if it is another: what does not change is not announced again. */
export function write(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

declare const location: { host: string };

/** Names the window: what it shows, and of whom. */
export function nameWindow(title: string): void {
  const text = `${title} · ${location.host}`;
  if (document.title !== text) document.title = text;
}
