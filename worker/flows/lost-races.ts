/** How those who lost a race go on. */

/** So many races lost in a row are answered at once: each answer holds the state that won, and it is fresh. */
const AT_ONCE = 2;
const PAUSE_MS = 15;
const LONGEST_PAUSE_MS = 90;

/**
 * After some races lost in a row, lets others go first: who comes back after a pause of chance meets fewer. Tells whether it paused; what
 * the lost race was answered with is old by then.
 */
export async function giveWay(lost: number): Promise<boolean> {
  if (lost <= AT_ONCE) return false;
  const most = Math.min(LONGEST_PAUSE_MS, PAUSE_MS * lost);
  await new Promise((resolve) => setTimeout(resolve, Math.random() * most));
  return true;
}
