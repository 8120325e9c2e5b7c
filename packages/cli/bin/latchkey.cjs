#!/usr/bin/env node
// CommonJS: Node takes longer to get its loader of ES modules ready than `latchkey token` takes for all of its work.
require('../dist/start.cjs')
