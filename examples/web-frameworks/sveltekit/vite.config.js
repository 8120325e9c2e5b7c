import adapter from '@sveltejs/adapter-node'
import { sveltekit } from '@sveltejs/kit/vite'

// Otherwise SvelteKit takes the origin to be https and rejects the form of a sign-out on localhost.
const { ORIGIN } = process.env

export default { plugins: [sveltekit({ adapter: adapter(), paths: { origin: ORIGIN } })] }
