/** Colours of the picture: each has one for a light ground and one for a dark ground. */
const COLORS = {
  paper: ["#fbfcfa", "#1b2022"],
  ink: ["#161b1d", "#eaeeec"],
  ink2: ["#505b59", "#a9b4b1"],
  rule: ["#d9ddd8", "#31393c"],
  guide: ["#c3cac3", "#465053"],
  alarm: ["#c02d20", "#ff8f82"],
  band: ["#fdeeec", "#33211f"],
  box: ["#bd2c20", "#b93226"],
  onBox: ["#ffffff", "#ffffff"],
  focus: ["#1b55c4", "#8fb7ff"],
  guardEdge: ["#161b1d", "#14181a"],
  guard: ["#ffcf33", "#ffcf33"],
  guard2: ["#f0a81c", "#e79b12"],
  onGuard: ["#161b1d", "#161b1d"],
  session0: ["#2b5fc0", "#7da9f5"],
  session1: ["#0d6c7e", "#58bdd1"],
  session2: ["#6a559f", "#b3a1ee"],
  session3: ["#59645f", "#a3aeab"],
  onSession: ["#ffffff", "#14181a"],
} as const satisfies Record<string, readonly [light: string, dark: string]>;

type Color = keyof typeof COLORS;

/** How many colours there are for sessions: with more sessions they begin again. */
const SESSION_COLORS = 4;

/** The class with the colour of a session. */
export function sessionClass(sessions: readonly string[], session: string): string {
  return `session${Math.max(0, sessions.indexOf(session)) % SESSION_COLORS}`;
}

const SANS = '"Helvetica Neue",Helvetica,Arial,"Liberation Sans",sans-serif';
const MONO = 'ui-monospace,"SF Mono",Menlo,Consolas,"Liberation Mono",monospace';

// What does not depend on the ground. No variables: programs other than browsers draw the file, too.
const SHAPE = `
.tl text{font-family:${SANS}}
.tl .head,.tl .also,.tl .label,.tl .boxed{font-weight:700}
.tl .tag{font-family:${MONO}}
.tl .step{font-weight:700}
.tl .step,.tl .time{text-anchor:end}
.tl .on-run,.tl .on-guard,.tl .sign,.tl .both{font-weight:700;text-anchor:middle}
.tl .h1{font-weight:700}
.tl .lead{stroke-dasharray:1 4;stroke-linecap:round;fill:none}
.tl .arrow{fill:none;stroke-width:1.5}
.tl .both{stroke-width:4;paint-order:stroke}
.tl .bare{stroke-width:1.5;stroke-dasharray:4 3}
.tl .dead{stroke-dasharray:4 3}
.tl .veil{fill-opacity:.45}
.tl .hatched{stroke-width:1.5}
.tl .mark,.tl .dot{stroke-width:2}
.tl .ring,.tl .pointer{fill:none;stroke-width:3}
.tl .ring-also{fill:none;stroke-width:2}
.tl .ev{cursor:pointer;outline:none}
.tl .hit{fill-opacity:0;stroke-opacity:0;stroke-width:2}
.tl .ev:hover .hit{fill-opacity:.07}
.tl .ev[aria-selected=true] .hit{fill-opacity:.09;stroke-opacity:.5;stroke-width:1}
.tl .ev.is-root .hit{fill-opacity:0;stroke-opacity:0}
.tl .ev:focus-visible .hit,.tl .ev.is-root:focus-visible .hit{stroke-opacity:1;stroke-width:2}
`;

type Paint = readonly [selector: string, fill?: Color | undefined, stroke?: Color];

const PAINTS: readonly Paint[] = [
  [".paper", "paper"],
  ["text,.h1", "ink"],
  [".words,.tag,.step,.time,.title,.note", "ink2"],
  [".head", "ink"],
  [".also,.odd,.sign,.both", "alarm"],
  [".band", "band"],
  [".box", "box"],
  [".label,.boxed,.story", "onBox"],
  [".rule", undefined, "rule"],
  [".guide,.lead", undefined, "guide"],
  [".arrow", undefined, "ink2"],
  [".tip", "ink2"],
  [".guard", "guard", "guardEdge"],
  [".guard.odd", "guard2", "guardEdge"],
  [".on-guard", "onGuard"],
  [".bare", "band", "alarm"],
  [".dead", "rule", "alarm"],
  [".session0", "session0", "session0"],
  [".session1", "session1", "session1"],
  [".session2", "session2", "session2"],
  [".session3", "session3", "session3"],
  [".on-run", "onSession"],
  [".veil", "paper"],
  [".hatched", undefined, "alarm"],
  [".hatch", undefined, "alarm"],
  [".both", "alarm", "paper"],
  [".mark", "ink", "paper"],
  [".dot", "paper", "ink2"],
  [".ring,.ring-also,.pointer", undefined, "alarm"],
  [".ring.solid", "paper"],
  [".core", "alarm"],
  [".hit", "focus", "focus"],
];

function paints(ground: 0 | 1): string {
  return PAINTS.map(([selectors, fill, stroke]) => {
    const parts = [
      ...(fill === undefined ? [] : [`fill:${COLORS[fill][ground]}`]),
      ...(stroke === undefined ? [] : [`stroke:${COLORS[stroke][ground]}`]),
    ];
    const scoped = selectors.split(",").map((selector) => `.tl ${selector}`).join(",");
    return `${scoped}{${parts.join(";")}}`;
  }).join("\n");
}

/**
 * The style of the picture, light, and dark where the reader prefers that and does not print. Constant,
 * so that a page can name its hash.
 */
export const TIMELINE_STYLE: string = `${SHAPE.trim()}
${paints(0)}
@media screen and (prefers-color-scheme:dark){
${paints(1)}
}
`;
