import { spawn } from "node:child_process";
import process from "node:process";

/**
 * How a child process ended: by a code or by a signal.
 * @typedef {{ code: number | null, signal: NodeJS.Signals | null }} Ending
 */

/** A burst of one signal (a terminal's group, then npm) counts once inside this window. */
const BURST_MS = 250;

/** @type {readonly NodeJS.Signals[]} */
const FORWARDED = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Runs a command until it ends and passes on the signals that arrive meanwhile.
 * @param {string} command
 * @param {string[]} args
 * @param {import("node:child_process").SpawnOptions} options
 * @returns {Promise<Ending>} rejects when the command cannot be started
 */
export function runChild(command, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, options);
    const stopForwarding = forwardSignals((signal) => child.kill(signal));
    child.once("error", (error) => {
      stopForwarding();
      reject(error);
    });
    child.once("exit", (code, signal) => {
      stopForwarding();
      resolve({ code, signal });
    });
  });
}

/**
 * @param {(signal: NodeJS.Signals) => void} forward
 * @returns {() => void} ends the forwarding
 */
function forwardSignals(forward) {
  /** @type {Map<NodeJS.Signals, number>} */
  const forwardedAt = new Map();
  /** @param {NodeJS.Signals} signal */
  const onSignal = (signal) => {
    const now = performance.now();
    if (now - (forwardedAt.get(signal) ?? -BURST_MS) < BURST_MS) return;
    forwardedAt.set(signal, now);
    forward(signal);
  };
  for (const signal of FORWARDED) process.on(signal, onSignal);
  return () => {
    for (const signal of FORWARDED) process.off(signal, onSignal);
  };
}

/**
 * Ends this process the way its child ended.
 * @param {Ending} ending
 */
export function endLike({ code, signal }) {
  if (signal) process.kill(process.pid, signal);
  else process.exitCode = code ?? 1;
}
