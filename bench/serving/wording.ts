/** How the sides of a comparison are named. */

/** @example '1 thread', '2 threads' */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
