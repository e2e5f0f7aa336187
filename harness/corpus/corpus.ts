import type { CorpusRow } from "./corpus_row.ts";
import { ackLost } from "./ack_lost.ts";
import { anyErrorGone } from "./any_error_gone.ts";
import { batchTail } from "./batch_tail.ts";
import { behindSentinel } from "./behind_sentinel.ts";
import { busyEarly } from "./busy_early.ts";
import { cancelStrands } from "./cancel_strands.ts";
import { cancelUnawaited } from "./cancel_unawaited.ts";
import { checkThenAct } from "./check_then_act.ts";
import { clearHangs } from "./clear_hangs.ts";
import { clearMisses } from "./clear_misses.ts";
import { clearNewer } from "./clear_newer.ts";
import { createRace } from "./create_race.ts";
import { cursorPast } from "./cursor_past.ts";
import { dedupeFirst } from "./dedupe_first.ts";
import { dedupeLate } from "./dedupe_late.ts";
import { doubleDone } from "./double_done.ts";
import { drainCancel } from "./drain_cancel.ts";
import { earlyClear } from "./early_clear.ts";
import { endFailsQueued } from "./end_fails_queued.ts";
import { expiresSilently } from "./expires_silently.ts";
import { falseAck } from "./false_ack.ts";
import { flagSteal } from "./flag_steal.ts";
import { flushOverlap } from "./flush_overlap.ts";
import { fullHead } from "./full_head.ts";
import { ghostRun } from "./ghost_run.ts";
import { globalCwd } from "./global_cwd.ts";
import { hangOnCancel } from "./hang_on_cancel.ts";
import { idleEvict } from "./idle_evict.ts";
import { installAbort } from "./install_abort.ts";
import { lateDouble } from "./late_double.ts";
import { lateDrop } from "./late_drop.ts";
import { lateIntake } from "./late_intake.ts";
import { lateReply } from "./late_reply.ts";
import { leaseExpiry } from "./lease_expiry.ts";
import { levelTruthy } from "./level_truthy.ts";
import { listenerLeft } from "./listener_left.ts";
import { lockSwap } from "./lock_swap.ts";
import { mash } from "./mash.ts";
import { missedDrain } from "./missed_drain.ts";
import { overlapCancel } from "./overlap_cancel.ts";
import { permitLeak } from "./permit_leak.ts";
import { recursion } from "./recursion.ts";
import { recursionReturn } from "./recursion_return.ts";
import { recursionThen } from "./recursion_then.ts";
import { refusedRemembered } from "./refused_remembered.ts";
import { releaseAll } from "./release_all.ts";
import { reorder } from "./reorder.ts";
import { resumeSend } from "./resume_send.ts";
import { rollbackLate } from "./rollback_late.ts";
import { selfEnd } from "./self_end.ts";
import { sendAfterStop } from "./send_after_stop.ts";
import { shutdownSpawn } from "./shutdown_spawn.ts";
import { slotOverwrite } from "./slot_overwrite.ts";
import { slowAck } from "./slow_ack.ts";
import { steerLost } from "./steer_lost.ts";
import { steerOvertaken } from "./steer_overtaken.ts";
import { steerTwice } from "./steer_twice.ts";
import { sticky } from "./sticky.ts";
import { stopChain } from "./stop_chain.ts";
import { stopSwallow } from "./stop_swallow.ts";
import { stopTail } from "./stop_tail.ts";
import { strand } from "./strand.ts";
import { throwStrands } from "./throw_strands.ts";
import { timerSurvives } from "./timer_survives.ts";
import { tombGrowth } from "./tomb_growth.ts";
import { tornTail } from "./torn_tail.ts";
import { wideLock } from "./wide_lock.ts";
import { wrongOrder } from "./wrong_order.ts";
import { wrongThread } from "./wrong_thread.ts";

/** All rows: bugs of hosts that the harness must find. */
export const CORPUS: readonly CorpusRow[] = [
  recursion,
  recursionReturn,
  recursionThen,
  releaseAll,
  lateDrop,
  lateDouble,
  drainCancel,
  slotOverwrite,
  checkThenAct,
  stopChain,
  stopSwallow,
  strand,
  falseAck,
  shutdownSpawn,
  sticky,
  stopTail,
  busyEarly,
  wideLock,
  clearNewer,
  createRace,
  flagSteal,
  anyErrorGone,
  doubleDone,
  behindSentinel,
  cancelStrands,
  sendAfterStop,
  endFailsQueued,
  ghostRun,
  hangOnCancel,
  selfEnd,
  lockSwap,
  resumeSend,
  earlyClear,
  tombGrowth,
  tornTail,
  cancelUnawaited,
  levelTruthy,
  ackLost,
  dedupeFirst,
  reorder,
  slowAck,
  wrongOrder,
  overlapCancel,
  leaseExpiry,
  throwStrands,
  fullHead,
  batchTail,
  mash,
  lateReply,
  missedDrain,
  cursorPast,
  wrongThread,
  dedupeLate,
  flushOverlap,
  timerSurvives,
  clearHangs,
  globalCwd,
  installAbort,
  lateIntake,
  steerLost,
  steerTwice,
  steerOvertaken,
  rollbackLate,
  listenerLeft,
  idleEvict,
  permitLeak,
  clearMisses,
  refusedRemembered,
  expiresSilently,
];
