/** A moment by both clocks. */
export interface Instant {
  /** Unix time in ms by the wall clock, which may jump. */
  readonly nowMs: number
  /** Ms by a clock that never goes back, and may stop while the machine sleeps. */
  readonly monotonicMs: number
}
