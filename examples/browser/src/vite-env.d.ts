interface ImportMeta {
  /** What Vite puts in, when it builds. */
  readonly env: { readonly VITE_IMGUR_CLIENT_ID?: string; readonly VITE_IMGUR_URL?: string }
}
