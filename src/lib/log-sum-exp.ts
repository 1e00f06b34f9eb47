/** log of the sum of exp(x), without overflow. */
export function logSumExp(values: Float32Array): number {
  let max = -Infinity;
  for (const x of values) if (x > max) max = x;
  let sum = 0;
  for (const x of values) sum += Math.exp(x - max);
  return max + Math.log(sum);
}
