/**
 * All of a body that comes over a network, and no more of it than is allowed, whatever it says of its length.
 *
 * @param alive hears of every piece. @throws what `tooLong` makes.
 */
export async function readLimited(
  body: AsyncIterable<Uint8Array> | null,
  mostBytes: number,
  tooLong: () => Error,
  alive: () => void = () => {},
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    alive();
    bytes += chunk.length;
    if (bytes > mostBytes) throw tooLong();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
