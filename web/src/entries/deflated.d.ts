/** A file's bytes, deflated, in base64: package/vite.config.ts. */
declare module "*?deflated" {
  const text: string;
  export default text;
}
