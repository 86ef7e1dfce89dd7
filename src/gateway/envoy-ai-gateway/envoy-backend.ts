import type { ExportPlan, Leaf } from '../export/plan.ts';
import { findOpenAiAddress } from '../export/reach.ts';

/** The resources by which Envoy AI Gateway reaches one target. */
export function writeBackends({ leaves }: ExportPlan): object[] {
  return leaves.filter((leaf) => leaf.bound === undefined).flatMap(writeResources);
}

export const backendName = (leaf: Leaf) =>
  leaf.bound ?? `arb-${leaf.name.toLowerCase().replaceAll(/[^a-z0-9-]/g, '-')}`;

export const secretName = (keyEnv: string) => keyEnv.toLowerCase().replaceAll('_', '-');

const AI = 'aigateway.envoyproxy.io';
const EG = 'gateway.envoyproxy.io';

function writeResources(leaf: Leaf): object[] {
  const name = backendName(leaf);
  const url = new URL(findOpenAiAddress(leaf) ?? '');
  const metadata = { name, namespace: 'default' };
  const tls = url.protocol === 'https:';
  const port = Number(url.port) || (tls ? 443 : 80);
  const host = /^[\d.]+$|:/.test(url.hostname)
    ? { ip: { address: url.hostname, port } }
    : { fqdn: { hostname: url.hostname, port } };
  return [
    {
      apiVersion: `${AI}/v1beta1`,
      kind: 'AIServiceBackend',
      metadata,
      spec: { schema: writeSchema(leaf, url), backendRef: { name, kind: 'Backend', group: EG } },
    },
    {
      apiVersion: `${EG}/v1alpha1`,
      kind: 'Backend',
      metadata,
      spec: { endpoints: [host] },
    },
    ...(leaf.keyEnv ? [keyPolicy(name, leaf.keyEnv, leaf)] : []),
    ...(tls ? [tlsPolicy(name, url.hostname)] : []),
  ];
}

/** What comes before `/chat/completions` in the address is the prefix. */
function writeSchema(leaf: Leaf, url: URL): object {
  if (leaf.provider === 'anthropic') return { name: 'Anthropic' };
  return { name: 'OpenAI', prefix: url.pathname.replace(/\/$/, '') || '/' };
}

function keyPolicy(name: string, keyEnv: string, leaf: Leaf): object {
  const secretRef = { name: secretName(keyEnv), namespace: 'default' };
  return {
    apiVersion: `${AI}/v1beta1`,
    kind: 'BackendSecurityPolicy',
    metadata: { name, namespace: 'default' },
    spec: {
      targetRefs: [{ group: AI, kind: 'AIServiceBackend', name }],
      ...(leaf.provider === 'anthropic'
        ? { type: 'AnthropicAPIKey', anthropicAPIKey: { secretRef } }
        : { type: 'APIKey', apiKey: { secretRef } }),
    },
  };
}

function tlsPolicy(name: string, hostname: string): object {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'BackendTLSPolicy',
    metadata: { name, namespace: 'default' },
    spec: {
      targetRefs: [{ group: EG, kind: 'Backend', name }],
      validation: { wellKnownCACertificates: 'System', hostname },
    },
  };
}
