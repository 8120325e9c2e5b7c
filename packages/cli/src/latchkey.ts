await import('./main.ts')
export {}
