/**
 * The chat page, with nothing allowed that it does not need: no inline script or style, nothing from
 * elsewhere, no frame around it, and no text that becomes markup.
 */

import css from "./assets/page.css" with { type: "text" };
import html from "./assets/page.html" with { type: "text" };
import icon from "./assets/icon.svg" with { type: "text" };

const POLICY = [
  "default-src 'none'",
  "connect-src 'self'",
  "img-src 'self'",
  "script-src 'self'",
  "style-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

/** The page. */
export function chatPage(): Response {
  return new Response(html, {
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": POLICY,
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
      // At `/` others than browsers get another answer.
      "vary": "accept",
    },
  });
}

/** Its style sheet. */
export function styleSheet(): Response {
  return asset(css, "text/css; charset=utf-8");
}

/** Its icon. */
export function pageIcon(): Response {
  return asset(icon, "image/svg+xml");
}

function asset(body: string, type: string): Response {
  return new Response(body, {
    headers: {
      "content-type": type,
      "cache-control": "no-cache",
      "x-content-type-options": "nosniff",
    },
  });
}
