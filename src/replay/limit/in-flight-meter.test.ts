import { expect, it } from 'vitest';
import { InFlightMeter } from './in-flight-meter.ts';

it('takes the mean from the last place opened to the first left empty', () => {
  const meter = new InFlightMeter(2);
  meter.change(1, 0);
  meter.change(1, 10);
  meter.open(10);
  meter.change(-1, 20);
  meter.change(1, 25);
  meter.close(30);
  meter.change(-1, 30);
  meter.change(-1, 50);
  expect(meter.read(60)).toEqual({ asked: 2, max: 2, mean: 1.75, over_ms: 20 });
});

it('says no mean where the load was never full', () => {
  const meter = new InFlightMeter(8);
  meter.change(1, 0);
  meter.close(5);
  expect(meter.read(9)).toEqual({ asked: 8, max: 1 });
});
