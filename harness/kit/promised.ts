import { type Guarantee, GUARANTEES } from "../oracles/oracles.ts";
import type { HostAdapter } from "./adapter.ts";
import { UnusableAdapterError } from "./adapter_error.ts";

/** The guarantees that an adapter gives. @throws {TypeError} if it names one that there is not */
export function promisedBy({ guarantees, without = [] }: HostAdapter): readonly Guarantee[] {
  for (const guarantee of [...guarantees ?? [], ...without]) {
    if (GUARANTEES.includes(guarantee)) continue;
    throw new UnusableAdapterError(
      `Cannot use adapter: "${guarantee}" is no guarantee; there are ${GUARANTEES.join(", ")}`,
    );
  }
  const given = guarantees ?? GUARANTEES;
  return without.length === 0 ? given : given.filter((guarantee) => !without.includes(guarantee));
}
