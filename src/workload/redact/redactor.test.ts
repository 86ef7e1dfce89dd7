import { describe, expect, it } from 'vitest';
import { LineRedactor } from './redact-line.ts';
import { Redactor } from './redactor.ts';

const jwt =
  'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U';

describe('redaction', () => {
  it.each([
    [
      'an e-mail address',
      'Write to jörg.müller+a@exämple.de, please',
      'Write to [email-1_______], please',
    ],
    ['a card whose digits pass Luhn', 'card 4111 1111 1111 1111.', 'card [card-1________].'],
    [
      'an IBAN whose check digits fit',
      'an DE89 3704 0044 0532 0130 00 zahlen',
      'an [iban-1________] zahlen',
    ],
    ['a key by its prefix', 'use sk-proj-abcDEF123456789012345', 'use [key-1_________]'],
    ['a key that is named', 'password: hunter2hunter', 'password: [secret-1]'],
    [
      'a bearer token',
      'Authorization: Bearer abcdef0123456789abcd',
      'Authorization: Bearer [secret-1______]',
    ],
    ['an address of IPv4', 'from 192.168.10.24 on', 'from [ip-1] on'],
    ['an address of IPv6', 'from 2001:db8::8a2e:370:7334 on', 'from [ip-1__________] on'],
    ['a German number', 'Ruf 030 1234567 an', 'Ruf [phone-1] an'],
    ['an international number', 'appelez le +33 1 23 45 67 89', 'appelez le [phone-1_______]'],
    ['an American number', 'call (415) 555-2671', 'call [phone-1]'],
  ])('replaces %s', (_, text, redacted) => {
    expect(new Redactor().redact(text)).toBe(redacted);
  });

  const run = (length: number) => 'aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xY'.repeat(3).slice(0, length);
  const hex = (length: number) => '0f1e2d3c4b5a69788796a5b4c3d2e1f0'.repeat(2).slice(0, length);

  it.each([
    `xai-${run(48)}`,
    `pplx-${run(40)}`,
    `nvapi-${run(60)}`,
    `r8_${run(37)}`,
    `lsv2_pt_${hex(32)}_${hex(10)}`,
    `pk-lf-${run(36)}`,
    `pcsk_${run(60)}`,
    `GOCSPX-${run(28)}`,
    `dapi${hex(32)}`,
    `hvs.${run(40)}`,
    `glrt-${run(20)}`,
    `dckr_pat_${run(27)}`,
    `xapp-1-A0${run(40)}`,
    `7234567890:AA${run(33)}`,
    `whsec_${run(32)}`,
    `shpat_${hex(32)}`,
    `SK${hex(32)}`,
    `sbp_${hex(40)}`,
    `NRAK-${run(27).toUpperCase()}`,
  ])('replaces a key by its prefix, %s', (key) => {
    expect(new Redactor().redact(`It is ${key} here`)).toMatch(/^It is \[key-1_*\] here$/);
  });

  it.each([
    [
      'in the address of a database',
      'postgres://app:tr0ub4dor@db/x',
      'postgres://app:[secret-1]@db/x',
    ],
    ['in a query', 'GET /a?token=9f8e7d6c&b=1', 'GET /a?token=[secret-1]&b=1'],
    ['in a header', 'x-api-key: 9f8e7d6c5b', 'x-api-key: [secret-1]'],
    ['in a variable', 'AWS_SECRET_ACCESS_KEY=a/b+c1d2e3', 'AWS_SECRET_ACCESS_KEY=[secret-1]'],
    ['in JSON', '{"client_secret": "q9~w8.e7"}', '{"client_secret": "[secret-1]"}'],
    ['in a sentence', 'my password is Tr0ub4dor.', 'my password is [secret-1].'],
    ['in German', 'Das Passwort lautet Geheim!23', 'Das Passwort lautet [secret-1]'],
    ['in Spanish', 'la contraseña es gatoAzul9', 'la contraseña es [secret-1]'],
    ['in French', 'le mot de passe est chatBleu9', 'le mot de passe est [secret-1]'],
  ])('replaces a secret that is named %s', (_, text, redacted) => {
    expect(new Redactor().redact(text)).toBe(redacted);
  });

  it.each([
    ['types', 'function login(user: string, password: string, token?: string): boolean'],
    ['code that reads a secret', 'password = os.environ["DB"]; token = getToken(user); pwd=$PWD'],
    ['a template', 'api_key: {{ vault.key }} and password: <your-password> or %(password)s'],
    [
      'a sentence about one',
      'The password is required and the token is expired, max_tokens: 300000',
    ],
    ['digests', `sha256:${hex(64)} ${hex(40)} md5 ${hex(32)} de89${hex(28)}`],
    ['a UUID', 'de893704-0044-4532-8013-000012345678 and 41111111-1111-4111-8111-111111111111'],
    ['ids of messages and instants', '1176543210987654321 1795161600000000000 7123456789012345'],
    ['a remote of git', 'git clone git@github.com:team/project.git'],
    ['a digest of an image', 'FROM nginx@sha256:0f1e2d3c4b5a'],
    ['MAC addresses and times', '00:1a:2b:3c:4d:5e at 10:30:45'],
  ])('leaves %s', (_, text) => {
    expect(new Redactor().redact(text)).toBe(text);
  });

  it('leaves a picture within a text, and redacts what stands around it', () => {
    const picture = 'data:image/png;base64,iVBO+DE89370400440532013000/4111111111111111+AAAA';
    expect(new Redactor().redact(`a@b.de ![](${picture}) c@d.de`)).toBe(
      `[email-1] ![](${picture}) [email-2]`,
    );
  });

  it.each([
    ['a card number whose check digit is wrong', 'order 4111 1111 1111 1112'],
    ['an IBAN whose check digits are wrong', 'an DE88 3704 0044 0532 0130 00 '],
    ['a date and a time', 'on 2026-11-27 at 12:30:45, 27.11.2026 or 11/27/2026'],
    ['amounts and measures', 'USD 1,234,567.89 or 3.14159265 or 10 000 000'],
    ['a version', 'node v22.19.0 and 1.2.3'],
    ['a handle and a decorator', '@staticmethod and user@host'],
    ['words with a colon', 'std::vector and 10:30'],
  ])('leaves %s', (_, text) => {
    const redactor = new Redactor();
    redactor.redact(text);
    // The wrong IBAN holds groups of digits that no other kind may take either.
    expect(redactor.redact(text)).toBe(text);
  });

  it('gives the same value the same number within a session, and none that tells of it', () => {
    const redactor = new Redactor();
    const first = redactor.redact({ a: 'x@a.com y@a.com', b: ['x@a.com'] }, { session: 's' });
    const later = redactor.redact('y@a.com', { session: 's' });
    const other = redactor.redact('y@a.com', { session: 't' });
    expect(first).toEqual({ a: '[email-1] [email-2]', b: ['[email-1]'] });
    expect([later, other]).toEqual(['[email-2]', '[email-1]']);
  });

  it('changes nothing that is redacted already', () => {
    const redactor = new Redactor();
    const once = redactor.redact(`mail a@b.de, token ${jwt}, key sk-proj-abcDEF123456789012345`);
    expect(new Redactor().redact(once)).toBe(once);
  });

  it('keeps the length class of long values', () => {
    const redacted = new Redactor().redact(jwt);
    expect(redacted).toMatch(/^\[jwt-1_+\]$/);
    expect(redacted.length).toBe(64);
  });

  it('keeps JSON in the arguments of tools JSON', () => {
    const call = { function: { name: 'f', arguments: JSON.stringify({ to: 'a@b.de', n: 1 }) } };
    const redacted = new Redactor().redact(call);
    expect(JSON.parse(redacted.function.arguments)).toEqual({ to: '[email-1]', n: 1 });
  });

  it('looks for the patterns of the user first and counts by kind', () => {
    const redactor = new Redactor({ patterns: { customer: /\bC-\d{6}\b/ } });
    expect(redactor.redact('C-123456 C-123457 a@b.de')).toBe('[customer-1] [customer-2] [email-1]');
    expect(Object.fromEntries(redactor.counts)).toEqual({ customer: 2, email: 1 });
  });

  it('redacts what something else has seen, as one kind among the others', () => {
    const redactor = new Redactor();
    const seen = [
      { kind: 'name', text: 'Ann' },
      { kind: 'name', text: 'Ann Lee' },
    ];
    expect(redactor.redact(['Ann Lee and Ann', 'ann@b.de'], { session: 's', seen })).toEqual([
      '[name-1] and [name-2]',
      '[email-1]',
    ]);
  });

  it('finds a card that is written as a number', () => {
    expect(new Redactor().redact({ card: 4111111111111111, n: 1790000000000 })).toEqual({
      card: '[card-1________]',
      n: 1790000000000,
    });
  });
});

describe('the redaction of a line', () => {
  it('drops an id with a secret, and keeps two sessions with secrets apart', () => {
    const lines = new LineRedactor(new Redactor());
    const redacted = ['a@b.de', 'c@d.de', 'a@b.de'].map((session) =>
      lines.redact({ id: `for ${session}`, session, prompt: `I am ${session}` }),
    );
    expect(redacted).toEqual([
      { session: 'session-1', prompt: 'I am [email-1]' },
      { session: 'session-2', prompt: 'I am [email-1]' },
      { session: 'session-1', prompt: 'I am [email-1]' },
    ]);
    expect(lines.redact({ id: 'r-1', session: 's-1' })).toEqual({ id: 'r-1', session: 's-1' });
  });
});
