export {
  assertSpyCall,
  assertSpyCalls,
  MockError,
  resolvesNext,
  returnsArg,
  returnsNext,
  spy,
  stub,
} from "deno-std/testing/mock.js";
