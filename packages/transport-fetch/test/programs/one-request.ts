// Sends one request to the URL of its argument, and prints the body of the response or the error.
import { fetchTransport } from '../../src/index.ts'

const outcome = await fetchTransport()
  .send({ method: 'POST', url: process.argv[2]!, headers: {}, body: 'a=b' })
  .then(
    ({ body }) => body,
    (error: Error) => error.message,
  )
process.stdout.write(outcome)
