// The story that a visitor plays, for the view.
import { computed, onBeforeUnmount, reactive, ref, watch } from 'vue'
import { Engine } from './engine.ts'
import type { Frame } from './frame.ts'
import { type Action, FIRST, fragmentOf, MAX_ACTIONS, type Setting, storyOf } from './story.ts'

const STEP: Action = { type: 'step' }
/** How often a step is played, in ms. */
const INTERVAL_MS = 200

/** Starts with the story of the page's address. Keeps the address up to date while nothing plays by itself. */
export function useStory() {
  const told = storyOf(location.hash) ?? FIRST
  const setting = reactive<Setting & { -readonly [Key in keyof Setting]: Setting[Key] }>({
    policy: told.policy,
    store: told.store,
    seed: told.seed,
  })
  const actions = ref<readonly Action[]>(told.actions)
  const position = ref(told.actions.length)
  const timer = ref<ReturnType<typeof setInterval>>()

  const engine = computed(() => new Engine({ ...setting }))
  const frames = computed<readonly Frame[]>(() => engine.value.play(actions.value))
  const frame = computed(() => frames.value[position.value]!)
  const isPlaying = computed(() => timer.value !== undefined)
  const isOver = computed(() => frame.value.isStill || position.value >= MAX_ACTIONS)

  function act(action: Action): void {
    if (position.value >= MAX_ACTIONS) return
    actions.value = [...actions.value.slice(0, position.value), action]
    position.value++
  }
  function step(): void {
    if (position.value < actions.value.length) position.value++
    else if (isOver.value) stop()
    else act(STEP)
  }
  function stop(): void {
    clearInterval(timer.value)
    timer.value = undefined
  }
  function toggle(): void {
    if (isPlaying.value) stop()
    else timer.value = setInterval(step, INTERVAL_MS)
  }
  function rewind(): void {
    stop()
    position.value = Math.max(0, position.value - 1)
  }
  function restart(): void {
    stop()
    actions.value = []
    position.value = 0
  }
  const fragment = computed(() => fragmentOf({ ...setting, actions: actions.value.slice(0, position.value) }))
  // Browsers limit how often a page may change its address, so it is not changed while the story plays.
  watch([fragment, isPlaying], () => {
    if (!isPlaying.value) history.replaceState(history.state, '', fragment.value)
  })
  onBeforeUnmount(stop)
  return { setting, actions, position, frames, frame, isPlaying, isOver, act, step, toggle, rewind, restart }
}
