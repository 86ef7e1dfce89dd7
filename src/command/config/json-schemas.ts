import { z } from 'zod';
import { outcomeRowSchema } from '../../outcome/row.ts';
import { policyJsonSchema } from '../../policy/write.ts';
import { marketSchema } from '../../sim/market/market.ts';
import { workloadLineSchema } from '../../workload/line.ts';
import { configSchema } from './schema.ts';

/** The published JSON Schemas by the names of their files in `schemas/`. */
export function jsonSchemas(): Readonly<Record<string, object>> {
  return {
    'routes.v1.schema.json': policyJsonSchema(),
    'arb.v1.schema.json': published('arb.v1', 'arb.yaml: what arb measures', configSchema),
    'workload.v1.schema.json': published(
      'workload.v1',
      'A line of a workload, version 1',
      workloadLineSchema,
    ),
    'outcomes.v1.schema.json': published(
      'outcomes.v1',
      'A row of an outcome table, version 1',
      outcomeRowSchema,
    ),
    'market.v1.schema.json': published(
      'market.v1',
      'A simulated market of providers, version 1',
      marketSchema,
    ),
  };
}

function published(name: string, title: string, schema: z.ZodType): object {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return { $schema, $id: `${name}.schema.json`, title, ...rest };
}
