/**
 * Takes the sting out of what would call everybody: an agent that writes `<!channel>`, because it was
 * talked into it or quotes it, does not.
 */
export function mute(text: string): string {
  return text.replace(/<!(?=(?:channel|here|everyone|subteam\^))/g, "<\u200b!");
}

/** A text that grows, without an end that could still become such a call, and without half a character. */
export function withoutOpenEnd(text: string): string {
  return text.replace(/(?:<!?[a-z]*\^?|[\uD800-\uDBFF])$/, "");
}
