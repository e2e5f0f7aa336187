/** A function of any shape: what can be spied on. */
type AnyFunction = (...args: never[]) => unknown;
/** The names of an object's methods. */
type MethodsOf<Self> = {
  [Key in keyof Self]: Self[Key] extends AnyFunction ? Key : never;
}[keyof Self];

/** Thrown when a spy or stub is used wrongly. */
export class MockError extends Error {
  constructor(message: string);
}

/** One call of a spied function. Either `returned` or `error` is set. */
export interface SpyCall<F extends AnyFunction> {
  args: Parameters<F>;
  returned?: ReturnType<F>;
  error?: unknown;
  /** The `this` of the call, where it had one. */
  self?: unknown;
}

/** What a spy remembers. */
export interface SpyRecord<F extends AnyFunction> {
  readonly original: F;
  readonly calls: SpyCall<F>[];
  readonly restored: boolean;
  restore(): void;
}
/** A function that records its calls. Its `restore()` throws: there is nothing to put back. */
export type Spy<F extends AnyFunction> = F & SpyRecord<F>;
/** A method that records its calls until it is restored or disposed of. */
export type MethodSpy<F extends AnyFunction> = Spy<F> & Disposable;
/** A method whose behaviour was replaced until it is restored or disposed of. */
export type Stub<F extends AnyFunction> = MethodSpy<F> & { readonly fake: F };

/** A spy that does nothing and returns `undefined`. */
export function spy(): Spy<(...args: unknown[]) => undefined>;
/** Wraps a function. */
export function spy<F extends AnyFunction>(func: F): Spy<F>;
/** Wraps the method of an object in place. */
export function spy<Self, Key extends MethodsOf<Self>>(
  self: Self,
  property: Key,
): MethodSpy<Extract<Self[Key], AnyFunction>>;

/** Replaces the method of an object; without `func` it does nothing. */
export function stub<Self, Key extends MethodsOf<Self>>(
  self: Self,
  property: Key,
  func?: Extract<Self[Key], AnyFunction>,
): Stub<Extract<Self[Key], AnyFunction>>;

/** What {@linkcode assertSpyCall} compares; what is left out is not compared. */
export interface ExpectedSpyCall<F extends AnyFunction> {
  args?: Parameters<F>;
  self?: unknown;
  returned?: ReturnType<F>;
  error?: { Class?: new (...args: never[]) => Error; msgIncludes?: string };
}

/** Asserts how many times a spy was called. */
export function assertSpyCalls<F extends AnyFunction>(
  spy: SpyRecord<F>,
  expectedCalls: number,
): void;
/** Asserts that a spy was called at least `callIndex + 1` times, and how. */
export function assertSpyCall<F extends AnyFunction>(
  spy: SpyRecord<F>,
  callIndex: number,
  expected?: ExpectedSpyCall<F>,
): void;

/** A function that returns its argument number `index`. */
export function returnsArg<T>(index: number): (...args: T[]) => T | undefined;
/** A function that returns the values one by one; an error among them is thrown. */
export function returnsNext<T>(values: Iterable<T | Error>): (...args: unknown[]) => T;
/** As {@linkcode returnsNext}, with promises. */
export function resolvesNext<T>(
  values: Iterable<T | Error | Promise<T | Error>> | AsyncIterable<T | Error>,
): (...args: unknown[]) => Promise<T>;
