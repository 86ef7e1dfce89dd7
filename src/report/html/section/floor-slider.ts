import type { ReportData } from '../../data/report-data.ts';
import { thinSteps } from '../../sheet/run/decision.ts';
import { type HtmlPart, h } from '../kit/element.ts';

/**
 * Walks the policies that are certified at other floors; where there are none, those along the line, which
 * nobody tested. The second table of the chapter is what it walks.
 */
export function floorSlider({ decision }: ReportData): HtmlPart {
  if (!decision) return null;
  const { floors, frontier } = decision;
  const steps = floors?.floors.length ?? thinSteps(frontier.steps).length;
  return h(
    'div',
    { className: 'controls only-script', hidden: true },
    h(
      'div',
      { className: 'wide' },
      h(
        'label',
        { htmlFor: 'floor' },
        floors
          ? 'Certified policies, from the strictest floor'
          : 'Policies along the line, untested',
      ),
      h('input', {
        id: 'floor',
        type: 'range',
        min: 0,
        max: Math.max(0, steps - 1),
        step: 1,
        defaultValue: Math.max(0, steps - 1),
        'data-table': 'frontier-2',
        'data-marks': floors ? 'floors' : 'steps',
      }),
    ),
    h('output', { id: 'floor-text', htmlFor: 'floor' }),
  );
}
