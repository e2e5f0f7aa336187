/** Colours of the picture: each has one for a light ground and one for a dark ground. */
const COLORS = {
  paper: ["#fbfcfa", "#1b2022"],
  stripe: ["#f1f4f0", "#23292b"],
  ink: ["#161b1d", "#eaeeec"],
  ink2: ["#505b59", "#a9b4b1"],
  grid: ["#d3d8d2", "#3a4346"],
  // Told apart by their lightness and by their shape, too.
  lists: ["#161b1d", "#eaeeec"],
  chance: ["#2b5fc0", "#7da9f5"],
  baseline: ["#b8590a", "#f0a04b"],
  alarm: ["#c02d20", "#ff8f82"],
} as const satisfies Record<string, readonly [light: string, dark: string]>;

type Color = keyof typeof COLORS;

const SANS = '"Helvetica Neue",Helvetica,Arial,"Liberation Sans",sans-serif';
const MONO = 'ui-monospace,"SF Mono",Menlo,Consolas,"Liberation Mono",monospace';

const SHAPE = `
.kt text{font-family:${SANS}}
.kt .title,.kt .head,.kt .miss{font-weight:700}
.kt .guarantee{font-family:${MONO};text-anchor:end}
.kt .head,.kt .under,.kt .axis,.kt .none{text-anchor:middle}
.kt .grid{stroke-width:1}
.kt .edge{stroke-dasharray:2 3}
.kt .whisker{stroke-width:1.5;fill:none}
.kt .open{stroke-width:1.8}
.kt .cross{stroke-width:1.8;fill:none}
.kt .miss,.kt .over{stroke-width:4;paint-order:stroke}
`;

type Paint = readonly [selector: string, fill?: Color | undefined, stroke?: Color];

const PAINTS: readonly Paint[] = [
  [".paper", "paper"],
  [".stripe", "stripe"],
  ["text", "ink"],
  [".under,.axis,.note,.guarantee", "ink2"],
  [".grid", undefined, "grid"],
  [".lists", "lists", "lists"],
  [".chance", "chance", "chance"],
  [".baseline", "baseline", "baseline"],
  [".whisker.lists", undefined, "lists"],
  [".open", "paper"],
  [".cross", undefined, "alarm"],
  [".none", "alarm"],
  [".miss", "alarm", "paper"],
  [".over", "ink2", "paper"],
];

function paints(ground: 0 | 1): string {
  return PAINTS.map(([selectors, fill, stroke]) => {
    const parts = [
      ...(fill === undefined ? [] : [`fill:${COLORS[fill][ground]}`]),
      ...(stroke === undefined ? [] : [`stroke:${COLORS[stroke][ground]}`]),
    ];
    const scoped = selectors.split(",").map((selector) => `.kt ${selector}`).join(",");
    return `${scoped}{${parts.join(";")}}`;
  }).join("\n");
}

/** The style of the picture, light, and dark where the reader prefers that and does not print. */
export const PICTURE_STYLE: string = `${SHAPE.trim()}
${paints(0)}
@media screen and (prefers-color-scheme:dark){
${paints(1)}
}
`;
