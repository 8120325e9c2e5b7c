import { auth } from './auth.js'

/** @type {import('@sveltejs/kit').Handle} */
export async function handle({ event, resolve }) {
  return (await auth.handle(event.request)) ?? resolve(event)
}
