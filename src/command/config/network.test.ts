import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderWith } from '../../cli/harness.test.helper.ts';
import { clientOptions } from './network.ts';

describe('how the net is reached', () => {
  it('is as the environment says, the small spelling first', () => {
    const env = { HTTPS_PROXY: 'http://a:1', https_proxy: 'http://b:2', HTTP_PROXY: 'c:3' };
    expect(clientOptions({ ...env, NO_PROXY: 'x, y' })).toEqual({
      httpsProxy: 'http://b:2',
      httpProxy: 'c:3',
      noProxy: 'x, y',
    });
    expect(clientOptions({ HTTPS_PROXY: '', PATH: '/bin' })).toEqual({});
  });

  it('trusts the certificates in the file named, and says where there is none', () => {
    const file = join(folderWith({ 'ca.pem': 'PEM' }), 'ca.pem');
    expect(clientOptions({ NODE_EXTRA_CA_CERTS: file })).toEqual({ ca: ['PEM'] });
    expect(() => clientOptions({ NODE_EXTRA_CA_CERTS: `${file}.not` })).toThrow(
      /NODE_EXTRA_CA_CERTS: .* cannot be read\. Correct the path/,
    );
  });
});
