/** Header fields by their names in lower case; a field that comes more than once is a list. */
export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The first value of a header field. `name` is in lower case. */
export function header(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : value?.[0];
}

/** All values of a field as one, by the rule of RFC 9110, section 5.3. */
export function joinValues(value: Headers[string]): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : value.join(', ');
}
