export { retry, RetryError } from "deno-std/async/retry.js";
