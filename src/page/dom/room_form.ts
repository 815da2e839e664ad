/** Goes to another room: another page, so that the browser's way back works. */

import { roomName } from "../room_name.ts";
import { byId, setText } from "./elements.ts";

/** Makes the form work. */
export function setUpRoomForm(): void {
  const form = byId("room-form", HTMLFormElement);
  const field = byId("room-form-field", HTMLInputElement);
  const hint = byId("room-form-hint", HTMLElement);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const room = roomName(field.value);
    field.setAttribute("aria-invalid", String(room === undefined));
    setText(hint, room === undefined ? "1 to 64 of a-z 0-9 . _ -, a letter or digit first." : "");
    if (room === undefined) return field.focus();
    const url = new URL(location.href);
    url.searchParams.set("room", room);
    location.assign(url);
  });
}
