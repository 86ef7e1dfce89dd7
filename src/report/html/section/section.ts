import type { ReactElement } from 'react';
import type { ReportData } from '../../data/report-data.ts';
import type { PartId, ReportPart } from '../../sheet/run/part.ts';
import { legend } from '../chart/axes.ts';
import { type Chart, listCharts } from '../chart/charts.ts';
import { figure, type HtmlPart, h, lines, section, table } from '../kit/element.ts';
import { floorSlider } from './floor-slider.ts';
import { requestBrowser, requestData } from './request-browser.ts';

/** What the page has beside the text, the charts and the tables of a part: above the tables, and below. */
interface Extra {
  readonly above?: HtmlPart;
  readonly below?: HtmlPart;
}

/** The parts of a report as sections of the page. */
export function drawSections(parts: readonly ReportPart[], data: ReportData): ReactElement[] {
  const charts = listCharts(data);
  return parts.map((part) =>
    drawSection(
      part,
      charts.filter((chart) => chart.part === part.id),
      extraOf(part.id, data),
    ),
  );
}

function extraOf(id: PartId, data: ReportData): Extra {
  if (id === 'frontier') return { above: floorSlider(data) };
  if (id === 'requests') return { above: requestBrowser(data), below: requestData(data) };
  return {};
}

/** A table whose numbers a chart shows stands behind it. */
function drawSection(
  { id, title, lines: texts, sheets }: ReportPart,
  charts: readonly Chart[],
  { above = null, below = null }: Extra,
): ReactElement {
  const drawn = new Set(charts.map(({ sheet }) => sheet));
  const names = charts.find((chart) => chart.legend)?.legend;
  return section(
    id,
    title,
    lines(texts),
    names ? legend(names) : null,
    ...charts.flatMap(({ drawing, words, sheet }, key) => {
      const numbers = sheets[sheet];
      if (!numbers) return [];
      // The chapter of tasks has one for each: its title says which.
      const heading = id === 'tasks' ? h('h3', {}, numbers.title) : null;
      return [h('div', { key: `chart${key}` }, heading, figure(drawing, words, table(numbers)))];
    }),
    above,
    ...sheets.flatMap((sheet, index) =>
      drawn.has(index) || sheet.rows.length === 0
        ? []
        : [h('div', { key: `table${index}`, id: `${id}-${index + 1}` }, table(sheet))],
    ),
    below,
  );
}
