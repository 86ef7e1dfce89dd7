import { type Span, viewBytes } from './response-reader.ts';

/** A span as the reader of responses hands it on: in the midst of bytes that are not the body's. */
export function spanOf(chunk: Buffer): Span {
  const around = Buffer.from('"}\r\n\n');
  const bytes = Buffer.concat([around, chunk, around]);
  return { bytes, view: viewBytes(bytes), from: around.length, to: around.length + chunk.length };
}
