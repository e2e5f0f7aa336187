export {
  createHost,
  type Host,
  type HostOptions,
  type HostQueue,
  type HostStopOptions,
  type HostStopReport,
} from "./create_host.ts";
export {
  createLogger,
  LOG_LEVELS,
  type LogFields,
  type Logger,
  type LoggerOptions,
  type LogLevel,
} from "./logger.ts";
export type { ShutdownStep, ShutdownStepReport } from "./shutdown.ts";
export type { HostObserver, HostSurface } from "./surface.ts";
