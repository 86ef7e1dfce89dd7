/** A way to route all requests, as a point of the cost-quality plane. */
export interface CostQuality {
  readonly cost: number;
  readonly quality: number;
}

/**
 * The non-decreasing convex hull of the points, cheapest first: RouterBench's zero router, for any
 * point of a segment is a coin flip between its ends (arXiv 2403.12031, section 3.2). Quality per
 * dollar falls along it.
 */
export function convexHull<P extends CostQuality>(points: readonly P[]): P[] {
  const hull: P[] = [];
  for (const point of points.toSorted((a, b) => a.cost - b.cost || b.quality - a.quality)) {
    if ((hull.at(-1)?.quality ?? -Infinity) >= point.quality) continue;
    for (let last = hull.at(-1), before = hull.at(-2); last && before; ) {
      if (slope(before, last) > slope(last, point)) break;
      hull.pop();
      last = before;
      before = hull.at(-2);
    }
    hull.push(point);
  }
  return hull;
}

function slope(a: CostQuality, b: CostQuality): number {
  return (b.quality - a.quality) / (b.cost - a.cost);
}

/**
 * Average improvement in quality: the mean quality of the hull over the costs from `from` to `to`
 * (same unit as the points). Beyond its last point the hull stays level.
 * @internal exported for tests and benches
 */
export function aiq(points: readonly CostQuality[], from: number, to: number): number {
  const hull = convexHull(points);
  const edges = hull.map(({ cost }) => cost).filter((cost) => from < cost && cost < to);
  const stops = [from, ...edges, to];
  let area = 0;
  for (let i = 1; i < stops.length; i++) {
    const [left = 0, right = 0] = [stops[i - 1], stops[i]];
    area += ((qualityAt(hull, left) + qualityAt(hull, right)) / 2) * (right - left);
  }
  return area / (to - from);
}

/** The hull's quality at a cost; 0 where nothing is that cheap. */
function qualityAt(hull: readonly CostQuality[], cost: number): number {
  const next = hull.findIndex((point) => point.cost > cost);
  const left = hull.at(next < 0 ? -1 : next - 1);
  if (next === 0 || !left) return 0;
  const right = hull[next];
  if (next < 0 || !right) return left.quality;
  return left.quality + slope(left, right) * (cost - left.cost);
}
