import type { Page } from "playwright-core";

/** What WCAG 2.2 asks of text (1.4.3, level AA). */
const RATIO_MIN = 4.5;

/**
 * The texts on the screen whose contrast with what is behind them is below 4.5 to 1. Looks at
 * colours only: text over a picture or a gradient is compared with the colour below that.
 */
export function contrastFindings(page: Page): Promise<string[]> {
  return page.evaluate((ratioMin) => {
    type Colour = readonly [r: number, g: number, b: number, a: number];
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    if (canvas === null) throw new Error("Cannot measure colours: there is no canvas");

    // Drawn, because a computed colour may be written in any colour space.
    function read(css: string): Colour {
      if (canvas === null) throw new Error("unreachable");
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = css;
      canvas.fillRect(0, 0, 1, 1);
      const [r = 0, g = 0, b = 0, a = 0] = canvas.getImageData(0, 0, 1, 1).data;
      return [r, g, b, a / 255];
    }
    function over(top: Colour, below: Colour): Colour {
      const mix = (index: 0 | 1 | 2) => top[index] * top[3] + below[index] * (1 - top[3]);
      return [mix(0), mix(1), mix(2), 1];
    }
    function behind(element: Element): Colour {
      const layers: Colour[] = [];
      for (let node: Element | null = element; node !== null; node = node.parentElement) {
        layers.push(read(getComputedStyle(node).backgroundColor));
        if (layers.at(-1)?.[3] === 1) break;
      }
      return layers.reduceRight<Colour>((below, top) => over(top, below), [255, 255, 255, 1]);
    }
    function luminance([r, g, b]: Colour): number {
      const linear = (channel: number) => {
        const value = channel / 255;
        return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
      };
      return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    }
    function ratio(element: Element): number {
      const ground = behind(element);
      const ink = luminance(over(read(getComputedStyle(element).color), ground));
      const paper = luminance(ground);
      return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    }

    const findings: string[] = [];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text !== null; text = texts.nextNode()) {
      const element = text.parentElement;
      if (element === null || text.textContent?.trim() === "") continue;
      const { width, height } = element.getBoundingClientRect();
      const isShown = element.checkVisibility({ visibilityProperty: true });
      if (!isShown || width <= 1 || height <= 1 || element.matches(":disabled *, :disabled")) {
        continue;
      }
      const found = ratio(element);
      if (found < ratioMin) findings.push(`${text.textContent?.trim()}: ${found.toFixed(2)}`);
    }
    return findings;
  }, RATIO_MIN);
}
