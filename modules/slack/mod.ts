/** Slack for a lanekeeper host. */
export {};
