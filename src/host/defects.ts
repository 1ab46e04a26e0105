/** What nobody has caught: by itself Deno ends the process then, and leaves the container to itself. */

/** Called with each rejection that nobody handles, and with each error that is thrown where nobody waits for it. */
export function onDefect(handler: (error: unknown) => void): void {
  addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    handler(event.reason);
  });
  addEventListener("error", (event) => {
    event.preventDefault();
    handler(event.error);
  });
}
