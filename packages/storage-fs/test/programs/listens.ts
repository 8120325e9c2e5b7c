// listens PATH BACKLOG: listens on PATH with that backlog.
import { createServer } from 'node:net'

const [path, backlog] = process.argv.slice(2)
createServer().listen({ path, backlog: Number(backlog) }, () => console.log('listens'))
