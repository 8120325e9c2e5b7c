/** A moment by both clocks. */
export interface Instant {
  /** Unix time in ms by the wall clock, which may jump. */
  readonly nowMs: number
  /** Ms by a clock that only runs forward, and may stand still while the machine sleeps. */
  readonly monotonicMs: number
}
