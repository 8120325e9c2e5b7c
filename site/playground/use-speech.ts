// What a screen reader says. It cannot follow every step while the story plays; it hears of the ones that matter.
import { type Ref, ref, watch } from 'vue'
import type { Frame, Side } from './frame.ts'

/** Returns the text to speak, which follows the story. */
export function useSpeech(
  position: Readonly<Ref<number>>,
  frame: Readonly<Ref<Frame>>,
  isPlaying: Readonly<Ref<boolean>>,
): Ref<string> {
  const spoken = ref('')
  watch([position, frame], ([at, now], [, before]) => {
    if (!isPlaying.value || matters(now, before)) spoken.value = `Step ${at}. ${sentencesOf(now)}`
  })
  return spoken
}

function matters(now: Frame, before: Frame): boolean {
  return (
    now.isStill ||
    now.passedMs > 0 ||
    now.naive.signedOut !== before.naive.signedOut ||
    now.latchkey.signedOut !== before.latchkey.signedOut
  )
}

function sentencesOf({ latchkey, naive }: Frame): string {
  const text = ({ happened }: Side): string => happened?.text ?? 'nothing'
  return [
    text(latchkey) === text(naive)
      ? `${latchkey.happened?.text ?? 'Start'}.`
      : `Latchkey: ${text(latchkey)}. Naive client: ${text(naive)}.`,
    ...(latchkey.signedOut ? ['Latchkey’s user is signed out.'] : []),
    ...(naive.signedOut ? ['The naive client’s user is signed out.'] : []),
  ].join(' ')
}
