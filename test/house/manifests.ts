/** The parts of a package.json or a deno.json that have to agree. */
export interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly license?: string;
  readonly exports?: unknown;
}

/** What a package's folder lacks, and where its two manifests differ. */
export function packageProblems(
  folder: string,
  files: readonly string[],
  manifests: { npm: Manifest; deno: Manifest },
): string[] {
  // The package of the tests is not published: it has no front door and no introduction.
  const required = folder === "test" ? [] : ["README.md", "mod.ts"];
  const lacking = required.filter((file) => !files.includes(`${folder}/${file}`));
  const { npm, deno } = manifests;
  const unequal = (["name", "version", "license", "exports"] as const).filter((key) =>
    JSON.stringify(npm[key]) !== JSON.stringify(deno[key])
  );
  const missing = exportTargets(npm.exports).filter((target) =>
    !files.includes(`${folder}/${target.replace(/^\.\//, "")}`)
  );
  const name = `@lanekeeper/${folder.split("/").at(-1)}`;
  return [
    ...lacking.map((file) => `${folder} has no ${file}`),
    ...unequal.map((key) => `${folder}: "${key}" differs between package.json and deno.json`),
    ...missing.map((target) => `${folder} exports ${target}, which is not there`),
    ...(npm.name === name ? [] : [`${folder} is named "${npm.name}" instead of "${name}"`]),
  ];
}

function exportTargets(exports: unknown): string[] {
  if (typeof exports === "string") return [exports];
  if (typeof exports !== "object" || exports === null) return [];
  return Object.values(exports).flatMap(exportTargets);
}

/** The lockfile, as far as it is checked. */
export interface Lockfile {
  readonly packages: Readonly<Record<string, LockEntry>>;
}

interface LockEntry {
  readonly name?: string;
  readonly version?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/**
 * What would make `npm ci` fail or fetch from one certain host. npm drops the binaries of other
 * platforms from a lockfile when it cannot see them, and then `npm ci` refuses the file.
 */
export function lockfileProblems({ packages }: Lockfile): string[] {
  return Object.entries(packages).flatMap(([path, entry]) => {
    const wanted = Object.keys({ ...entry.dependencies, ...entry.optionalDependencies });
    const missing = wanted.filter((name) => !candidates(path, name).some((key) => packages[key]));
    return [
      ...missing.map((name) => `package-lock.json has no entry for ${name}, wanted by "${path}"`),
      ...(entry.resolved === undefined || entry.link
        ? []
        : [`package-lock.json says from where ${path} comes: ${entry.resolved}`]),
    ];
  });
}

/** Where npm looks for a dependency of the package at `path`, nearest first. */
function candidates(path: string, name: string): string[] {
  const parts = path === "" ? [] : path.split("/");
  return [...parts, ""].map((_, drop) =>
    [...parts.slice(0, parts.length - drop), "node_modules", name].join("/")
  );
}
