#!/usr/bin/env node
import '../dist/latchkey.js'
