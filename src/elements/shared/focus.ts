/** Whether the reader is at work in another part of the page: what happens here may not take their focus. */
export function focusIsElsewhere(host: Element): boolean {
  const { activeElement } = document;
  return activeElement !== null && activeElement !== document.body && !host.matches(':focus-within');
}
