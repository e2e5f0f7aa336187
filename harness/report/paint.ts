/** How a terminal shows that something matters more, or less. */
export interface Paint {
  alarm(text: string): string;
  good(text: string): string;
  strong(text: string): string;
  faint(text: string): string;
  guard(text: string): string;
}

const ESC = "\u001b[";

/** Colours, or none. An empty text stays empty. */
export function paintOf(hasColor: boolean): Paint {
  const style = (codes: string) => (text: string) =>
    !hasColor || text === "" ? text : `${ESC}${codes}m${text}${ESC}0m`;
  return {
    alarm: style("1;31"),
    good: style("32"),
    strong: style("1"),
    faint: style("2"),
    guard: style("33"),
  };
}
