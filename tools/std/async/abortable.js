export { abortable } from "deno-std/async/abortable.js";
