/** The forms of `Retry-After` (RFC 9110 section 10.2.3), and some invalid ones. */
export type RetryAfter =
  | 'seconds'
  | 'zero'
  | 'date'
  | 'date-rfc850'
  | 'date-asctime'
  | 'date-past'
  | 'negative'
  | 'fraction'
  | 'huge'
  | 'garbage'
  | 'absent'

/** Returns the header value for `seconds` from now in each form; `undefined` for no header. */
export const RETRY_AFTER: Readonly<
  Record<RetryAfter, (seconds: number, nowMs: number) => string | undefined>
> = {
  seconds: seconds => String(seconds),
  zero: () => '0',
  date: (seconds, nowMs) => httpDate(nowMs + seconds * 1000).imf,
  'date-rfc850': (seconds, nowMs) => httpDate(nowMs + seconds * 1000).rfc850,
  'date-asctime': (seconds, nowMs) => httpDate(nowMs + seconds * 1000).asctime,
  'date-past': (seconds, nowMs) => httpDate(nowMs - seconds * 1000).imf,
  negative: seconds => `-${seconds}`,
  fraction: seconds => `${seconds}.5`,
  huge: () => '99999999999999999999',
  garbage: () => 'soon',
  absent: () => undefined,
}

const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const

/** Formats a time in the three forms that a recipient must accept (RFC 9110 section 5.6.7). */
function httpDate(ms: number): { imf: string; rfc850: string; asctime: string } {
  const imf = new Date(ms).toUTCString()
  const [weekday, day, month, year, time] = imf.replace(',', '').split(' ') as [
    string,
    string,
    string,
    string,
    string,
  ]
  return {
    imf,
    rfc850: `${WEEKDAYS[new Date(ms).getUTCDay()]}, ${day}-${month}-${year.slice(-2)} ${time} GMT`,
    asctime: `${weekday} ${month} ${day.replace(/^0/, ' ')} ${time} ${year}`,
  }
}
