import { longestTimer, type Ms } from '../../units.ts';

/** Ends what was started; without effect where it is over. */
export type Cancel = () => void;

/** Calls `act` after `wait`, or never where it is absent. */
export function after(wait: Ms | undefined, act: () => void): Cancel {
  let timer: NodeJS.Timeout | undefined;
  const arm = (left: number) => {
    const step = Math.min(left, longestTimer);
    timer = setTimeout(() => (left > step ? arm(left - step) : act()), step);
  };
  if (wait !== undefined) arm(wait);
  return () => clearTimeout(timer);
}

/** Calls `act` every `interval` ms. */
export function every(interval: number, act: () => void): Cancel {
  const timer = setInterval(act, interval);
  return () => clearInterval(timer);
}
