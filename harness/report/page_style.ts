import { TIMELINE_STYLE } from "./timeline_style.ts";

/** The hash by which the page allows its style: `sha256-` of {@linkcode PAGE_STYLE}. */
export const PAGE_STYLE_HASH = "sha256-Gh+WW7M8/LNHsHprctevFEowUzWt0gqN6g/T5EweLH4=";

/** The style of the page, with that of the picture. Constant, so that the page can name its hash. */
export const PAGE_STYLE: string = `
:root{
color-scheme:light dark;
--ground:light-dark(#eceeea,#14181a);
--surface:light-dark(#fbfcfa,#1b2022);
--well:light-dark(#eef0ec,#14181a);
--rule:light-dark(#d3d8d2,#343c3f);
--edge:light-dark(#76807c,#75807f);
--ink:light-dark(#161b1d,#eaeeec);
--ink-2:light-dark(#505b59,#a9b4b1);
--focus:light-dark(#1b55c4,#8fb7ff);
--alarm:light-dark(#bd2c20,#ff8f82);
--alarm-ground:light-dark(#fdeeec,#33211f);
--good:light-dark(#24684f,#72c5a8);
--signal:#ffcf33;
--sans:"Helvetica Neue",Helvetica,Arial,"Liberation Sans",sans-serif;
--mono:ui-monospace,"SF Mono",Menlo,Consolas,"Liberation Mono",monospace;
}
*,*::before,*::after{box-sizing:border-box}
[hidden]{display:none!important}
html{-webkit-text-size-adjust:100%;scroll-padding-top:12px}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 var(--sans);overflow-wrap:break-word}
h1,h2,h3,p,ol,ul,dl,dd,figure,pre{margin:0;padding:0}
code,pre{font-family:var(--mono);font-size:.92em}
a{color:inherit;text-underline-offset:.2em}
:focus-visible{outline:2px solid var(--focus);outline-offset:2px}
.top{display:flex;align-items:center;gap:8px;max-width:1240px;margin:0 auto;padding:14px 24px 0;color:var(--ink-2)}
.brand{font-weight:700;color:var(--ink)}
.lane-mark{stroke:var(--edge);stroke-width:2.5;stroke-dasharray:7 5;fill:none}
.lane-run{fill:var(--signal);stroke:#161b1d;stroke-width:1.5}
main{max-width:1240px;margin:0 auto;padding:8px 24px 48px;display:grid;gap:20px;grid-template-columns:minmax(0,1fr)}
.card,.summary{background:var(--surface);border:1px solid var(--rule);border-radius:10px;padding:22px 24px}
h1{font-size:28px;line-height:1.2;letter-spacing:-.01em}
h2{font-size:19px;line-height:1.3;margin-bottom:10px}
h3{font-size:13px;line-height:1.3;color:var(--ink-2);margin:20px 0 6px}
.file{font:13px/1.4 var(--mono);color:var(--ink-2);overflow-wrap:anywhere}
.result{font-size:20px;font-weight:700;margin:6px 0 12px}
.result.bad,.wrong{color:var(--alarm)}
.result.good{color:var(--good)}
.claim{max-width:76ch}
.facts{display:flex;flex-wrap:wrap;gap:12px 28px;margin:16px 0 0}
.facts dt{font-size:12.5px;color:var(--ink-2)}
.facts dd{font-weight:700;font-variant-numeric:tabular-nums}
.notes{margin-top:16px;padding:12px 16px;border-left:4px solid var(--signal);background:var(--well);border-radius:0 6px 6px 0}
.notes h2{font-size:14px;margin:0 0 4px}
.notes ul{padding-left:18px}
.findings{margin-top:18px;border-top:1px solid var(--rule);padding-top:14px}
.findings ol{padding-left:22px;display:grid;gap:6px}
.findings a{font-weight:700;margin-right:10px}
.violation h2{font-size:24px;margin:0 0 2px}
.violation h2 code{color:var(--alarm);font-size:1em}
.count{font-size:12.5px;color:var(--ink-2)}
.promise{color:var(--ink-2);max-width:80ch}
.lede{font-size:18px;font-weight:700;line-height:1.4;margin:12px 0 18px;max-width:76ch}
.columns{display:grid;grid-template-columns:minmax(0,1fr) 270px;gap:28px;align-items:start}
.aside{position:sticky;top:12px}
.aside h3:first-child{margin-top:0}
.operations{padding-left:24px}
.operations li{padding:1px 0}
.replay{position:relative}
.replay pre{background:var(--well);border:1px solid var(--rule);border-radius:6px;padding:10px 12px;white-space:pre-wrap;overflow-wrap:anywhere;font-size:13px}
.copy{margin-top:8px;font:inherit;font-size:13px;font-weight:700;min-height:32px;padding:4px 14px;color:var(--ink);background:var(--surface);border:1px solid var(--edge);border-radius:6px;cursor:pointer}
.copy:hover{background:var(--well)}
.picture{min-width:0}
figcaption{font-size:13px;color:var(--ink-2);margin-bottom:4px}
.wide,.narrow{overflow-x:auto;overflow-y:hidden}
.tl{display:block;max-width:none;height:auto}
.wide .tl{width:100%;min-width:720px}
.narrow{display:none}
.narrow .tl{width:100%}
.says{background:var(--surface);border:1px solid var(--edge);border-radius:8px;padding:12px 16px;margin-top:14px;font-size:14px}
.is-used .says{position:sticky;bottom:0;z-index:1;max-height:45vh;overflow:auto;box-shadow:0 -6px 16px -12px #0008}
.say{display:grid;gap:4px}
.when{font-size:12.5px;color:var(--ink-2)}
.what{font-size:15px;font-weight:700}
.wrong{font-weight:700}
.raw{color:var(--ink-2);font-size:12px}
.raw code,code.raw{display:block;font-size:12px;overflow-wrap:anywhere}
.ledger{margin-top:18px;border-top:1px solid var(--rule);padding-top:12px}
summary{cursor:pointer;font-weight:700;width:fit-content;padding:4px 0}
table{width:100%;border-collapse:collapse;font-size:14px;font-variant-numeric:tabular-nums}
th,td{text-align:left;vertical-align:top;padding:6px 16px 6px 0;border-bottom:1px solid var(--rule);font-weight:400}
thead th{font-size:12.5px;color:var(--ink-2)}
tbody tr:last-child>*{border-bottom:0}
.verdict{font-weight:700}
[data-state=broken] .verdict,[data-state=never] td{color:var(--alarm);font-weight:700}
[data-state=kept] .verdict{color:var(--good)}
[data-state=skipped] .verdict,[data-state=skipped] th,[data-state=skipped] td{color:var(--ink-2)}
[data-state=root]{background:var(--alarm-ground)}
[data-state=root] .words,[data-state=also] .words{font-weight:700;color:var(--alarm)}
.scroll{overflow-x:auto}
.scroll table{min-width:640px}
.scroll thead th{white-space:nowrap}
@media (max-width:1020px){
.columns{grid-template-columns:minmax(0,1fr);gap:18px}
.aside{position:static}
}
@media (max-width:760px){
.top{padding:10px 12px 0}
main{padding:8px 6px 24px;gap:10px}
.card,.summary{padding:16px 12px}
h1{font-size:23px}
.result,.lede{font-size:17px}
.violation h2{font-size:20px}
.wide{display:none}
.narrow{display:block;margin:0 -12px}
.says{padding:10px 12px}
.is-used .says{max-height:38vh}
th,td{padding-right:10px}
}
@media print{
:root{color-scheme:light}
body{background:#fff;font-size:11pt}
main{padding:0}
.card,.summary{border:0;padding:0 0 16pt}
.violation{break-before:page}
.columns{display:block}
.narrow,.copy,.says,.hint{display:none!important}
.wide{display:block;overflow:visible}
.wide .tl{min-width:0}
tr{break-inside:avoid}
}
${TIMELINE_STYLE}`;
