import type { Feature, HostUnderTest } from "./adapter.ts";
import { UnusableAdapterError } from "./adapter_error.ts";
import { formatOperation, type Operation } from "./operations.ts";

const METHODS = ["stop", "end", "create", "resume", "disconnect", "shutdown"] as const;

/**
 * Refuses operations that a host can not be asked, before a story of another one is played with it.
 *
 * @throws {TypeError}
 */
export function checkSupported(
  operations: readonly Operation[],
  { host, features = [] }: { host: HostUnderTest; features?: readonly Feature[] | undefined },
): void {
  for (const operation of operations) {
    const missing = missingFor(operation, host, features);
    if (missing === undefined) continue;
    throw new UnusableAdapterError(
      `Cannot ask "${formatOperation(operation)}": this host has no ${missing}`,
    );
  }
}

function missingFor(
  { what, policy }: Operation,
  host: HostUnderTest,
  features: readonly Feature[],
): string | undefined {
  const method = METHODS.find((name) => name === what);
  if (method !== undefined && host[method] === undefined) return `${method}()`;
  const feature = what === "withdraw" || what === "crash"
    ? what
    : what === "redeliver"
    ? "events"
    : policy;
  if (feature === undefined || features.includes(feature)) return undefined;
  return `feature "${feature}"`;
}
